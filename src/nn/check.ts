/**
 * The checks that layers and losses share.
 *
 * @module
 */
import { ArgumentError, ShapeError } from "../errors.ts";
import { describe, sameShape, showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Checks for a tensor. */
export function checkTensor(op: string, what: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new ArgumentError(`Cannot ${op}: the ${what} must be a tensor, was ${describe(value)}`);
  }
}

/** Checks for two tensors of one shape: broadcasting a loss is nearly always a mistake. */
export function checkPair(op: string, input: unknown, target: unknown): void {
  checkTensor(op, "input", input);
  checkTensor(op, "target", target);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `Cannot ${op}: the input has shape ${showShape(input.shape)} and the target ${showShape(target.shape)}`,
    );
  }
}
