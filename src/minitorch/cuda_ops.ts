/**
 * The course's CUDA names. They throw: the kernels that the course asks for are not there yet.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { TensorOps } from "./backend.ts";
import type { RawLayout } from "./strided.ts";
import type { Tensor } from "./tensor.ts";

/** An output on raw storage, with its size. */
export type CudaOutput = readonly [...RawLayout, size: number];

/** A map on raw storage, told the size of its output. */
export type CudaMap = (...args: [...CudaOutput, ...RawLayout]) => void;

/** A zip or a product of matrices on raw storage, told the size of its output. */
export type CudaZip = (...args: [...CudaOutput, ...RawLayout, ...RawLayout]) => void;

/** A fold on raw storage, told the size of its output, its axis and what it begins with. */
export type CudaReduce = (
  ...args: [...CudaOutput, ...RawLayout, reduceDim: number, reduceValue: number]
) => void;

/** Throws what says that there is no CUDA. */
function unavailable(): never {
  throw new DeviceError("Cannot use the course's CUDA kernels: they are not part of this build");
}

/**
 * A map as a CUDA kernel.
 *
 * @param _fn The function of each element
 * @throws {DeviceError} Always
 */
export function tensorMap(_fn: (x: number) => number): CudaMap {
  return unavailable();
}

/**
 * A zip as a CUDA kernel.
 *
 * @param _fn The function of two elements
 * @throws {DeviceError} Always
 */
export function tensorZip(_fn: (x: number, y: number) => number): CudaZip {
  return unavailable();
}

/**
 * A fold as a CUDA kernel.
 *
 * @param _fn The function of what was folded so far and an element
 * @throws {DeviceError} Always
 */
export function tensorReduce(_fn: (x: number, y: number) => number): CudaReduce {
  return unavailable();
}

/**
 * Products of matrices as a CUDA kernel.
 *
 * @param _args The output with its size, then both inputs
 * @throws {DeviceError} Always
 */
export function tensorMatrixMultiply(..._args: Parameters<CudaZip>): void {
  unavailable();
}

/**
 * The course's exercise on shared memory: each block sums at most 32 elements.
 *
 * @param _a A tensor with one axis
 * @throws {DeviceError} Always
 */
export function sumPractice(_a: Tensor): Tensor {
  return unavailable();
}

/**
 * The course's exercise on shared memory: the product of two square matrices of at most 32 rows.
 *
 * @param _a The left matrix
 * @param _b The right matrix
 * @throws {DeviceError} Always
 */
export function mmPractice(_a: Tensor, _b: Tensor): Tensor {
  return unavailable();
}

/**
 * The product of matrices on CUDA, under its name of 2020.
 *
 * @param _a The left matrices
 * @param _b The right matrices
 * @throws {DeviceError} Always
 */
export function cudaMatmul(_a: Tensor, _b: Tensor): Tensor {
  return unavailable();
}

/**
 * The CUDA backend's operations.
 *
 * @example
 * ```ts
 * import { DeviceError } from "@tensaur/tensaur";
 * import { CudaOps, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new TensorBackend(CudaOps, { name: "cuda", cuda: true }), DeviceError, "CUDA");
 * ```
 */
export const CudaOps: TensorOps = {
  map: unavailable,
  zip: unavailable,
  reduce: unavailable,
  matrixMultiply: unavailable,
};
