/**
 * Recording of the views: other shapes and orders of the same elements.
 *
 * @module
 */
import { ArgumentError, IndexError, ShapeError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { EXPAND, permuteOp, placeOp, RESHAPE, sliceOp, transposeOp } from "../ops/movement.ts";
import {
  checkShape,
  describe,
  type Layout,
  normalizeAxis,
  sameShape,
  type Shape,
  showShape,
  sizeOf,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkTensor } from "./operand.ts";

function reshapeTo(x: Tensor, layout: Layout): Tensor {
  return layout === x.layout ? x.version as Tensor : record(RESHAPE, [x], layout) as Tensor;
}

/** Records another shape of as many elements; one length may be -1. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor("reshape", x);
  if (Array.isArray(shape) && sameShape(shape, x.layout.shape)) return x.version as Tensor;
  return reshapeTo(x, x.layout.withShape(inferLength(x.layout, shape)));
}

function inferLength({ shape: from, size }: Layout, shape: unknown): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  let lengths = shape;
  if (open >= 0) {
    const given = shape as readonly number[], others = [...given.slice(0, open), ...given.slice(open + 1)];
    checkShape("reshape", others);
    const rest = sizeOf(others);
    if (rest === 0 || size % rest !== 0) {
      throw new ShapeError(
        `Cannot reshape ${showShape(from)} to ${showShape(given)}: no length for -1 gives ${size} elements`,
      );
    }
    lengths = [...given.slice(0, open), size / rest, ...given.slice(open + 1)];
  }
  checkShape("reshape", lengths);
  if (sizeOf(lengths) !== size) {
    throw new ShapeError(
      `Cannot reshape ${showShape(from)} to ${showShape(lengths)}: ${size} elements are not ${
        sizeOf(lengths)
      }`,
    );
  }
  return lengths;
}

/** Records axes of length 1 repeated to a shape; -1 keeps a length. */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkTensor("expand", x);
  const from = x.layout.shape;
  if (Array.isArray(shape) && sameShape(shape, from)) return x.version as Tensor;
  const skip = Array.isArray(shape) ? shape.length - from.length : 0;
  const target = Array.isArray(shape)
    ? shape.map((length, i) => length === -1 ? from[i - skip] : length)
    : shape;
  checkShape("expand", target);
  for (let axis = 0; axis < Math.max(target.length, from.length); axis++) {
    const had = from[axis - skip] ?? 1;
    if (skip < 0 || had !== 1 && had !== target[axis]) {
      throw new ShapeError(
        `Cannot expand ${showShape(from)} to ${
          showShape(shape)
        }: want the same lengths from the end on, except ` +
          `where it has 1`,
      );
    }
  }
  const layout = x.layout.withShape(target);
  return layout === x.layout ? x.version as Tensor : record(EXPAND, [x], layout) as Tensor;
}

/** Records the axes in another order, which is a permutation. */
function permuteTo(x: Tensor, order: readonly number[]): Tensor {
  if (order.every((axis, i) => axis === i)) return x.version as Tensor;
  const { shape } = x.layout;
  return record(permuteOp(order), [x], x.layout.withShape(order.map((axis) => shape[axis]!))) as Tensor;
}

/** Records the axes in another order. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  checkTensor("permute", x);
  const rank = x.layout.shape.length;
  if (!Array.isArray(order) || order.length !== rank) {
    const given = Array.isArray(order) ? showShape(order) : describe(order);
    throw new ShapeError(
      `Cannot permute shape ${showShape(x.layout.shape)}: want an array of its ${rank} axes, was ${given}`,
    );
  }
  const axes = order.map((axis) => normalizeAxis("permute", axis, rank));
  if (new Set(axes).size !== rank) {
    throw new IndexError(`Cannot permute with axes ${showShape(order)}: an axis is given twice`);
  }
  return permuteTo(x, axes);
}

/** Records two axes exchanged. */
export function transpose(x: Tensor, first: number, second: number): Tensor {
  checkTensor("transpose", x);
  const rank = x.layout.shape.length;
  const a = normalizeAxis("transpose", first, rank), b = normalizeAxis("transpose", second, rank);
  return permuteTo(x, x.layout.shape.map((_, axis) => axis === a ? b : axis === b ? a : axis));
}

/** Records the last two axes exchanged. */
export function matrixTranspose(x: Tensor): Tensor {
  checkTensor("mT", x);
  const rank = x.layout.shape.length;
  if (rank < 2) throw new ShapeError(`Cannot mT shape ${showShape(x.layout.shape)}: want at least 2 axes`);
  return record(transposeOp(rank), [x], x.layout.transposed) as Tensor;
}

/** Records axes of length 1 removed: all of them, or those given. */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  checkTensor("squeeze", x);
  const { shape } = x.layout;
  if (axes === undefined) return reshapeTo(x, x.layout.withShape(shape.filter((length) => length !== 1)));
  const gone = (Array.isArray(axes) ? axes : [axes]).map((axis) =>
    normalizeAxis("squeeze", axis, shape.length)
  );
  for (const axis of gone) {
    if (shape[axis] === 1) continue;
    throw new ShapeError(
      `Cannot squeeze axis ${axis} of shape ${showShape(shape)}: want length 1, was ${shape[axis]}`,
    );
  }
  return reshapeTo(x, x.layout.withShape(shape.filter((_, axis) => !gone.includes(axis))));
}

/** Records a new axis of length 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  checkTensor("unsqueeze", x);
  const { shape } = x.layout, at = normalizeAxis("unsqueeze", axis, shape.length + 1);
  const longer = [...shape.slice(0, at), 1, ...shape.slice(at)];
  checkShape("unsqueeze", longer);
  return reshapeTo(x, x.layout.withShape(longer));
}

/** Records some neighbouring axes as one. */
export function flatten(x: Tensor, first: number, last: number): Tensor {
  checkTensor("flatten", x);
  const { shape } = x.layout, rank = Math.max(shape.length, 1);
  const start = normalizeAxis("flatten", first, rank), end = normalizeAxis("flatten", last, rank);
  if (start > end) {
    throw new ArgumentError(
      `Cannot flatten from axis ${first} to axis ${last}: want them in ascending order`,
    );
  }
  const length = sizeOf(shape.slice(start, end + 1));
  return reshapeTo(x, x.layout.withShape([...shape.slice(0, start), length, ...shape.slice(end + 1)]));
}

/** Records a slice that has been checked. */
export function slice(x: Tensor, shape: Shape, starts: readonly number[], steps: readonly number[]): Tensor {
  return record(sliceOp(steps), [x], x.layout.withShape(shape), starts) as Tensor;
}

/** Records elements put on a slice of zeros, which has been checked. */
export function place(x: Tensor, shape: Shape, starts: readonly number[], steps: readonly number[]): Tensor {
  return record(placeOp(steps), [x], x.layout.withShape(shape), starts) as Tensor;
}
