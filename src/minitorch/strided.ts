/**
 * Storage with strides as tensors of the engine, and back.
 *
 * @module
 */
import type { TypedArray } from "../dtype.ts";
import { placeOn } from "../backend/devices.ts";
import { fromTypedArray } from "../backend/storage.ts";
import { stridedAccess, withOwnStrides } from "../graph/access.ts";
import { readValue } from "../graph/evaluate.ts";
import { RECORDS, Value } from "../graph/node.ts";
import { leaf } from "../graph/pending.ts";
import { type Device, layoutOf, sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { IndexingError, indexToPosition, shapeBroadcast, stridesFromShape } from "./indexing.ts";

/** What the raw functions read and write. */
export type RawStorage = Float32Array | Float64Array;

/** Checks that strides lead to cells that exist. */
export function checkReach(cells: number, shape: readonly number[], strides: readonly number[]): void {
  const problem = (text: string): IndexingError =>
    new IndexingError(`Cannot lay out shape ${showShape(shape)} with strides ${showShape(strides)}: ${text}`);
  if (strides.length !== shape.length) throw problem("want a stride for each axis");
  if (!strides.every((stride) => Number.isInteger(stride) && stride >= 0)) {
    throw problem("want strides that are integers of at least 0");
  }
  const last = shape.includes(0) ? -1 : indexToPosition(shape.map((length) => length - 1), strides);
  if (last >= cells) throw problem(`they lead out of ${cells} cells`);
}

/** Storage with its shape and strides. */
export type RawLayout = readonly [
  storage: RawStorage,
  shape: readonly number[],
  strides: readonly number[],
];

/** Checks that layouts have the cells that they lead to, and that inputs broadcast to the output's shape. */
export function checkBroadcast(out: RawLayout, ...inputs: RawLayout[]): void {
  for (const [storage, shape, strides] of [out, ...inputs]) checkReach(storage.length, shape, strides);
  for (const [, shape] of inputs) checkShape(shapeBroadcast(shape, out[1]), out);
}

/** Checks that layouts have the cells that they lead to, and that the output has what a fold along an axis gives. */
export function checkFold(out: RawLayout, input: RawLayout, dim: number): void {
  for (const [storage, shape, strides] of [out, input]) checkReach(storage.length, shape, strides);
  checkShape(input[1].map((length, axis) => axis === dim ? 1 : length), out);
}

function checkShape(result: readonly number[], [, shape]: RawLayout): void {
  if (sameShape(result, shape)) return;
  throw new IndexingError(`Cannot write a result of shape ${showShape(result)} to shape ${showShape(shape)}`);
}

/** A tensor of a copy of some storage, read by strides; its kernels take it with these strides as it lies. */
export function fromStrided(
  device: Device,
  storage: RawStorage,
  shape: readonly number[],
  strides: readonly number[],
): Tensor {
  checkReach(storage.length, shape, strides);
  const dtype = storage instanceof Float32Array ? "float32" : "float64";
  const layout = layoutOf(shape, dtype, device);
  const node = leaf(layout, placeOn(device, fromTypedArray(storage)));
  const access = withOwnStrides(stridedAccess(0, strides), layout);
  node.value = new Value(node.value!.storage, access.offset, access.strides);
  return node as Tensor;
}

/** A leaf of a tensor's elements, into which gradients flow. */
export function trackedLeaf(x: Tensor): Tensor {
  const { storage, offset, strides } = readValue(x);
  storage.bound = true;
  const node = leaf(x.layout, storage);
  node.value = new Value(storage, offset, strides);
  node.set(RECORDS);
  return node as Tensor;
}

/** The elements in the order in which strides put them into storage, of which they use each cell once. */
export function inStorageOrder(x: Tensor, strides: readonly number[]): TypedArray {
  const axes = strides.map((_, axis) => axis).sort((a, b) => strides[b]! - strides[a]!);
  const dense = stridesFromShape(axes.map((axis) => x.shape[axis]!));
  if (axes.every((axis, i) => x.shape[axis] === 1 || strides[axis] === dense[i])) {
    return (axes.every((axis, i) => axis === i) ? x : x.permute(axes).contiguous()).data;
  }
  throw new IndexingError(
    `Cannot store shape ${showShape(x.shape)} with strides ${showShape(strides)}: want each cell used once`,
  );
}
