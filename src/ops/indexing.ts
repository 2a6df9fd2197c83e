/**
 * The ops that address elements by an index tensor.
 *
 * @module
 */
import { type Gradient, makeOp, type Op } from "./op.ts";

const READS_INDEX = 2;

const gathers: (Op | undefined)[] = [];

/** Entries picked along an axis. */
export function gatherOp(axis: number): Op {
  return gathers[axis] ??= makeGather(axis);
}

function makeGather(axis: number): Op {
  const gradients: Gradient[] = [(g, [x, index]) => g.scattered(x.shape, axis, index)];
  return makeOp({ name: "gather", kind: "gather", axes: [axis], gradients, reads: [READS_INDEX] });
}

/** Entries added along an axis of zeros: the gradient of `gatherOp`. */
export function scatterAddOp(axis: number): Op {
  const gradients: Gradient[] = [(g, [, index]) => g.gather(axis, index)];
  return makeOp({ name: "scatterAdd", kind: "scatterAdd", axes: [axis], gradients, reads: [READS_INDEX] });
}
