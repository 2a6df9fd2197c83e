/**
 * The course's two exercises on shared memory, by the kernels in `kernels/cuda/practice/`.
 *
 * @module
 */
import * as practice from "../backend/practice.ts";
import { ShapeError } from "../errors.ts";
import { readValue } from "../graph/evaluate.ts";
import { leaf } from "../graph/pending.ts";
import { layoutOf, sameShape, showShape } from "../shape.ts";
import type { Storage } from "../backend/storage.ts";
import type { Tensor as EngineTensor } from "../tensor.ts";
import { cudaBackend } from "./cuda_ops.ts";
import type { Tensor } from "./tensor.ts";

/** The fewest sums: the course's output has two cells whatever its input. */
const LEAST_SUMS = 2;

/**
 * The course's exercise on sums: blocks of 32 threads sum up to 32 neighbours each, in shared memory.
 *
 * @param a A tensor with one axis
 * @returns The sums in two cells, or in more where more than 64 elements need them; without gradients
 * @throws {ShapeError} If there is not exactly one axis
 * @throws {DeviceError} If no GPU can be used
 *
 * @example
 * ```ts
 * import { cudaAvailable } from "@tensaur/tensaur";
 * import { sumPractice, tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * if (cudaAvailable()) assertEquals(sumPractice(tensor([1, 2, 3])).toNumpy(), [6, 0]);
 * ```
 */
export function sumPractice(a: Tensor): Tensor {
  if (a.dims !== 1) {
    throw new ShapeError(`Cannot sumPractice shape ${showShape(a.shape)}: want one axis`);
  }
  const cells = Math.max(LEAST_SUMS, Math.ceil(a.size / practice.NEIGHBOURS));
  return of(a, [cells], practice.sumPractice(storageOf(a), a.size, cells));
}

/**
 * The course's exercise on products: one block of 32 x 32 threads multiplies two square matrices in shared memory.
 *
 * @param a The left matrix, of at most 32 rows
 * @param b The right matrix, of the same shape
 * @returns The product, without gradients
 * @throws {ShapeError} If they are not two such matrices
 * @throws {DeviceError} If no GPU can be used
 *
 * @example
 * ```ts
 * import { cudaAvailable } from "@tensaur/tensaur";
 * import { mmPractice, tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([[1, 2], [3, 4]]);
 * if (cudaAvailable()) assertEquals(mmPractice(a, a).toNumpy(), [[7, 10], [15, 22]]);
 * ```
 */
export function mmPractice(a: Tensor, b: Tensor): Tensor {
  const [size = 0] = a.shape;
  if (!sameShape(a.shape, [size, size]) || !sameShape(b.shape, a.shape) || size > practice.MOST_ROWS) {
    throw new ShapeError(
      `Cannot mmPractice shapes ${showShape(a.shape)} and ${showShape(b.shape)}: ` +
        `want two square matrices of at most ${practice.MOST_ROWS} rows`,
    );
  }
  return of(a, [size, size], practice.mmPractice(storageOf(a), storageOf(b), size));
}

/** The elements of a tensor on the GPU, in row-major order from the beginning. */
function storageOf(a: Tensor): Storage {
  const there = a.detach().to(cudaBackend()).contiguous();
  return readValue(there.value).storage;
}

/** A result of the GPU on the backend of an input. */
function of(input: Tensor, shape: readonly number[], storage: Storage): Tensor {
  const result = leaf(layoutOf(shape, "float64", "cuda"), storage) as EngineTensor;
  return input.make(result);
}
