/**
 * The ops that move elements or look at them otherwise, with their gradients.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import { DTYPES } from "../dtype.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Gradient, type Inputs, makeOp, type Op } from "./op.ts";

const READS_NOTHING = [0];

function toInputShape(g: Tensor, [x]: Inputs): Tensor {
  return g.reshape(x.shape);
}

function toInputDType(g: Tensor, [x]: Inputs): Tensor {
  return g.to(x.dtype);
}

function unchanged(g: Tensor): Tensor {
  return g;
}

/** The same elements in row-major order, in another shape. */
export const RESHAPE: Op = makeOp({
  name: "reshape",
  kind: "view",
  view: "reshape",
  gradients: [toInputShape],
  reads: READS_NOTHING,
});

/** Axes of length 1 repeated; autograd sums the gradient. */
export const EXPAND: Op = makeOp({
  name: "expand",
  kind: "view",
  view: "expand",
  gradients: [unchanged],
  reads: READS_NOTHING,
});

/** The same elements, through which no gradient flows. */
export const DETACH: Op = makeOp({ name: "detach", kind: "view", view: "detach" });

/** A copy of the elements. */
export const CLONE: Op = makeOp({
  name: "clone",
  kind: "copy",
  gradients: [unchanged],
  reads: READS_NOTHING,
});

/** The elements laid out in row-major order. */
export const CONTIGUOUS: Op = makeOp({
  name: "contiguous",
  kind: "copy",
  gradients: [unchanged],
  reads: READS_NOTHING,
});

/** The elements on another device. */
export const TO_DEVICE: Op = makeOp({
  name: "to",
  kind: "copy",
  gradients: [(g, [x]) => g.to(x.device)],
  reads: READS_NOTHING,
});

function castTo(dtype: DType): Op {
  const gradients = DTYPES[dtype].float ? [toInputDType] : [];
  return makeOp({ name: `to ${dtype}`, kind: "copy", gradients, reads: gradients.map(() => 0) });
}

/** The elements converted; gradients flow between floats only. */
export const CASTS: Readonly<Record<DType, Op>> = {
  float32: castTo("float32"),
  float64: castTo("float64"),
  int32: castTo("int32"),
  uint8: castTo("uint8"),
  bool: castTo("bool"),
};

/** The axes with the last two exchanged. */
function transposedOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis < rank - 2 ? axis : 2 * rank - 3 - axis);
}

/** Whether an order of axes exchanges the last two and nothing else. */
export function exchangesLast(order: readonly number[]): boolean {
  return order.length >= 2 && sameShape(order, transposedOrder(order.length));
}

/** The axes in another order. */
export function permuteOp(order: readonly number[]): Op {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  const gradients: Gradient[] = [exchangesLast(order) ? (g) => g.mT() : (g) => g.permute(inverse)];
  return makeOp({
    name: "permute",
    kind: "view",
    view: "permute",
    axes: order,
    gradients,
    reads: READS_NOTHING,
  });
}

const transposes: (Op | undefined)[] = [];

/** The last two of some axes exchanged. */
export function transposeOp(rank: number): Op {
  return transposes[rank] ??= permuteOp(transposedOrder(rank));
}

const ranges: (Op | undefined)[] = [];

/** Every so many elements along each axis, from starts that are parameters on. */
export function sliceOp(steps: readonly number[]): Op {
  return steps.every(isOne) ? ranges[steps.length] ??= steppedOp(steps) : steppedOp(steps);
}

function isOne(step: number): boolean {
  return step === 1;
}

function steppedOp(steps: readonly number[]): Op {
  const gradients: Gradient[] = [(g, [x], out) => g.placed(x.shape, out.params, steps)];
  return makeOp({ name: "at", kind: "view", view: "slice", steps, gradients, reads: READS_NOTHING });
}

/** Elements put on a slice of zeros: the gradient of `sliceOp`. */
export function placeOp(steps: readonly number[]): Op {
  const gradients: Gradient[] = [(g, [x], out) => g.sliced(x.shape, out.params, steps)];
  return makeOp({ name: "place", kind: "place", steps, gradients, reads: READS_NOTHING });
}

/** Inputs one after another along an axis. */
export function concatOp(axis: number): Op {
  const gradient: Gradient = (g, inputs, _, i) => {
    const shape = inputs[i]!.shape;
    let start = 0;
    for (let before = 0; before < i; before++) start += inputs[before]!.shape[axis]!;
    return g.sliced(shape, shape.map((_, at) => at === axis ? start : 0), shape.map(() => 1));
  };
  return makeOp({
    name: "concat",
    kind: "concat",
    axes: [axis],
    gradients: [gradient],
    reads: READS_NOTHING,
  });
}
