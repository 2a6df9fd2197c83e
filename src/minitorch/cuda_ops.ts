/**
 * The course's CUDA names: its backend and its kernels, on the first GPU. Where none can be used, they throw a
 * `DeviceError` that says why.
 *
 * @module
 */
import { checkDevice } from "../backend/devices.ts";
import { TensorBackend, type TensorOps } from "./backend.ts";
import { engineMap, engineOps, engineProduct, engineReduce, engineZip } from "./engine_ops.ts";
import { IndexingError } from "./indexing.ts";
import type { RawLayout } from "./strided.ts";
import { showShape } from "../shape.ts";
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

/** Throws if there is no GPU that can be used. */
function ready(): void {
  checkDevice("cuda");
}

/** The layout of an output, its size checked. */
function sized(
  out: RawLayout[0],
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): RawLayout {
  const wanted = shape.reduce((product, length) => product * length, 1);
  if (size === wanted) return [out, shape, strides];
  throw new IndexingError(`Cannot write ${size} elements to shape ${showShape(shape)}: want ${wanted}`);
}

/**
 * A map as a CUDA kernel. Storage is copied to the GPU, and the result back.
 *
 * @param fn The function of each element
 * @returns The map on raw storage
 * @throws {DeviceError} If no GPU can be used
 */
export function tensorMap(fn: (x: number) => number): CudaMap {
  ready();
  const map = engineMap("cuda", fn);
  return (out, shape, strides, size, ...input) => map(...sized(out, shape, strides, size), ...input);
}

/**
 * A zip as a CUDA kernel. Storage is copied to the GPU, and the result back.
 *
 * @param fn The function of two elements
 * @returns The zip on raw storage
 * @throws {DeviceError} If no GPU can be used
 */
export function tensorZip(fn: (x: number, y: number) => number): CudaZip {
  ready();
  const zip = engineZip("cuda", fn);
  return (out, shape, strides, size, ...inputs) => zip(...sized(out, shape, strides, size), ...inputs);
}

/**
 * A fold as a CUDA kernel, of any length: the axis always has length 1 in the output, also beyond 1024, where the course's
 * own kernel leaves parts. Storage is copied to the GPU, and the result back.
 *
 * @param fn The function of what was folded so far and an element
 * @returns The fold on raw storage
 * @throws {DeviceError} If no GPU can be used
 */
export function tensorReduce(fn: (x: number, y: number) => number): CudaReduce {
  ready();
  const reduce = engineReduce("cuda", fn);
  return (out, shape, strides, size, ...rest) => reduce(...sized(out, shape, strides, size), ...rest);
}

/**
 * Products of matrices as a CUDA kernel. A batch of one stands for as many as the other has.
 *
 * @param args The output with its size, then both inputs
 * @throws {DeviceError} If no GPU can be used
 */
export function tensorMatrixMultiply(...args: Parameters<CudaZip>): void {
  ready();
  const [out, shape, strides, size, ...inputs] = args;
  engineProduct("cuda")(...sized(out, shape, strides, size), ...inputs);
}

/**
 * The CUDA backend's operations: the engine's kernels on the first GPU.
 *
 * @example
 * ```ts
 * import { cudaAvailable } from "@tensaur/tensaur";
 * import { CudaOps, tensor, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * if (cudaAvailable()) {
 *   const backend = new TensorBackend(CudaOps, { name: "cuda", cuda: true });
 *   assertEquals(tensor([[1, 2], [3, 4]], { backend }).sum(1).toNumpy(), [[3], [7]]);
 * }
 * ```
 */
export const CudaOps: TensorOps = engineOps("cuda", ready);

let made: TensorBackend | undefined;

/**
 * The backend of CUDA. It is a function, since the GPU is looked for when somebody asks for it.
 *
 * @returns The backend, always the same
 * @throws {DeviceError} If no GPU can be used
 *
 * @example
 * ```ts
 * import { cudaAvailable } from "@tensaur/tensaur";
 * import { cudaBackend, tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * if (cudaAvailable()) {
 *   assertEquals(tensor([1, 2], { backend: cudaBackend() }).exp().log().isClose(tensor([1, 2])).all().item(), 1);
 * }
 * ```
 */
export function cudaBackend(): TensorBackend {
  return made ??= new TensorBackend(CudaOps, { name: "cuda", cuda: true });
}

/**
 * The product of matrices on CUDA, under its name of 2020.
 *
 * @param a Two axes or more
 * @param b Two axes or more
 * @returns The product on the backend of `a`, two axes if both had two
 * @throws {DeviceError} If no GPU can be used
 */
export function cudaMatmul(a: Tensor, b: Tensor): Tensor {
  const backend = cudaBackend();
  return a.to(backend).matmul(b.to(backend)).to(a.backend);
}
