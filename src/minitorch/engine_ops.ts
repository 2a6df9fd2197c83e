/**
 * What the fast backend and that of CUDA have in common: the engine's kernels, on a device.
 *
 * @module
 */
import { map, reduce, zip } from "../compile.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { type Device, sameShape, showShape } from "../shape.ts";
import type { Tensor as EngineTensor } from "../tensor.ts";
import type { TensorOps } from "./backend.ts";
import { shapeBroadcast } from "./indexing.ts";
import type { RawMap, RawReduce, RawZip } from "./simple_ops.ts";
import {
  checkBroadcast,
  checkFold,
  checkReach,
  fromStrided,
  inStorageOrder,
  type RawLayout,
  type RawStorage,
} from "./strided.ts";
import type { Tensor } from "./tensor.ts";

/** A map on raw storage, computed on a device. */
export function engineMap(device: Device, fn: (x: number) => number): RawMap {
  return (out, outShape, outStrides, ...input) => {
    const to: RawLayout = [out, outShape, outStrides];
    checkBroadcast(to, input);
    store(map(fromStrided(device, ...input), fn).expand(outShape), to);
  };
}

/** A zip on raw storage, computed on a device. */
export function engineZip(device: Device, fn: (x: number, y: number) => number): RawZip {
  return (out, outShape, outStrides, a, aShape, aStrides, ...b) => {
    const to: RawLayout = [out, outShape, outStrides], left: RawLayout = [a, aShape, aStrides];
    checkBroadcast(to, left, b);
    const result = zip(fromStrided(device, ...left), fromStrided(device, ...b), fn);
    store(result.expand(outShape), to);
  };
}

/** A fold on raw storage, computed on a device; without `start`, each cell of the output holds what it begins with. */
export function engineReduce(
  device: Device,
  fn: (x: number, y: number) => number,
): (...args: [...Parameters<RawReduce>, start?: number]) => void {
  return (out, outShape, outStrides, a, aShape, aStrides, reduceDim, start = startIn(out)) => {
    const to: RawLayout = [out, outShape, outStrides];
    checkFold(to, [a, aShape, aStrides], reduceDim);
    const folded = fromStrided(device, a, aShape, aStrides);
    store(reduce(folded, fn, start, { axis: reduceDim, keepdim: true }), to);
  };
}

/** What is in each cell. */
function startIn(out: RawStorage): number {
  const [start = 0] = out;
  if (out.every((cell) => Object.is(cell, start))) return start;
  throw new ArgumentError("Cannot reduce: want the number that it begins with in each cell of the output");
}

/** Products of matrices on raw storage, computed on a device. */
export function engineProduct(device: Device): RawZip {
  return (out, outShape, outStrides, a, aShape, aStrides, ...b) => {
    const product = fromStrided(device, a, aShape, aStrides).matmul(fromStrided(device, ...b));
    store(product, [out, outShape, outStrides]);
  };
}

/** Writes a tensor into storage as strides say. */
function store(result: EngineTensor, [out, shape, strides]: RawLayout): void {
  checkReach(out.length, shape, strides);
  if (!sameShape(result.shape, shape)) {
    throw new ShapeError(`Cannot store a result of shape ${showShape(result.shape)} as ${showShape(shape)}`);
  }
  out.set(inStorageOrder(result, strides));
}

/** The operations of a backend whose tensors are computed on a device; `ready` throws if it cannot be used. */
export function engineOps(device: Device, ready: () => void = () => {}): TensorOps {
  const valueOf = (a: Tensor): EngineTensor => a.value.to(device);
  return {
    map(fn): ReturnType<TensorOps["map"]> {
      ready();
      return (a, out) => {
        const result = map(valueOf(a), fn);
        return out === undefined ? a.make(result) : out.write(result.expand(out.shape));
      };
    },
    zip(fn): ReturnType<TensorOps["zip"]> {
      ready();
      return (a, b) => {
        shapeBroadcast(a.shape, b.shape);
        return a.make(zip(valueOf(a), valueOf(b), fn));
      };
    },
    reduce(fn, start): ReturnType<TensorOps["reduce"]> {
      ready();
      return (a, dim) => a.make(reduce(valueOf(a), fn, start, { axis: dim, keepdim: true }));
    },
    matrixMultiply: (a, b) => a.make(valueOf(a).matmul(valueOf(b))),
  };
}
