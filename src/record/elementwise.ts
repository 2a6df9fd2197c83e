/**
 * Recording of the elementwise ops.
 *
 * @module
 */
import { type DType, DTYPES, promote } from "../dtype.ts";
import { record } from "../graph/pending.ts";
import { tape } from "../graph/tape.ts";
import { ELEMENTWISE, type Elementwise } from "../ops/elementwise.ts";
import { broadcastLayouts } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./convert.ts";
import { checkDevices, checkOperand, checkTensor, constant, literal, type Operand } from "./operand.ts";

/** The dtype in which an op computes operands of a common dtype. */
function computingDType(row: Elementwise, dtype: DType): DType {
  if (DTYPES[dtype].float) return dtype;
  if (row.result === "float") return "float32";
  return dtype === "bool" && !row.keepsBool ? "int32" : dtype;
}

/** Records an op of one operand. */
export function unary(row: Elementwise<1>, x: Tensor): Tensor {
  const known = tape.follower?.takeNext(row.op, x);
  if (known != null) return known as Tensor;
  checkTensor(row.op.name, x);
  const a = cast(x, computingDType(row, x.layout.dtype));
  return record(row.op, [a], row.result === "bool" ? a.layout.as("bool") : a.layout) as Tensor;
}

/** Records an op of two operands, of which one may be a number. */
export function binary(row: Elementwise<2>, left: Operand, right: Operand): Tensor {
  const { name } = row.op;
  let a = typeof left === "number" ? literal(name, left, right) : left;
  let b = typeof right === "number" ? literal(name, right, left) : right;
  const known = tape.follower?.takeNext(row.op, a, b);
  if (known != null) return known as Tensor;
  checkOperand(name, a);
  checkOperand(name, b);
  checkDevices(name, a.layout, b.layout);
  const dtype = computingDType(row, promote(a.layout.dtype, b.layout.dtype));
  a = cast(a, dtype);
  b = cast(b, dtype);
  const layout = broadcastLayouts(name, a.layout, b.layout);
  return record(row.op, [a, b], row.result === "bool" ? layout.as("bool") : layout) as Tensor;
}

/** Records an op of three operands of one kind, of which two may be numbers. */
export function ternary(row: Elementwise<3>, first: Operand, second: Operand, third: Operand): Tensor {
  const { name } = row.op,
    like = typeof first !== "number" ? first : typeof second !== "number" ? second : third;
  const a = typeof first === "number" ? literal(name, first, like) : first;
  const b = typeof second === "number" ? literal(name, second, like) : second;
  const c = typeof third === "number" ? literal(name, third, like) : third;
  const known = tape.follower?.takeNext(row.op, a, b, c);
  if (known != null) return known as Tensor;
  checkOperand(name, a);
  checkOperand(name, b);
  checkOperand(name, c);
  checkDevices(name, a.layout, b.layout);
  checkDevices(name, a.layout, c.layout);
  const dtype = computingDType(row, promote(promote(a.layout.dtype, b.layout.dtype), c.layout.dtype));
  const layout = broadcastLayouts(name, broadcastLayouts(name, a.layout, b.layout), c.layout);
  return record(row.op, [cast(a, dtype), cast(b, dtype), cast(c, dtype)], layout.as(dtype)) as Tensor;
}

/** Records the choice between two operands, of which both may be numbers. */
export function where(condition: Tensor, left: Operand, right: Operand): Tensor {
  checkTensor("where", condition);
  const { device } = condition.layout;
  let b = typeof right === "number" && typeof left === "number" ? constant(right, "float32", device) : right;
  let a = typeof left === "number" ? literal("where", left, b) : left;
  b = typeof b === "number" ? literal("where", b, a) : b;
  checkOperand("where", a);
  checkOperand("where", b);
  checkDevices("where", condition.layout, a.layout);
  checkDevices("where", a.layout, b.layout);
  const dtype = promote(a.layout.dtype, b.layout.dtype);
  a = cast(a, dtype);
  b = cast(b, dtype);
  const chosen = cast(condition, "bool");
  const layout = broadcastLayouts("where", broadcastLayouts("where", a.layout, b.layout), chosen.layout);
  return record(ELEMENTWISE.where.op, [chosen, a, b], layout) as Tensor;
}
