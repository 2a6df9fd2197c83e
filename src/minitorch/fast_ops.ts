/**
 * The course's fast backend: any function of numbers becomes one parallel kernel of the engine.
 *
 * @module
 */
import { map, reduce, zip } from "../compile.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorOps } from "./backend.ts";
import { shapeBroadcast } from "./indexing.ts";
import type { RawMap, RawReduce, RawZip } from "./simple_ops.ts";
import {
  checkBroadcast,
  checkFold,
  checkReach,
  fromStrided,
  inStorageOrder,
  type RawStorage,
} from "./strided.ts";

/**
 * A map as a kernel.
 *
 * @param fn The function of each element, as `map` of the library takes it
 * @returns The map on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(4);
 * fastOps.tensorMap((x) => x * x)(out, [2, 2], [2, 1], Float64Array.of(2, 3), [2], [1]);
 * assertEquals([...out], [4, 9, 4, 9]);
 * ```
 */
export function tensorMap(fn: (x: number) => number): RawMap {
  return (out, outShape, outStrides, input, inShape, inStrides) => {
    checkBroadcast([out, outShape, outStrides], [input, inShape, inStrides]);
    store(map(fromStrided(input, inShape, inStrides), fn).expand(outShape), out, outShape, outStrides);
  };
}

/**
 * A zip as a kernel.
 *
 * @param fn The function of two elements, as `zip` of the library takes it
 * @returns The zip on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2), b = Float64Array.of(10);
 * fastOps.tensorZip((x, y) => x + y)(out, [2], [1], a, [2], [1], b, [1], [1]);
 * assertEquals([...out], [11, 12]);
 * ```
 */
export function tensorZip(fn: (x: number, y: number) => number): RawZip {
  return (out, outShape, outStrides, a, aShape, aStrides, b, bShape, bStrides) => {
    checkBroadcast([out, outShape, outStrides], [a, aShape, aStrides], [b, bShape, bStrides]);
    const result = zip(fromStrided(a, aShape, aStrides), fromStrided(b, bShape, bStrides), fn);
    store(result.expand(outShape), out, outShape, outStrides);
  };
}

/**
 * A fold as a kernel: in parallel for the functions that `reduce` of the library lists, otherwise in order.
 *
 * @param fn The function of what was folded so far and an element
 * @returns The fold on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2, 3, 4);
 * fastOps.tensorReduce((x, y) => x + y)(out, [2, 1], [1, 1], a, [2, 2], [2, 1], 1);
 * assertEquals([...out], [3, 7]);
 * ```
 */
export function tensorReduce(fn: (x: number, y: number) => number): RawReduce {
  return (out, outShape, outStrides, a, aShape, aStrides, reduceDim) => {
    checkFold([out, outShape, outStrides], [a, aShape, aStrides], reduceDim);
    const [start = 0] = out, folded = fromStrided(a, aShape, aStrides);
    if (!out.every((cell) => Object.is(cell, start))) {
      throw new ArgumentError(
        "Cannot reduce: want the number that it begins with in each cell of the output",
      );
    }
    store(reduce(folded, fn, start, { axis: reduceDim, keepdim: true }), out, outShape, outStrides);
  };
}

/**
 * Products of matrices by the engine's kernel. A batch of one stands for as many as the other has.
 *
 * @param out Where the product is written
 * @param outShape Its shape: the batch, the rows of `a`, the columns of `b`
 * @param outStrides Its strides
 * @param a The left matrices
 * @param aShape Their shape
 * @param aStrides Their strides
 * @param b The right matrices
 * @param bShape Their shape
 * @param bStrides Their strides
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(1), a = Float64Array.of(1, 2), b = Float64Array.of(3, 4);
 * fastOps.tensorMatrixMultiply(out, [1, 1, 1], [1, 1, 1], a, [1, 1, 2], [2, 2, 1], b, [1, 2, 1], [2, 1, 1]);
 * assertEquals(out[0], 11);
 * ```
 */
export function tensorMatrixMultiply(
  out: RawStorage,
  outShape: readonly number[],
  outStrides: readonly number[],
  a: RawStorage,
  aShape: readonly number[],
  aStrides: readonly number[],
  b: RawStorage,
  bShape: readonly number[],
  bStrides: readonly number[],
): void {
  store(fromStrided(a, aShape, aStrides).matmul(fromStrided(b, bShape, bStrides)), out, outShape, outStrides);
}

/** Writes a tensor into storage as strides say. */
function store(
  result: Tensor,
  out: RawStorage,
  shape: readonly number[],
  strides: readonly number[],
): void {
  checkReach(out.length, shape, strides);
  if (!sameShape(result.shape, shape)) {
    throw new ShapeError(`Cannot store a result of shape ${showShape(result.shape)} as ${showShape(shape)}`);
  }
  out.set(inStorageOrder(result, strides));
}

/**
 * The fast backend's operations: what the course compiles with Numba. Their results are tensors of the engine, which
 * fuses them and knows their gradients.
 *
 * @example
 * ```ts
 * import { FastOps, tensor, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const backend = new TensorBackend(FastOps, { name: "fast" });
 * assertEquals(FastOps.map((x) => x * x + 1)(tensor([1, 2], { backend })).toNumpy(), [2, 5]);
 * ```
 */
export const FastOps: TensorOps = {
  map: (fn) => (a, out) => {
    const result = map(a.value, fn);
    return out === undefined ? a.make(result) : out.write(result.expand(out.shape));
  },
  zip: (fn) => (a, b) => {
    shapeBroadcast(a.shape, b.shape);
    return a.make(zip(a.value, b.value, fn));
  },
  reduce: (fn, start) => (a, dim) => a.make(reduce(a.value, fn, start, { axis: dim, keepdim: true })),
  matrixMultiply: (a, b) => a.make(a.value.matmul(b.value)),
};
