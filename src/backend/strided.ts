/**
 * Elements that lie apart, put side by side for a reader.
 *
 * @module
 */
import { type DType, DTYPES, type TypedArray } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { checkAlive, type Storage, typed } from "./storage.ts";

/** A copy of strided elements in row-major order. Offset and strides count elements. */
export function copyStrided(
  storage: Storage,
  dtype: DType,
  offset: number,
  strides: readonly number[],
  shape: Shape,
): TypedArray {
  checkAlive(storage);
  const { array: View, size } = DTYPES[dtype];
  const length = shape.reduce((product, axis) => product * axis, 1);
  const target = new View(new ArrayBuffer(length * size), 0, length);
  if (length === 0) return target;
  const reach = shape.map((axis, i) => (axis - 1) * strides[i]!);
  const first = reach.reduce((sum, each) => sum + Math.min(each, 0), offset);
  const last = reach.reduce((sum, each) => sum + Math.max(each, 0), offset);
  const source = typed(storage, dtype, first, last - first + 1);
  let at = 0;
  const walk = (axis: number, from: number): void => {
    if (axis === shape.length) {
      target[at++] = source[from]!;
      return;
    }
    for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, from + i * strides[axis]!);
  };
  walk(0, offset - first);
  return target;
}
