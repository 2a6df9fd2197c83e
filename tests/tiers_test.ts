/**
 * The tests that compute run again with each lower SIMD tier of the machine in force, in processes of their own.
 */
import { assert, assertEquals } from "@std/assert";
import { setSimd, simd } from "../src/backend/devices.ts";
import { SIMD_TIERS } from "../src/backend/tiers.ts";
import { filesUnder } from "../tools/imports.ts";
import { ELSEWHERE } from "./cuda/exceptions.ts";

/** Tests of what no tier changes; those that choose device, library or tier themselves stand in `ELSEWHERE`. */
const OTHERS = [
  "architecture",
  "backend",
  "bench_growth",
  "bench_tiers",
  "course",
  "course_tool",
  "cuda_suite",
  "format",
  "fresh",
  "header",
  "library",
  "memory",
  "plots",
  "recovery",
  "safetensors",
  "same_bits",
  "storage",
  "timing",
  "train",
];

const others = new Set(OTHERS.map((name) => `tests/${name}_test.ts`));
const elsewhere = Object.keys(ELSEWHERE);
const files = filesUnder("tests", "_test.ts")
  .filter((file) => !others.delete(file) && !elsewhere.some((place) => file.startsWith(place)));
const best = simd();
const lower = SIMD_TIERS.filter((tier) => tier !== best && setSimd(tier) === tier);
setSimd(best);

/** Runs the files' tests in a process where the tier is in force; says how many passed, and what went wrong. */
function testWith(tier: string): { passed: number; report: string } {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-ffi", "--allow-read", "--allow-write", "--allow-env", "--allow-run"]
      .concat("--reporter=dot", ...files),
    env: { TENSAUR_SIMD: tier, TENSAUR_FUNCTIONS: "300", NO_COLOR: "1" },
    stdin: "null",
  }).outputSync();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const passed = Number(/ok \| (\d+) passed/.exec(output!)?.[1] ?? 0);
  return { passed: success ? passed : 0, report: `${output}${errors}` };
}

Deno.test("every file that is not run on the lower tiers is there", () => {
  assertEquals([...others], []);
});

for (const tier of lower) {
  Deno.test(`the tests that compute pass with TENSAUR_SIMD=${tier}`, () => {
    const { passed, report } = testWith(tier);
    assert(passed > files.length, report);
  });
}
