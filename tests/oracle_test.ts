/**
 * The eager oracle: programs see the same bits whether each node is computed when it is made, or as late as can be.
 */
import { assert, assertEquals } from "@std/assert";
import { dataPrograms } from "./oracle/data_programs.ts";
import { gradientPrograms } from "./oracle/gradient_programs.ts";
import { heldPrograms } from "./oracle/held_programs.ts";
import { inferencePrograms } from "./oracle/inference_programs.ts";
import { modelPrograms } from "./oracle/model_programs.ts";
import { type Limits, type Program, STALE } from "./oracle/program.ts";
import { readingPrograms } from "./oracle/reading_programs.ts";
import { costsOf, difference, measureProgram, runProgram } from "./oracle/run.ts";
import { statePrograms } from "./oracle/state_programs.ts";

const PROGRAMS: readonly Program[] = [
  ...readingPrograms,
  ...heldPrograms,
  ...gradientPrograms,
  ...statePrograms,
  ...modelPrograms,
  ...inferencePrograms,
  ...dataPrograms,
];

function show(costs: Limits): string {
  return Object.entries(costs).map(([name, value]) => `${+value.toFixed(2)} ${name}`).join(", ");
}

function assertWithin(costs: Limits, limits: Limits): void {
  for (const [name, limit] of Object.entries(limits)) {
    const cost = costs[name as keyof Limits];
    assert(cost <= limit, `an iteration costs ${cost} ${name}, want at most ${limit}`);
  }
}

for (const program of PROGRAMS) {
  Deno.test(`oracle: ${program.name}`, async () => {
    const eager = await runProgram(program, "eager");
    assert(
      eager.seen.every((numbers) => numbers !== STALE && !numbers.includes(NaN)),
      "the eager run saw NaN",
    );
    const lazy = await measureProgram(program, eager.iterations);
    assertEquals(difference(lazy.seen, eager.seen), null);
    const compiled = await runProgram(program, "compiled");
    assertEquals(difference(compiled.seen, eager.seen), null);
    const gone = lazy.seen.filter((numbers) => numbers === STALE).length;
    assert(gone <= program.stale, `${gone} values were gone, want at most ${program.stale}`);
    const costs = costsOf(lazy);
    // deno-lint-ignore no-console -- what an iteration costs is part of what the test shows
    console.log(`${program.name}: ${show(costs)}`);
    assertWithin(costs, program.limits);
  });
}
