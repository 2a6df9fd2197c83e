/**
 * The reductions, one row each. The way values are folded has the row's name.
 *
 * @module
 */
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Combine, type Gradient, makeOp, type Op, OUTPUT_BIT, type Reads } from "./op.ts";

/** The gradient of a reduction over some axes. */
type ReduceGradient = (g: Tensor, x: Tensor, out: Tensor, axes: readonly number[]) => Tensor;

/** What a reduction is. */
export interface ReduceRow {
  /** The definition over the values in row-major order. */
  readonly f: (values: ArrayLike<number>) => number;
  /** The result's dtype: the input's, the same but integers and bools become `int32` first, or one of its own. */
  readonly result: "same" | "sum" | "bool" | "int32";
  /** Whether nothing can be folded. */
  readonly needsElements?: true;
  /** The gradient, if any flows. */
  readonly grad?: ReduceGradient;
  /** What the gradient reads. */
  readonly reads?: Reads;
  /** Whether the gradient has a gradient. */
  readonly smooth?: true;
}

const X = 1, OUT = OUTPUT_BIT;

/** The rows. */
export const REDUCTIONS: Readonly<Record<Combine, ReduceRow>> = {
  sum: {
    f: (values) => fold(values, (x, y) => x + y, 0),
    result: "sum",
    grad: (g, x, _, axes) => spread(g, x.shape, axes),
    reads: 0,
    smooth: true,
  },
  prod: {
    f: (values) => fold(values, (x, y) => x * y, 1),
    result: "sum",
    grad: productGradient,
    reads: X,
    smooth: true,
  },
  max: {
    f: (values) => fold(values, Math.max, -Infinity),
    result: "same",
    needsElements: true,
    grad: shareAmongEqual,
    reads: X | OUT,
  },
  min: {
    f: (values) => fold(values, Math.min, Infinity),
    result: "same",
    needsElements: true,
    grad: shareAmongEqual,
    reads: X | OUT,
  },
  any: { f: (values) => fold(values, (x, y) => x !== 0 || y !== 0 ? 1 : 0, 0), result: "bool" },
  all: { f: (values) => fold(values, (x, y) => x !== 0 && y !== 0 ? 1 : 0, 1), result: "bool" },
  argmax: { f: (values) => firstOf(values, Math.max), result: "int32", needsElements: true },
  argmin: { f: (values) => firstOf(values, Math.min), result: "int32", needsElements: true },
};

function fold(values: ArrayLike<number>, f: (x: number, y: number) => number, start: number): number {
  let result = start;
  for (let i = 0; i < values.length; i++) result = f(result, values[i]!);
  return result;
}

function firstOf(values: ArrayLike<number>, extreme: (x: number, y: number) => number): number {
  const wanted = fold(values, extreme, values[0]!);
  return Array.from(values).findIndex((x) => Object.is(x, wanted) || x === wanted);
}

/** A shape with length 1 at some axes. */
function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((length, axis) => axes.includes(axis) ? 1 : length);
}

/** A result of folding as the elements that were folded see it. */
function spread(result: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return result.reshape(keptShape(shape, axes)).expand(shape);
}

/** Elements equal to the extreme one share the gradient evenly. */
function shareAmongEqual(g: Tensor, x: Tensor, out: Tensor, axes: readonly number[]): Tensor {
  const equal = x.eq(spread(out, x.shape, axes)).to(g.dtype);
  return equal.mul(spread(g.div(equal.sum(axes).reshape(g.shape)), x.shape, axes));
}

/** Each element's gradient is the product of the others; no division, so that zeros need no care. */
function productGradient(g: Tensor, x: Tensor, _: Tensor, axes: readonly number[]): Tensor {
  const all = spread(g, x.shape, axes);
  const length = axes.reduce((size, axis) => size * x.shape[axis]!, 1);
  if (length < 2 || x.size === 0) return all;
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes], moved = x.permute(order);
  const rows = moved.reshape([...kept.map((axis) => x.shape[axis]!), length]);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return all.mul(productOfOthers(rows).reshape(moved.shape).permute(inverse));
}

/** Along the last axis of at least 2: the others of an element are its neighbour and the others of the pair. */
function productOfOthers(x: Tensor): Tensor {
  const shape = x.shape, outer = shape.slice(0, -1), length = shape.at(-1)!;
  if (length === 2) return x.at("...", [null, null, -1]);
  if (length % 2 === 1) {
    const rest = x.at("...", [0, -1]), last = x.at("...", [-1, null]);
    const ofLast = rest.prod(-1, { keepdim: true });
    return placeAlongLast(productOfOthers(rest).mul(last), shape, 0).add(
      placeAlongLast(ofLast, shape, length - 1),
    );
  }
  const pairs = x.reshape([...outer, length / 2, 2]);
  const others = productOfOthers(pairs.prod(-1)).unsqueeze(-1);
  return others.mul(pairs.at("...", [null, null, -1])).reshape(shape);
}

function placeAlongLast(x: Tensor, shape: Shape, start: number): Tensor {
  const last = shape.length - 1;
  return x.placed(shape, shape.map((_, axis) => axis === last ? start : 0), shape.map(() => 1));
}

const ops: Readonly<Record<Combine, Map<number, Op>>> = {
  sum: new Map(),
  prod: new Map(),
  max: new Map(),
  min: new Map(),
  any: new Map(),
  all: new Map(),
  argmax: new Map(),
  argmin: new Map(),
};

/** The reduction over some axes, given in ascending order and as the bits of `mask`. */
export function reduceOp(name: Combine, axes: readonly number[], mask: number): Op {
  const known = ops[name].get(mask);
  if (known !== undefined) return known;
  const { grad, reads = 0 } = REDUCTIONS[name];
  const gradients: Gradient[] = grad === undefined ? [] : [(g, [x], out) => grad(g, x, out, axes)];
  const op = makeOp({
    name,
    kind: "reduce",
    combine: name,
    axes,
    gradients,
    reads: gradients.map(() => reads),
  });
  ops[name].set(mask, op);
  return op;
}
