// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * The whole job from its start to its end, in a process where nothing is warm: prints the seconds. `--compile`
 * compiles the step.
 *
 * @module
 */
import { JOB, makeModel, makeTraining } from "./train_step.ts";

const start = performance.now();
const epoch = makeTraining(makeModel(), true, Deno.args.includes("--compile"));
for (let i = 0; i < JOB.epochs; i++) epoch(true);
console.log((performance.now() - start) / 1000);
