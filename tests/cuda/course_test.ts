/**
 * The course's CUDA tasks on the simulated driver, and what the tools say about devices, with a GPU and without one.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PERMISSIONS, ready, simulated } from "./child.ts";

/** The path of a script of the project. */
function script(path: string): string {
  return new URL(`../../${path}`, import.meta.url).pathname;
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !ready, fn });
}

/** Runs a script on the simulated GPU. */
function run(
  path: string,
  args: readonly string[],
  settings: Record<string, string | number> = {},
): ReturnType<typeof simulated> {
  const flags = ["--no-check", ...PERMISSIONS, "--allow-sys"], env = { TENSAUR_CUDA_PROGRAMS: "interpreted" };
  return simulated(["run", ...flags, script(path), ...args], settings, env);
}

test("the course's tests of CUDA pass, those of lengths beyond 1024 included", async () => {
  const { success, output } = await run("tools/course.ts", ["--backend", "cuda"]);
  assert(success, output);
  for (const task of ["3.3", "3.4", "gaps"]) {
    const [, tests, passed] = new RegExp(`^${task} +(\\d+) +(\\d+) +cuda$`, "m").exec(output) ?? [];
    assert(Number(tests) > 5 && tests === passed, output);
  }
  assertStringIncludes(output, ", 0 failed\n");
});

test("without a GPU the course's tests of CUDA are skipped, and it is said why", async () => {
  const { success, output } = await run("tools/course.ts", ["--backend", "cuda"], { DEVICES: 0 });
  assert(success, output);
  assertMatch(output, /^3\.3 +\d+ +- +cuda +needs CUDA$/m);
  assertMatch(output, /^No CUDA here: .*CUDA_VISIBLE_DEVICES/m);
  assertEquals(/^0 passed, 0 failed, \d+ skipped$/m.test(output), true, output);
});

test("the training has the losses of the CPU, under the library's names and under the course's", async () => {
  const args = ["--dataset", "xor", "--hidden", "6", "--epochs", "11", "--log"];
  const lines = (output: string): string[] =>
    output.split("\n").filter((line) => line.startsWith("Epoch")).map((line) =>
      line.replace(/\S+ \S+ per.*/, "")
    );
  const wanted = lines((await run("examples/train.ts", args)).output);
  assertEquals(wanted.length, 2);
  for (const device of [["--device", "cuda"], ["--BACKEND", "gpu"], ["--device", "cuda:0", "--compile"]]) {
    const { success, output } = await run("examples/train.ts", [...args, ...device]);
    assert(success && output.includes("device cuda\n"), output);
    assertEquals(lines(output), wanted);
  }
  const second = await run("examples/train.ts", [...args, "--device", "cuda:1"], { DEVICES: 2 });
  assert(second.output.includes("device cuda:1\n"), second.output);
  assertEquals(lines(second.output), wanted);
});

test("parallel-check shows the kernels on a GPU beside those on the CPU, with the same bits", async () => {
  const { success, output } = await run("bench/parallel_check.ts", [
    "--device",
    "cuda",
    "--size",
    "16",
    "--samples",
    "1",
  ]);
  assert(success, output);
  for (const name of ["MAP", "ZIP", "REDUCE", "MATRIX MULTIPLY"]) assertStringIncludes(output, `${name}: `);
  const same = output.match(/the same bits as with \d+ threads: yes/g) ?? [];
  assertEquals(same.length, output.match(/^ {2}\S/gm)?.length, output);
  assertMatch(
    output,
    /^ +path {5}a kernel on Simulated GPU 0\n +tiles {4}256 threads a block\n +chunks {3}1 blocks$/m,
  );
  assert(!output.includes("not told"), output);
  assertMatch(output, /\d threads [\d.]+ .s, cuda [\d.]+ .?s: /);
});

test("timing has a product on a GPU with its transfers and without", async () => {
  const { success, output } = await run("bench/timing.ts", ["--device", "cuda", "--most", "64"]);
  assert(success, output);
  assertMatch(output, /^ {4}gpu: \d+\.\d{5} {2}\(\S+ GFLOP\/s without the inputs\)$/m);
  assertStringIncludes(output, "those of the GPU with all transfers, its product alone without them: ");
  assertMatch(output, /^\| size .*\| gpu, s +\| product alone, s +\| rate +\|$/m);
});

test("scripts that are named a device that is not there end in one line", async () => {
  for (const path of ["bench/timing.ts", "bench/parallel_check.ts", "examples/train.ts"]) {
    const { code, output } = await run(path, ["--device", "cuda"], { DEVICES: 0 });
    assertEquals(code, 2, output);
    assertMatch(output, /^Cannot use the device cuda: .*CUDA_VISIBLE_DEVICES.*\n$/, path);
    const fourth = await run(path, ["--device=cuda:3"]);
    assertEquals([fourth.code, fourth.output], [
      2,
      "Cannot use the device cuda:3: the driver shows 1 of them\n",
    ]);
  }
});
