/**
 * Recording of what joins tensors.
 *
 * @module
 */
import { type DType, promote } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { concatOp } from "../ops/movement.ts";
import { checkShape, describe, normalizeAxis, sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./convert.ts";
import { checkDevices, checkTensor } from "./operand.ts";
import { unsqueeze } from "./view.ts";

function checkTensors(op: string, tensors: unknown): asserts tensors is readonly [Tensor, ...Tensor[]] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    const given = Array.isArray(tensors) ? "an empty array" : describe(tensors);
    throw new ArgumentError(`Cannot ${op}: want an array of tensors, was ${given}`);
  }
  for (const x of tensors) {
    checkTensor(op, x);
    checkDevices(op, tensors[0].layout, x.layout);
  }
}

/** Records tensors one after another along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  checkTensors("concat", tensors);
  const [first] = tensors, shape = [...first.layout.shape], at = normalizeAxis("concat", axis, shape.length);
  let dtype: DType = first.layout.dtype, length = 0;
  for (const { layout } of tensors) {
    const fits = layout.shape.length === shape.length &&
      layout.shape.every((l, i) => i === at || l === shape[i]);
    if (!fits) {
      throw new ShapeError(
        `Cannot concat shapes ${showShape(first.layout.shape)} and ${
          showShape(layout.shape)
        } along axis ${at}: ` +
          `their other lengths differ`,
      );
    }
    dtype = promote(dtype, layout.dtype);
    length += layout.shape[at]!;
  }
  shape[at] = length;
  checkShape("concat", shape);
  return record(
    concatOp(at),
    tensors.map((x) => cast(x, dtype)),
    first.layout.as(dtype).withShape(shape),
  ) as Tensor;
}

/** Records tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  checkTensors("stack", tensors);
  const { shape } = tensors[0].layout;
  for (const { layout } of tensors) {
    if (!sameShape(layout.shape, shape)) {
      throw new ShapeError(
        `Cannot stack shapes ${showShape(shape)} and ${showShape(layout.shape)}: want equal ones`,
      );
    }
  }
  const at = normalizeAxis("stack", axis, shape.length + 1);
  return concat(tensors.map((x) => unsqueeze(x, at)), at);
}
