/**
 * The cases of the speed table under `deno bench`.
 *
 * @module
 */
import { CASES } from "./cases.ts";
import { makeModel, makeTraining } from "./train_step.ts";

for (const { work, prepare } of CASES) {
  let once: (() => void) | undefined;
  Deno.bench(work, () => {
    once ??= prepare();
    once();
  });
}

const epoch = makeTraining(makeModel(), true);
Deno.bench("an epoch of the course's training, 5 steps", () => void epoch(true));
