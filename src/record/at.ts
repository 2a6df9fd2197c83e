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

/** The selection along one axis. */
interface Selection {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** Records the elements that indices select. */
export function at(x: Tensor, indices: readonly Index[]): Tensor {
  checkTensor("at", x);
  const { shape } = x.layout, selections: Selection[] = [], result: number[] = [];
  for (const index of expandDots(shape, indices)) {
    if (index === null) {
      result.push(1);
      continue;
    }
    const axis = selections.length, selection = select(index, axis, shape[axis]!);
    selections.push(selection);
    if (typeof index !== "number") result.push(selection.length);
  }
  return reshape(selected(x, selections), result);
}

function selected(x: Tensor, selections: readonly Selection[]): Tensor {
  const { shape } = x.layout;
  if (selections.every(({ step, length }, axis) => step === 1 && length === shape[axis])) return x;
  const lengths = selections.map(({ length }) => length);
  return slice(x, lengths, selections.map(({ start }) => start), selections.map(({ step }) => step));
}

/** The indices with an index for every axis. */
function expandDots(shape: Shape, indices: readonly Index[]): Index[] {
  const dots = indices.filter((index) => index === "...").length;
  const given = indices.filter((index) => index !== null && index !== "...").length;
  if (dots > 1) throw new IndexError('Cannot at with two "...": one stands for all axes that are left');
  if (given > shape.length) {
    throw new IndexError(
      `Cannot at with ${given} indices: the shape ${showShape(shape)} has ${shape.length} axes`,
    );
  }
  const missing = new Array<Index>(shape.length - given).fill(":");
  if (dots === 0) return [...indices, ...missing];
  return indices.flatMap((index) => index === "..." ? missing : [index]);
}

function select(index: Index, axis: number, length: number): Selection {
  if (index === ":") return { start: 0, step: 1, length };
  if (typeof index === "number") return { start: position(index, axis, length), step: 1, length: 1 };
  if (!Array.isArray(index) || index.length < 2 || index.length > 3) {
    const given = Array.isArray(index) ? `an array of ${index.length}` : describe(index);
    throw new IndexError(
      `Cannot at axis ${axis}: want a number, [start, stop], [start, stop, step], ":", "..." or null, was ${given}`,
    );
  }
  return selectRange(index as unknown as Range, axis, length);
}

function position(index: number, axis: number, length: number): number {
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new IndexError(`Cannot at: index ${index} is out of range for axis ${axis} with length ${length}`);
  }
  return index < 0 ? index + length : index;
}

function selectRange([start, stop, step]: Range, axis: number, length: number): Selection {
  const stride = step ?? 1;
  for (const bound of [start, stop, stride]) {
    if (bound !== null && !Number.isInteger(bound)) {
      throw new IndexError(`Cannot at axis ${axis}: a range wants integers or null, was ${describe(bound)}`);
    }
  }
  if (stride === 0) throw new IndexError(`Cannot at axis ${axis}: the step of a range cannot be 0`);
  const low = stride > 0 ? 0 : -1, high = low + length;
  const clip = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + length : bound, low), high);
  const from = start === null ? (stride > 0 ? low : high) : clip(start);
  const to = stop === null ? (stride > 0 ? high : low) : clip(stop);
  const count = Math.max(0, Math.ceil((to - from) / stride));
  // A single element or none needs no step: its slice is then the same op for all steps.
  return { start: count === 0 ? 0 : from, step: count < 2 ? 1 : stride, length: count };
}
