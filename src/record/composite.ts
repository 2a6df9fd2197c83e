/**
 * Ops that are composed of others; fusion makes few kernels of them.
 *
 * @module
 */
import { checkNumber, checkOptions } from "../arguments.ts";
import { DTYPES } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { describe } from "../shape.ts";
import { cast, detach } from "./convert.ts";
import { checkTensor } from "./operand.ts";
import {
  type Axes,
  checkAxis,
  checkKeepdim,
  foldedCount,
  reduce,
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
  let result = x.version as Tensor;
  if (min !== -Infinity) result = result.where(result.ge(min).logicalOr(result.ne(result)), min);
  if (max !== Infinity) result = result.where(result.le(max).logicalOr(result.ne(result)), max);
  return result;
}

/** The mean over axes. */
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  checkTensor("mean", x);
  checkKeepdim("mean", options ?? {});
  const list = reducedAxes("mean", x.layout, axes);
  return reduce("sum", toFloat(x), list, options).div(foldedCount(x.layout, list));
}

/** The norm over axes. */
export function norm(x: Tensor, axes?: Axes, options: NormOptions = {}): Tensor {
  checkTensor("norm", x);
  checkOptions("norm", options, ["keepdim", "p"]);
  const { p = 2, ...rest } = options, list = reducedAxes("norm", x.layout, axes), values = toFloat(x);
  if (p === 1) return reduce("sum", values.abs(), list, rest);
  if (p === Infinity) return reduce("max", values.abs(), list, rest);
  if (p !== 2) throw new ArgumentError(`The p of norm must be 1, 2 or Infinity, was ${describe(p)}`);
  const squares = reduce("sum", values.square(), list, rest);
  // At 0, where the root has no gradient, the root of 1 is taken, and 1 subtracted.
  const zero = squares.eq(0).to(squares.dtype);
  return squares.add(zero).sqrt().sub(zero);
}

/** The elements less their maximum along an axis, through which no gradient flows. */
function shifted(x: Tensor, axis: number): Tensor {
  return x.size === 0 ? x : x.sub(reduce("max", detach(x), axis, KEEP));
}

const KEEP: ReduceOptions = { keepdim: true };

/** The softmax along an axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  const at = checkAxis("softmax", x, axis), powers = shifted(toFloat(x), at).exp();
  return powers.div(reduce("sum", powers, at, KEEP));
}

/** The logarithm of the softmax along an axis. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  const at = checkAxis("logSoftmax", x, axis), logs = shifted(toFloat(x), at);
  return logs.sub(reduce("sum", logs.exp(), at, KEEP).log());
}
