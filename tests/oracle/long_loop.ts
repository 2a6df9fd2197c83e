/**
 * One synchronous loop of small steps; prints the memory of the process after a fifth of it and at its end.
 *
 * @module
 */
import { Training } from "./data.ts";

const STEPS = 50_000;

const training = new Training();
let early = 0;
for (let i = 0; i < STEPS; i++) {
  const loss = training.loss();
  training.minimize(loss);
  loss.item();
  if (i === STEPS / 5) early = Deno.memoryUsage().rss;
}
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify({ early, late: Deno.memoryUsage().rss }));
