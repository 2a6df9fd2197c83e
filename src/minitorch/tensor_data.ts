/**
 * The course's tensor data: one-dimensional storage with a shape and strides.
 *
 * @module
 */
import { showShape } from "../shape.ts";
import {
  checkOrder,
  IndexingError,
  indexToPosition,
  MAX_DIMS,
  stridesFromShape,
  toIndex,
} from "./indexing.ts";
import { checkReach } from "./strided.ts";

/**
 * Elements in one-dimensional storage, found by strides. There are as many cells as elements: no offsets, no slices.
 *
 * @example
 * ```ts
 * import { TensorData } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new TensorData([1, 2, 3, 4, 5, 6], [2, 3]);
 * assertEquals(data.get([1, 0]), 4);
 * const turned = data.permute(1, 0);
 * assertEquals([turned.get([0, 1]), turned.isContiguous()], [4, false]);
 * ```
 */
export class TensorData {
  /** The cells; a `Float64Array` that was given is shared, anything else copied. */
  readonly storage: Float64Array;
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** Cells between neighbours along each axis. */
  readonly strides: readonly number[];

  /**
   * Makes tensor data.
   *
   * @param storage The cells
   * @param shape The lengths of the axes
   * @param strides Cells between neighbours along each axis (default: row-major order)
   * @throws {IndexingError} If they do not fit together
   */
  constructor(
    storage: ArrayLike<number>,
    shape: readonly number[],
    strides: readonly number[] = stridesFromShape(shape),
  ) {
    this.storage = storage instanceof Float64Array ? storage : new Float64Array(storage);
    this.shape = shape;
    this.strides = strides;
    checkFits(this.storage.length, shape, strides);
  }

  /** The number of axes. */
  get dims(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return this.storage.length;
  }

  /**
   * Whether the strides do not increase. As in the course, this looks at the strides alone: `[1, 3]` with its axes
   * exchanged is not contiguous, though its elements lie in order.
   *
   * @returns Whether they do not
   */
  isContiguous(): boolean {
    return this.strides.every((stride, axis) => axis === 0 || stride <= this.strides[axis - 1]!);
  }

  /**
   * Where an element lies.
   *
   * @param index A place along each axis
   * @returns Its cell
   * @throws {IndexingError} If there is no such element
   */
  index(index: number | readonly number[]): number {
    const places = typeof index === "number" ? [index] : index;
    const fits = places.length === this.dims &&
      places.every((place, axis) => Number.isInteger(place) && place >= 0 && place < this.shape[axis]!);
    if (!fits) throw new IndexingError(`Cannot index ${showShape(places)} of shape ${showShape(this.shape)}`);
    return indexToPosition(places, this.strides);
  }

  /** Goes through all indices in row-major order. */
  *indices(): Generator<number[]> {
    for (let ordinal = 0; ordinal < this.size; ordinal++) {
      const index = new Array<number>(this.dims);
      toIndex(ordinal, this.shape, index);
      yield index;
    }
  }

  /**
   * A random index.
   *
   * @returns A place along each axis
   */
  sample(): number[] {
    return this.shape.map((length) => Math.floor(Math.random() * length));
  }

  /**
   * Reads an element.
   *
   * @param index A place along each axis
   * @returns The element
   */
  get(index: number | readonly number[]): number {
    return this.storage[this.index(index)]!;
  }

  /**
   * Writes an element.
   *
   * @param index A place along each axis
   * @param value The element
   */
  set(index: number | readonly number[], value: number): void {
    this.storage[this.index(index)] = value;
  }

  /**
   * What the raw functions take.
   *
   * @returns Storage, shape and strides
   */
  tuple(): [storage: Float64Array, shape: readonly number[], strides: readonly number[]] {
    return [this.storage, this.shape, this.strides];
  }

  /**
   * The same storage with its axes in another order.
   *
   * @param order The axes
   * @returns Data that shares the storage
   * @throws {IndexingError} If the order does not name each axis once
   */
  permute(...order: number[]): TensorData {
    checkOrder(order, this.dims);
    return new TensorData(
      this.storage,
      order.map((axis) => this.shape[axis]!),
      order.map((axis) => this.strides[axis]!),
    );
  }

  /**
   * The elements as text, with two digits.
   *
   * @returns Nested brackets
   */
  toString(): string {
    const show = (index: readonly number[]): string => {
      if (index.length === this.dims) return this.get(index).toFixed(2).padStart(3);
      const parts = Array.from({ length: this.shape[index.length]! }, (_, i) => show([...index, i]));
      const gap = index.length === this.dims - 1 ? " " : `\n${" ".repeat(index.length + 1)}`;
      return `[${parts.join(gap)}]`;
    };
    return show([]);
  }
}

function checkFits(cells: number, shape: readonly number[], strides: readonly number[]): void {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== cells || shape.length > MAX_DIMS) {
    throw new IndexingError(
      `Cannot lay out shape ${
        showShape(shape)
      } in ${cells} cells: want as many, and at most ${MAX_DIMS} axes`,
    );
  }
  checkReach(cells, shape, strides);
}
