/**
 * Ops that are composed of others; fusion makes few kernels of them.
 *
 * @module
 */
import { checkBoolean, checkNumber, checkOptions } from "../arguments.ts";
import { DTYPES } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { describe } from "../shape.ts";
import { cast, detach } from "./convert.ts";
import { where } from "./elementwise.ts";
import { checkTensor } from "./operand.ts";
import {
  type Axes,
  checkAxis,
  checkKeepdim,
  fold,
  foldedCount,
  reducedAxes,
  type ReduceOptions,
} from "./reduce.ts";

/** Options of `norm`. */
export interface NormOptions extends ReduceOptions {
  /** Which norm: the sum of absolute values, the Euclidean one (the default), or the greatest absolute value. */
  p?: 1 | 2 | typeof Infinity;
}

function toFloat(x: Tensor): Tensor {
  return cast(x, DTYPES[x.layout.dtype].float ? x.layout.dtype : "float32");
}

/** The elements within bounds. */
export function clamp(x: Tensor, min: number, max: number): Tensor {
  checkTensor("clamp", x);
  checkNumber("The min of clamp", min, -Infinity, Infinity);
  checkNumber("The max of clamp", max, -Infinity, Infinity);
  const raised = min === -Infinity ? x.version as Tensor : where(x.lt(min), min, x);
  return max === Infinity ? raised : where(raised.gt(max), max, raised);
}

/** The mean over axes. */
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  checkTensor("mean", x);
  const keepdim = checkKeepdim("mean", options), list = reducedAxes("mean", x.layout, axes);
  return fold("sum", toFloat(x), list, keepdim).div(foldedCount(x.layout, list));
}

/** The norm over axes. */
export function norm(x: Tensor, axes?: Axes, options: NormOptions = {}): Tensor {
  checkTensor("norm", x);
  checkOptions("norm", options, ["keepdim", "p"]);
  const { p = 2, keepdim = false } = options;
  checkBoolean("The keepdim of norm", keepdim);
  const list = reducedAxes("norm", x.layout, axes), values = toFloat(x);
  if (p === 1) return fold("sum", values.abs(), list, keepdim);
  if (p === Infinity) return fold("max", values.abs(), list, keepdim);
  if (p !== 2) throw new ArgumentError(`The p of norm must be 1, 2 or Infinity, was ${describe(p)}`);
  const squares = fold("sum", values.square(), list, keepdim);
  // At 0, where the root has no gradient, the root of 1 is taken, and 1 subtracted.
  const zero = squares.eq(0).to(squares.dtype);
  return squares.add(zero).sqrt().sub(zero);
}

/** The elements less their maximum along an axis, through which no gradient flows. */
function shifted(x: Tensor, axes: readonly number[]): Tensor {
  return x.size === 0 ? x : x.sub(fold("max", detach(x), axes, true));
}

/** The softmax along an axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  const axes = [checkAxis("softmax", x, axis)], powers = shifted(toFloat(x), axes).exp();
  return powers.div(fold("sum", powers, axes, true));
}

/** The logarithm of the softmax along an axis. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  const axes = [checkAxis("logSoftmax", x, axis)], logs = shifted(toFloat(x), axes);
  return logs.sub(fold("sum", logs.exp(), axes, true).log());
}
