/**
 * What makes the course's tensors.
 *
 * @module
 */
import { checkOptions } from "../arguments.ts";
import { type NestedNumbers, readNested } from "../nested.ts";
import { rand as uniform } from "../random.ts";
import { TensorBackend } from "./backend.ts";
import { FastOps } from "./fast_ops.ts";
import { SimpleOps } from "./simple_ops.ts";
import { Tensor } from "./tensor.ts";
import { TensorData } from "./tensor_data.ts";

/** The backend of plain loops. */
export const SimpleBackend: TensorBackend = new TensorBackend(SimpleOps, { name: "simple" });

/** The backend of the engine's kernels; tensors have it if nothing else is said. */
export const FastBackend: TensorBackend = new TensorBackend(FastOps, { name: "fast" });

/** What can be said about a new tensor. */
export interface TensorOptions {
  /** What computes its operations (default: `FastBackend`). */
  backend?: TensorBackend;
  /** Whether gradients flow to it (default false, which the course's own code ignores). */
  requiresGrad?: boolean;
}

/**
 * A tensor of numbers.
 *
 * @param values A number, or nested arrays
 * @param options `backend`, `requiresGrad`
 * @returns The tensor
 *
 * @example
 * ```ts
 * import { tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensor([[1, 2, 3], [4, 5, 6]]).shape, [2, 3]);
 * ```
 */
export function tensor(values: NestedNumbers, options: TensorOptions = {}): Tensor {
  const { shape, numbers } = readNested(values);
  return made(new TensorData(numbers, shape), options);
}

/**
 * A tensor full of zeros.
 *
 * @param shape The lengths of the axes
 * @param options `backend`, `requiresGrad`
 * @returns The tensor
 *
 * @example
 * ```ts
 * import { zeros } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(zeros([2]).toNumpy(), [0, 0]);
 * ```
 */
export function zeros(shape: readonly number[], options: TensorOptions = {}): Tensor {
  return made(new TensorData(new Float64Array(shape.reduce((product, n) => product * n, 1)), shape), options);
}

/**
 * A tensor of random numbers from 0 to 1; `manualSeed` of the library decides them.
 *
 * @param shape The lengths of the axes
 * @param options `backend`, `requiresGrad`
 * @returns The tensor
 *
 * @example
 * ```ts
 * import { rand } from "@tensaur/tensaur/minitorch";
 * import { assert } from "@std/assert";
 *
 * assert(rand([3]).data.storage.every((x) => x >= 0 && x < 1));
 * ```
 */
export function rand(shape: readonly number[], options: TensorOptions = {}): Tensor {
  const values = uniform(shape, { dtype: "float64", device: "cpu" }).data;
  return made(new TensorData(new Float64Array(values), shape), options);
}

function made(data: TensorData, options: TensorOptions): Tensor {
  checkOptions("a tensor", options, ["backend", "requiresGrad"]);
  const { backend = FastBackend, requiresGrad = false } = options;
  const result = new Tensor(data, backend);
  return requiresGrad ? result.requiresGrad_() : result;
}

/**
 * The product of matrices, under its name of 2020; `matmul` is another.
 *
 * @param a Two axes or more
 * @param b Two axes or more
 * @returns Two axes if both had two
 *
 * @example
 * ```ts
 * import { matrixMultiply, tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(matrixMultiply(tensor([[1, 2]]), tensor([[3], [4]])).toNumpy(), [[11]]);
 * ```
 */
export function matrixMultiply(a: Tensor, b: Tensor): Tensor {
  return a.matmul(b);
}
