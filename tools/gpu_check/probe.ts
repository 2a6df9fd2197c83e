// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * Prints what the library knows of the first GPU; fails, with the reason, if it cannot use it.
 *
 * @module
 */
import { cudaDevices, evaluate, ones, synchronize } from "@tensaur/tensaur";

const x = ones([1000], { device: "cuda" }).mul(2).sum();
evaluate(x);
synchronize();
if (x.item() !== 2000) throw new Error(`2 * 1000 is ${x.item()}`);
const { name, memory, computeCapability } = cudaDevices()[0]!;
console.log(`${name}, ${(memory / 2 ** 30).toFixed(1)} GiB, compute capability ${computeCapability}`);
