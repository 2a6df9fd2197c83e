/**
 * One synchronous loop of small steps; prints the memory of the process in its middle and at its end.
 *
 * @module
 */
import { Training } from "./data.ts";

const STEPS = 40_000;

const training = new Training();
let middle = 0;
for (let i = 0; i < STEPS; i++) {
  const loss = training.loss();
  training.minimize(loss);
  loss.item();
  if (i === STEPS / 2) middle = Deno.memoryUsage().rss;
}
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify({ middle, end: Deno.memoryUsage().rss }));
