/**
 * Indices and positions: how the course finds elements in one-dimensional storage.
 *
 * @module
 */
import { TensaurError } from "../errors.ts";
import { showShape } from "../shape.ts";

/** The most axes that a tensor of the course has. */
export const MAX_DIMS = 32;

/**
 * An index, a shape or an order of axes does not fit.
 *
 * @example
 * ```ts
 * import { IndexingError, shapeBroadcast } from "@tensaur/tensaur/minitorch";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => shapeBroadcast([5, 2], [5]), IndexingError);
 * ```
 */
export class IndexingError extends TensaurError {
  /** The name of the class. */
  override readonly name = "IndexingError";
}

/**
 * Where an index lies in storage.
 *
 * @param index A place along each axis
 * @param strides Elements between neighbours along each axis
 * @returns The sum of their products
 *
 * @example
 * ```ts
 * import { indexToPosition } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(indexToPosition([1, 2], [5, 1]), 7);
 * ```
 */
export function indexToPosition(index: ArrayLike<number>, strides: readonly number[]): number {
  let position = 0;
  for (let axis = 0; axis < strides.length; axis++) position += index[axis]! * strides[axis]!;
  return position;
}

/**
 * The index of the element with a number in row-major order.
 *
 * @param ordinal The number, from 0 on
 * @param shape The lengths of the axes
 * @param outIndex Where the index is written
 *
 * @example
 * ```ts
 * import { toIndex } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const index = [0, 0];
 * toIndex(7, [3, 5], index);
 * assertEquals(index, [1, 2]);
 * ```
 */
export function toIndex(ordinal: number, shape: readonly number[], outIndex: number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    outIndex[axis] = ordinal % shape[axis]!;
    ordinal = Math.floor(ordinal / shape[axis]!);
  }
}

/**
 * The index in a tensor that stands for an index in a larger one, to which it broadcasts.
 *
 * @param bigIndex The index in the larger shape
 * @param bigShape The larger shape
 * @param shape The shape that broadcasts to it: aligned at the end, its lengths are equal or 1
 * @param outIndex Where the index is written
 *
 * @example
 * ```ts
 * import { broadcastIndex } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const index = [0, 0];
 * broadcastIndex([4, 2, 3], [5, 3, 4], [1, 4], index);
 * assertEquals(index, [0, 3]);
 * ```
 */
export function broadcastIndex(
  bigIndex: ArrayLike<number>,
  bigShape: readonly number[],
  shape: readonly number[],
  outIndex: number[],
): void {
  const skip = bigShape.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    outIndex[axis] = shape[axis] === 1 ? 0 : bigIndex[axis + skip]!;
  }
}

/**
 * The shape that two shapes broadcast to: aligned at the end, lengths must be equal or 1.
 *
 * @param a A shape
 * @param b Another one
 * @returns The larger length along each axis
 * @throws {IndexingError} If two lengths differ and neither is 1
 *
 * @example
 * ```ts
 * import { shapeBroadcast } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shapeBroadcast([5, 1, 5, 1], [1, 5, 1, 5]), [5, 5, 5, 5]);
 * ```
 */
export function shapeBroadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1, y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new IndexingError(`Cannot broadcast shapes ${showShape(a)} and ${showShape(b)}`);
    }
    return x === 1 ? y : x;
  });
}

/**
 * The strides of elements in row-major order without gaps.
 *
 * @param shape The lengths of the axes
 * @returns Elements between neighbours along each axis
 *
 * @example
 * ```ts
 * import { stridesFromShape } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stridesFromShape([3, 2, 2]), [4, 2, 1]);
 * ```
 */
export function stridesFromShape(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Checks that an order names each of some axes once. */
export function checkOrder(order: readonly number[], rank: number): void {
  if (order.length === rank && new Set(order).size === rank && order.every((axis) => axis in order)) return;
  throw new IndexingError(`Cannot permute ${rank} axes to the order ${showShape(order)}`);
}
