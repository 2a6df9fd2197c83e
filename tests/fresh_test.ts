/**
 * `deno task fresh`: what it types is what README says, and its verdicts. The machines themselves take too long here.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { flagsOf, MACHINES, type Step, TEST, TRAIN } from "../tools/fresh/machines.ts";
import { chosen, passes, tableOfOutcomes, testsIn } from "../tools/fresh/main.ts";

const README = Deno.readTextFileSync(new URL("../README.md", import.meta.url)).replaceAll(/ \\\n\s*/g, " ");

Deno.test("what is typed on the machines is what README says", () => {
  const { first, later } = flagsOf("HOST");
  for (const words of [TRAIN, TEST, `deno run ${first} script.ts`, `deno run ${later} script.ts`]) {
    assertStringIncludes(README, words);
  }
  const typed = MACHINES.flatMap(({ steps }) => steps("HOST").map(({ command }) => command));
  for (const words of [TRAIN, TEST, first, later]) assert(typed.some((command) => command.includes(words)));
});

Deno.test("each way is tried without a network once it has been used", () => {
  for (const { name, steps } of MACHINES.filter(({ name }) => name !== "test")) {
    assertEquals(steps("HOST").map(({ offline = false }) => offline).at(-1), true, name);
  }
});

Deno.test("machines are chosen by name", () => {
  assertEquals(chosen([]), MACHINES);
  assertEquals(chosen(["url", "npm"]).map(({ name }) => name), ["npm", "url"]);
  assertThrows(() => chosen(["mac"]), Error, "No machine is called mac, only train, test");
});

Deno.test("a command passes if it succeeds and prints what it should", () => {
  const step: Step = { command: "", prints: "12" };
  assert(passes(step, { success: true, text: "Download …\n12\n" }));
  assert(!passes(step, { success: false, text: "12\n" }));
  assert(!passes(step, { success: true, text: "120\n" }));
  assert(passes({ command: "" }, { success: true, text: "" }));
});

Deno.test("tests are counted by what Deno says at the end", () => {
  assertEquals(
    testsIn("a ... ok (1ms)\n\nok | 9 passed (2 steps) | 0 failed | 3 ignored (9m2s)\n"),
    ", 9 tests (3 ignored)",
  );
  assertEquals(testsIn("ok | 9 passed | 0 failed (1s)\n"), ", 9 tests (0 ignored)");
  assertEquals(testsIn("FAILED | 9 passed | 1 failed (1s)\n"), "");
});

Deno.test("a machine is named once in the table, and what failed stands out", () => {
  const outcome = { machine: "Debian", passed: true, tests: "", seconds: 2 };
  const [, ...rows] = tableOfOutcomes([
    { ...outcome, step: { command: "a" } },
    { ...outcome, passed: false, step: { command: "b", offline: true } },
    { ...outcome, machine: "other", step: { command: "a" }, tests: ", 3 tests" },
  ]);
  assertEquals(rows, [
    ["Debian", "`a`", "yes", "passed", "2.00 s"],
    ["", "`b`", "no", "**failed**", "2.00 s"],
    ["other", "`a`", "yes", "passed, 3 tests", "2.00 s"],
  ]);
});
