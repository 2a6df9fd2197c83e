/**
 * Recording of gather and of its gradient.
 *
 * @module
 */
import { DTypeError, ShapeError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { gatherOp, scatterAddOp } from "../ops/indexing.ts";
import { normalizeAxis, type Shape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkDevices, checkTensor } from "./operand.ts";

/** Records entries picked along an axis: `out[i][j] = x[index[i][j]][j]` for axis 0. */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  checkTensor("gather", x);
  checkTensor("gather", index);
  checkDevices("gather", x.layout, index.layout);
  const from = x.layout.shape, to = index.layout.shape, at = normalizeAxis("gather", axis, from.length);
  if (index.layout.dtype !== "int32") {
    throw new DTypeError(`Cannot gather with a ${index.layout.dtype} index: want int32`);
  }
  if (to.length !== from.length || to.some((length, i) => i !== at && length > from[i]!)) {
    throw new ShapeError(
      `Cannot gather shape ${showShape(from)} along axis ${at} with an index of shape ${
        showShape(to)
      }: want as ` +
        `many axes, and lengths no greater on the others`,
    );
  }
  return record(gatherOp(at), [x, index], x.layout.withShape(to)) as Tensor;
}

/** Records entries added along an axis of zeros; shapes have been checked. */
export function scatterAdd(x: Tensor, shape: Shape, axis: number, index: Tensor): Tensor {
  return record(scatterAddOp(axis), [x, index], x.layout.withShape(shape)) as Tensor;
}
