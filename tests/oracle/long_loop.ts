/**
 * One synchronous loop of small steps; prints the memory of the process, and of the GPU, in its middle and at its end.
 * `deno run -A tests/oracle/long_loop.ts [device] [steps]`
 *
 * @module
 */
import { cudaMemory, setDefaultDevice } from "@tensaur/tensaur";
import { checkDevice, sharesMemory } from "../../src/backend/devices.ts";
import { Training } from "./data.ts";

const [device, steps] = [checkDevice(Deno.args[0] ?? "cpu"), Number(Deno.args[1] ?? 40_000)];

interface Held {
  /** Bytes of the process. */
  process: number;
  /** Bytes of the GPU's values and plans; 0 without one. */
  gpu: number;
}

function held(): Held {
  return { process: Deno.memoryUsage().rss, gpu: sharesMemory(device) ? 0 : cudaMemory(device).live };
}

setDefaultDevice(device);
const training = new Training();
let middle = held();
for (let i = 0; i < steps; i++) {
  const loss = training.loss();
  training.minimize(loss);
  loss.item();
  if (i === steps / 2) middle = held();
}
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify({ middle, end: held() }));
