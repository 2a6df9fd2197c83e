/**
 * How the suite on a GPU is held to its list of exceptions.
 */
import { assertEquals } from "@std/assert";
import { problemsOf } from "../tools/cuda_suite.ts";
import { type Outcome, outcomesOf } from "../tools/junit.ts";

const REPORT = `<?xml version="1.0"?><testsuites>
<testcase name="a &quot;quoted&quot; &lt;name&gt; &amp; &#233;" classname="x"></testcase>
<testcase name="it fails" classname="x"><failure message="no">error</failure></testcase>
<testcase name="it is left out" classname="x"><skipped/></testcase>
<testcase name="${new URL("../src/profile.ts", import.meta.url)}$123-134.ts" classname="x" /></testsuites>`;

Deno.test("a report tells how each test ended; examples have the names of their files", () => {
  assertEquals(outcomesOf(REPORT), [
    { name: 'a "quoted" <name> & é', state: "passed" },
    { name: "it fails", state: "failed" },
    { name: "it is left out", state: "skipped" },
    { name: "example in src/profile.ts", state: "passed" },
  ]);
  assertEquals(outcomesOf(""), []);
});

Deno.test("what fails must be an exception, and what is one must fail", () => {
  const file = "tests/some_test.ts", every = "tests/rows_test.ts", some = "tests/fusion_test.ts";
  const named = "explain tells how a product runs";
  const ended = (state: Outcome["state"], name = "a test"): Outcome[] => [{ name, state }];
  const cases: readonly (readonly [string, Outcome[], boolean, number])[] = [
    [file, ended("passed"), true, 0],
    [file, ended("failed"), false, 1],
    [file, ended("passed"), false, 1],
    [file, [], true, 1],
    [every, ended("failed"), false, 0],
    [every, ended("passed"), true, 1],
    [some, ended("failed", named), false, 0],
    [some, ended("passed", named), true, 1],
    [some, [...ended("failed", named), ...ended("failed")], false, 1],
  ];
  for (const [file, outcomes, success, problems] of cases) {
    assertEquals(problemsOf(file, outcomes, success).length, problems, `${file} ${JSON.stringify(outcomes)}`);
  }
});
