/**
 * Indexing: what `at` is given becomes a slice and a shape.
 *
 * @module
 */
import { IndexError } from "../errors.ts";
import { describe, type Shape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkTensor } from "./operand.ts";
import { reshape, slice } from "./view.ts";

/** A range along an axis: start, end (not included) and step; `null` leaves an end open. */
export type Range = readonly [start: number | null, stop: number | null, step?: number | null];

/**
 * An index for one axis: a number drops the axis, a range keeps it, ":" keeps all of it, "..." stands for as many
 * ":" as there is room for, and `null` is a new axis of length 1.
 */
export type Index = number | Range | ":" | "..." | null;

/** What indices select: a slice, and the shape that is left of it. */
class Selection {
  readonly starts: number[];
  readonly steps: number[];
  readonly lengths: number[];
  readonly result: number[] = [];
  /** How many axes were selected along. */
  axis = 0;
  /** Whether each axis is selected as it is. */
  isWhole = true;

  constructor(readonly shape: Shape) {
    this.starts = new Array(shape.length);
    this.steps = new Array(shape.length);
    this.lengths = new Array(shape.length);
  }

  /** Selects along the next axis. */
  take(start: number, step: number, length: number): void {
    if (step !== 1 || length !== this.shape[this.axis]) this.isWhole = false;
    this.starts[this.axis] = start;
    this.steps[this.axis] = step;
    this.lengths[this.axis++] = length;
  }

  /** Selects the next axes as they are, up to some axis. */
  keepUntil(end: number): void {
    while (this.axis < end) {
      this.result.push(this.shape[this.axis]!);
      this.take(0, 1, this.shape[this.axis]!);
    }
  }
}

/** Records the elements that indices select. */
export function at(x: Tensor, indices: readonly Index[]): Tensor {
  checkTensor("at", x);
  const { shape } = x.layout,
    selection = new Selection(shape),
    { result, starts, steps, lengths } = selection;
  let left = countAxes(shape, indices);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index === "...") selection.keepUntil(shape.length - left);
    else if (index === null) result.push(1);
    else {
      left--;
      select(selection, index);
    }
  }
  selection.keepUntil(shape.length);
  return reshape(selection.isWhole ? x : slice(x, lengths, starts, steps), result);
}

/** How many axes are given an index of their own. */
function countAxes(shape: Shape, indices: readonly Index[]): number {
  let given = 0, dots = 0;
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] === "...") dots++;
    else if (indices[i] !== null) given++;
  }
  if (dots > 1) throw new IndexError('Cannot at with two "...": one stands for all axes that are left');
  if (given > shape.length) {
    throw new IndexError(
      `Cannot at with ${given} indices: the shape ${showShape(shape)} has ${shape.length} axes`,
    );
  }
  return given;
}

function select(selection: Selection, index: Exclude<Index, null>): void {
  const { axis } = selection, length = selection.shape[axis]!;
  if (index === ":") return selection.keepUntil(axis + 1);
  if (typeof index === "number") return selection.take(position(index, axis, length), 1, 1);
  if (!Array.isArray(index) || index.length < 2 || index.length > 3) {
    const given = Array.isArray(index) ? `an array of ${index.length}` : describe(index);
    throw new IndexError(
      `Cannot at axis ${axis}: want a number, [start, stop], [start, stop, step], ":", "..." or null, was ${given}`,
    );
  }
  selectRange(selection, index as unknown as Range, axis, length);
}

function position(index: number, axis: number, length: number): number {
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new IndexError(`Cannot at: index ${index} is out of range for axis ${axis} with length ${length}`);
  }
  return index < 0 ? index + length : index;
}

function selectRange(selection: Selection, range: Range, axis: number, length: number): void {
  const start = range[0], stop = range[1], stride = range[2] ?? 1;
  checkBound(axis, start);
  checkBound(axis, stop);
  checkBound(axis, stride);
  if (stride === 0) throw new IndexError(`Cannot at axis ${axis}: the step of a range cannot be 0`);
  const low = stride > 0 ? 0 : -1, high = low + length;
  const from = start === null ? (stride > 0 ? low : high) : clip(start, length, low);
  const to = stop === null ? (stride > 0 ? high : low) : clip(stop, length, low);
  const count = Math.max(0, Math.ceil((to - from) / stride));
  // A single element or none needs no step: its slice is then the same op for all steps.
  selection.take(count === 0 ? 0 : from, count < 2 ? 1 : stride, count);
  selection.result.push(count);
}

function checkBound(axis: number, bound: number | null): void {
  if (bound === null || Number.isInteger(bound)) return;
  throw new IndexError(`Cannot at axis ${axis}: a range wants integers or null, was ${describe(bound)}`);
}

/** A bound counted from the start, and within the axis. */
function clip(bound: number, length: number, low: number): number {
  return Math.min(Math.max(bound < 0 ? bound + length : bound, low), low + length);
}
