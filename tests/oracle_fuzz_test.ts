/**
 * The eager oracle over random programs. `TENSAUR_FUZZ=5000` runs more of them, `TENSAUR_FUZZ_FIRST=17` others.
 */
import { assert, assertEquals } from "@std/assert";
import { setDefaultDevice } from "@tensaur/tensaur";
import { DEVICE } from "./devices.ts";
import { FailingPlans } from "./oracle/failure.ts";
import { STALE } from "./oracle/program.ts";
import { randomProgram } from "./oracle/random_program.ts";
import { difference, runProgram } from "./oracle/run.ts";

const COUNT = Number(Deno.env.get("TENSAUR_FUZZ") ?? 300);
const FIRST = Number(Deno.env.get("TENSAUR_FUZZ_FIRST") ?? 1);

/** Programs that were wrong once. */
const ONCE_WRONG = [871, 2473];

/** The most programs, of all, in which a value may be gone. */
const MOST_STALE = 0.1;

Deno.test(`oracle: ${COUNT} random programs`, async () => {
  using failing = new FailingPlans();
  const problems: string[] = [];
  let stale = 0;
  for (const seed of [...ONCE_WRONG, ...Array.from({ length: COUNT }, (_, i) => FIRST + i)]) {
    setDefaultDevice(seed % 4 === 1 ? "reference" : DEVICE);
    const program = randomProgram(seed, failing), eager = await runProgram(program, "eager");
    for (const mode of ["lazy", "compiled"] as const) {
      try {
        const { seen } = await runProgram(program, mode);
        if (mode === "lazy" && seen.includes(STALE)) stale++;
        const found = difference(seen, eager.seen);
        if (found !== null) problems.push(`seed ${seed}, ${mode}: ${found.slice(0, 300)}`);
      } catch (error) {
        problems.push(`seed ${seed}, ${mode}: ${(error as Error).stack}`);
      }
    }
  }
  setDefaultDevice(DEVICE);
  // deno-lint-ignore no-console -- how many values are gone is part of what the test shows
  console.log(`${COUNT} random programs: ${problems.length} wrong, a value was gone in ${stale}`);
  assertEquals(problems.slice(0, 5), []);
  assert(stale <= COUNT * MOST_STALE, `a value was gone in ${stale} of ${COUNT} programs`);
});
