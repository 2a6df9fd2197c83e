/**
 * The course's two exercises on shared memory, on a GPU: kernels of their own, which no plan uses.
 *
 * @module
 */
import { OutOfMemoryError } from "../errors.ts";
import { backendOf } from "./devices.ts";
import type { CudaBackend } from "./cuda.ts";
import { check, library } from "./library.ts";
import type { Storage } from "./storage.ts";

/** The most rows of matrices that one block multiplies. */
export const MOST_ROWS = 32;
/** How many neighbours one block sums. */
export const NEIGHBOURS = 32;

/** Sums up to 32 neighbours each of `count` float64 numbers on the first GPU; the sums are as many as `cells`, from 0. */
export function sumPractice(values: Storage, count: number, cells: number): Storage {
  const sums = gpu().memory.store(new Uint8Array(Float64Array.BYTES_PER_ELEMENT * cells));
  return run([values], sums, ([from], to) => library.cudaSumPractice(from!, to, count));
}

/** Multiplies two square float64 matrices of `size` rows on the first GPU. */
export function mmPractice(a: Storage, b: Storage, size: number): Storage {
  const product = gpu().allocate(Float64Array.BYTES_PER_ELEMENT * size * size, "a practice kernel");
  return run([a, b], product, ([left, right], to) => library.cudaMmPractice(left!, right!, to, size));
}

function gpu(): CudaBackend {
  return backendOf("cuda") as CudaBackend;
}

/** Runs an exercise on the handles of values; gives the result. */
function run(
  inputs: readonly Storage[],
  result: Storage,
  launch: (inputs: readonly number[], result: number) => number,
): Storage {
  const { memory } = gpu(), handles = [...inputs, result].map((storage) => memory.handleOf(storage));
  // Bringing one value back may have moved another away.
  if (![...inputs, result].every((storage) => memory.has(storage))) {
    throw new OutOfMemoryError("Cannot run an exercise: its values do not fit the memory of cuda:0");
  }
  const status = launch(handles, handles.at(-1)!);
  check(status);
  return result;
}
