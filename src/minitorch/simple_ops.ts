/**
 * The course's simple backend: plain sequential loops over storage, shape and strides.
 *
 * @module
 */
import { broadcastIndex, indexToPosition, shapeBroadcast, toIndex } from "./indexing.ts";
import type { TensorMap, TensorOps, TensorReduce, TensorZip } from "./backend.ts";
import { checkBroadcast, checkFold, type RawStorage } from "./strided.ts";

/** A map on raw storage: the input broadcasts to the output. */
export type RawMap = (
  out: RawStorage,
  outShape: readonly number[],
  outStrides: readonly number[],
  input: RawStorage,
  inShape: readonly number[],
  inStrides: readonly number[],
) => void;

/** A zip or a product of matrices on raw storage: both inputs broadcast to the output. */
export type RawZip = (
  out: RawStorage,
  outShape: readonly number[],
  outStrides: readonly number[],
  a: RawStorage,
  aShape: readonly number[],
  aStrides: readonly number[],
  b: RawStorage,
  bShape: readonly number[],
  bStrides: readonly number[],
) => void;

/** A fold on raw storage along one axis, of length 1 in the output, which holds what it begins with. */
export type RawReduce = (
  out: RawStorage,
  outShape: readonly number[],
  outStrides: readonly number[],
  a: RawStorage,
  aShape: readonly number[],
  aStrides: readonly number[],
  reduceDim: number,
) => void;

/**
 * A map by a loop over the output's elements.
 *
 * @param fn The function of each element
 * @returns The map on raw storage
 *
 * @example
 * ```ts
 * import { simpleOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(4);
 * simpleOps.tensorMap((x) => x * x)(out, [2, 2], [2, 1], Float64Array.of(2, 3), [2], [1]);
 * assertEquals([...out], [4, 9, 4, 9]);
 * ```
 */
export function tensorMap(fn: (x: number) => number): RawMap {
  return (out, outShape, outStrides, input, inShape, inStrides) => {
    checkBroadcast([out, outShape, outStrides], [input, inShape, inStrides]);
    const outIndex = new Array<number>(outShape.length), inIndex = new Array<number>(inShape.length);
    for (let ordinal = 0; ordinal < sizeOf(outShape); ordinal++) {
      toIndex(ordinal, outShape, outIndex);
      broadcastIndex(outIndex, outShape, inShape, inIndex);
      const value = input[indexToPosition(inIndex, inStrides)]!;
      out[indexToPosition(outIndex, outStrides)] = fn(value);
    }
  };
}

/**
 * A zip by a loop over the output's elements.
 *
 * @param fn The function of two elements
 * @returns The zip on raw storage
 *
 * @example
 * ```ts
 * import { simpleOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2), b = Float64Array.of(10);
 * simpleOps.tensorZip((x, y) => x + y)(out, [2], [1], a, [2], [1], b, [1], [1]);
 * assertEquals([...out], [11, 12]);
 * ```
 */
export function tensorZip(fn: (x: number, y: number) => number): RawZip {
  return (out, outShape, outStrides, a, aShape, aStrides, b, bShape, bStrides) => {
    checkBroadcast([out, outShape, outStrides], [a, aShape, aStrides], [b, bShape, bStrides]);
    const outIndex = new Array<number>(outShape.length);
    const aIndex = new Array<number>(aShape.length), bIndex = new Array<number>(bShape.length);
    for (let ordinal = 0; ordinal < sizeOf(outShape); ordinal++) {
      toIndex(ordinal, outShape, outIndex);
      broadcastIndex(outIndex, outShape, aShape, aIndex);
      broadcastIndex(outIndex, outShape, bShape, bIndex);
      const x = a[indexToPosition(aIndex, aStrides)]!, y = b[indexToPosition(bIndex, bStrides)]!;
      out[indexToPosition(outIndex, outStrides)] = fn(x, y);
    }
  };
}

/**
 * A fold by a loop over the output's elements, in order along the axis.
 *
 * @param fn The function of what was folded so far and an element
 * @returns The fold on raw storage
 *
 * @example
 * ```ts
 * import { simpleOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2, 3, 4);
 * simpleOps.tensorReduce((x, y) => x + y)(out, [2, 1], [1, 1], a, [2, 2], [2, 1], 1);
 * assertEquals([...out], [3, 7]);
 * ```
 */
export function tensorReduce(fn: (x: number, y: number) => number): RawReduce {
  return (out, outShape, outStrides, a, aShape, aStrides, reduceDim) => {
    checkFold([out, outShape, outStrides], [a, aShape, aStrides], reduceDim);
    const index = new Array<number>(outShape.length);
    for (let ordinal = 0; ordinal < sizeOf(outShape); ordinal++) {
      toIndex(ordinal, outShape, index);
      const position = indexToPosition(index, outStrides);
      for (let i = 0; i < aShape[reduceDim]!; i++) {
        index[reduceDim] = i;
        out[position] = fn(out[position]!, a[indexToPosition(index, aStrides)]!);
      }
    }
  };
}

/**
 * The simple backend's operations. It has no product of matrices of its own: that is a zip and a sum.
 *
 * @example
 * ```ts
 * import { SimpleOps, tensor, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const backend = new TensorBackend(SimpleOps, { name: "simple" });
 * assertEquals(tensor([[1, 2], [3, 4]], { backend }).sum(0).toNumpy(), [[4, 6]]);
 * ```
 */
export const SimpleOps: TensorOps = {
  map(fn): TensorMap {
    const map = tensorMap(fn);
    return (a, out = a.zeros(a.shape)) => {
      map(...out.tuple(), ...a.tuple());
      return out;
    };
  },
  zip(fn): TensorZip {
    const zip = tensorZip(fn);
    return (a, b) => {
      const out = a.zeros(shapeBroadcast(a.shape, b.shape));
      zip(...out.tuple(), ...a.tuple(), ...b.tuple());
      return out;
    };
  },
  reduce(fn, start): TensorReduce {
    const reduce = tensorReduce(fn);
    return (a, dim) => {
      const out = a.zeros(a.shape.with(dim, 1));
      out.tuple()[0].fill(start);
      reduce(...out.tuple(), ...a.tuple(), dim);
      return out;
    };
  },
};

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
