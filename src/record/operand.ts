/**
 * What ops are given: checks of operands, and numbers that become tensors.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import { ArgumentError, DeviceError } from "../errors.ts";
import { Node } from "../graph/node.ts";
import { record } from "../graph/pending.ts";
import { CONSTANT } from "../ops/op.ts";
import { describe, type Device, type Layout, layoutOf, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What an elementwise op takes: a tensor, or a number that stands for a tensor full of it. */
export type Operand = Tensor | number;

/** Checks that an operand is a tensor. */
export function checkTensor(
  op: string,
  value: unknown,
  wanted: string = "a tensor",
): asserts value is Tensor {
  if (!(value instanceof Node)) {
    throw new ArgumentError(`Cannot ${op}: want ${wanted}, was ${describe(value)}`);
  }
}

/** Checks an operand of an elementwise op that is not a number. */
export function checkOperand(op: string, value: unknown): asserts value is Tensor {
  checkTensor(op, value, "a tensor or a number");
}

/** Checks that tensors live on one device. */
export function checkDevices(op: string, a: Layout, b: Layout): void {
  if (a.device !== b.device) {
    throw new DeviceError(`Cannot ${op} tensors on ${a.device} and ${b.device}: move one with to()`);
  }
}

const NO_INPUTS: Node[] = [];
const NO_AXES: Shape = [];

/** A tensor without axes that holds a number. */
export function constant(value: number, dtype: DType, device: Device): Tensor {
  return record(CONSTANT, NO_INPUTS, layoutOf(NO_AXES, dtype, device), [value]) as Tensor;
}

/** A number beside a tensor: it has the tensor's dtype if that can hold it, and never promotes a float. */
export function literal(op: string, value: number, other: Operand): Tensor {
  checkTensor(`${op} numbers only`, other);
  const { dtype, device } = other.layout;
  return constant(value, DTYPES[dtype].float ? dtype : literalDType(value, dtype), device);
}

/** The dtype of a number beside integers: theirs if it can hold it, else `int32`, for a fraction `float32`. */
function literalDType(value: number, dtype: DType): DType {
  if (value !== DTYPES.int32.round(value)) return "float32";
  return dtype === "uint8" && value === DTYPES.uint8.round(value) ? "uint8" : "int32";
}
