/**
 * Recording of the reductions.
 *
 * @module
 */
import { checkBoolean, checkOptions } from "../arguments.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { IndexError, ShapeError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import type { Combine } from "../ops/op.ts";
import { reduceOp, type ReduceRow, REDUCTIONS } from "../ops/reduce.ts";
import { type Layout, normalizeAxes, normalizeAxis, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./convert.ts";
import { checkTensor } from "./operand.ts";

/** Which axes are reduced: one, several, or all if it is not given. Negative ones count from the end. */
export type Axes = number | readonly number[];

/** Options of the reductions. */
export interface ReduceOptions {
  /** Keep the reduced axes, with length 1 (default false). */
  keepdim?: boolean;
}

const NO_OPTIONS: ReduceOptions = {};

/** Records a reduction. */
export function reduce(name: Combine, x: Tensor, axes?: Axes, options: ReduceOptions = NO_OPTIONS): Tensor {
  checkTensor(name, x);
  const keepdim = checkKeepdim(name, options);
  return fold(name, x, reducedAxes(name, x.layout, axes), keepdim);
}

/** Records a reduction over axes that have been checked, in ascending order. */
export function fold(name: Combine, x: Tensor, axes: readonly number[], keepdim: boolean): Tensor {
  const row = REDUCTIONS[name];
  if (row.needsElements) checkElements(name, x.layout, axes);
  const from = cast(x, foldedDType(row, x.layout.dtype));
  let mask = 0;
  for (let i = 0; i < axes.length; i++) mask |= 1 << axes[i]!;
  return record(reduceOp(name, axes, mask), [from], resultLayout(row, from.layout, mask, keepdim)) as Tensor;
}

/** The axes that a reduction folds, ascending. */
export function reducedAxes(name: string, { shape }: Layout, axes: unknown): number[] {
  if (name !== "argmax" && name !== "argmin") return normalizeAxes(name, axes, shape.length);
  if (Array.isArray(axes)) {
    throw new IndexError(
      `Cannot ${name} over several axes ${showShape(axes)}: want one axis, or none for all elements`,
    );
  }
  return normalizeAxes(name, axes, shape.length);
}

/** Checks the options of a reduction. */
export function checkKeepdim(name: string, options: ReduceOptions = NO_OPTIONS): boolean {
  if (options === NO_OPTIONS) return false;
  checkOptions(name, options, ["keepdim"]);
  const { keepdim = false } = options;
  checkBoolean(`The keepdim of ${name}`, keepdim);
  return keepdim;
}

/** How many elements fold into each result. */
export function foldedCount({ shape }: Layout, axes: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < axes.length; i++) count *= shape[axes[i]!]!;
  return count;
}

/** Checks the one axis of an op that works along an axis. */
export function checkAxis(name: string, x: Tensor, axis: number): number {
  checkTensor(name, x);
  return normalizeAxis(name, axis, x.layout.shape.length);
}

function checkElements(name: string, layout: Layout, axes: readonly number[]): void {
  if (foldedCount(layout, axes) > 0) return;
  if (axes.length < layout.shape.length && keptSize(layout, axes) === 0) return;
  throw new ShapeError(
    `Cannot ${name} over axes [${axes.join(", ")}] of shape ${showShape(layout.shape)}: there is no element`,
  );
}

function keptSize({ shape }: Layout, axes: readonly number[]): number {
  return shape.reduce((size, length, axis) => axes.includes(axis) ? size : size * length, 1);
}

function foldedDType({ result }: ReduceRow, dtype: DType): DType {
  return result === "sum" && !DTYPES[dtype].float ? "int32" : dtype;
}

function resultLayout({ result }: ReduceRow, layout: Layout, mask: number, keepdim: boolean): Layout {
  const shape: number[] = [], from = layout.shape;
  for (let axis = 0; axis < from.length; axis++) {
    if ((mask & (1 << axis)) === 0) shape.push(from[axis]!);
    else if (keepdim) shape.push(1);
  }
  const reduced = layout.withShape(shape);
  return result === "bool" || result === "int32" ? reduced.as(result) : reduced;
}
