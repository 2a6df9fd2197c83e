/**
 * The operations of two operands as functions, which take a number on either side.
 *
 * @module
 */
import { ELEMENTWISE as ops } from "./ops/elementwise.ts";
import { binary } from "./record/elementwise.ts";
import type { Operand } from "./record/operand.ts";
import type { Tensor } from "./tensor.ts";

/**
 * `a + b`.
 *
 * @example
 * ```ts
 * import { add, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(add(1, tensor([1, 2])).toArray(), [2, 3]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function add(a: Operand, b: Operand): Tensor {
  return binary(ops.add, a, b);
}

/**
 * `a - b`.
 *
 * @example
 * ```ts
 * import { sub, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sub(1, tensor([1, 2])).toArray(), [0, -1]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function sub(a: Operand, b: Operand): Tensor {
  return binary(ops.sub, a, b);
}

/**
 * `a * b`.
 *
 * @example
 * ```ts
 * import { mul, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(mul(2, tensor([1, 2])).toArray(), [2, 4]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function mul(a: Operand, b: Operand): Tensor {
  return binary(ops.mul, a, b);
}

/**
 * `a / b`. Integers become `float32`.
 *
 * @example
 * ```ts
 * import { div, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(div(1, tensor([1, 2])).toArray(), [1, 0.5]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function div(a: Operand, b: Operand): Tensor {
  return binary(ops.div, a, b);
}

/**
 * `a` to the power of `b`.
 *
 * @example
 * ```ts
 * import { pow, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pow(2, tensor([1, 3])).toArray(), [2, 8]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function pow(a: Operand, b: Operand): Tensor {
  return binary(ops.pow, a, b);
}

/**
 * The rest of the division `a / b` rounded towards 0, with the sign of `a`: JavaScript's `%`.
 *
 * @example
 * ```ts
 * import { fmod, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fmod(-7, tensor([2, 4])).toArray(), [-1, -3]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function fmod(a: Operand, b: Operand): Tensor {
  return binary(ops.fmod, a, b);
}

/**
 * The product of both as integers of 32 bits, wrapped.
 *
 * @example
 * ```ts
 * import { imul, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(imul(2.9, tensor([5, -3])).toArray(), [10, -6]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function imul(a: Operand, b: Operand): Tensor {
  return binary(ops.imul, a, b);
}

/**
 * The angle of the point (`b`, `a`) seen from the origin, from -π to π.
 *
 * @example
 * ```ts
 * import { atan2, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(atan2(0, tensor([1, Infinity])).toArray(), [0, 0]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function atan2(a: Operand, b: Operand): Tensor {
  return binary(ops.atan2, a, b);
}

/**
 * `sqrt(a * a + b * b)`, where no square overflows or is lost.
 *
 * @example
 * ```ts
 * import { hypot, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hypot(3, tensor([4])).toArray(), [5]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function hypot(a: Operand, b: Operand): Tensor {
  return binary(ops.hypot, a, b);
}

/**
 * The greater one of `a` and `b`; NaN if either is.
 *
 * @example
 * ```ts
 * import { maximum, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maximum(0, tensor([-1, 2])).toArray(), [0, 2]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary(ops.maximum, a, b);
}

/**
 * The lesser one of `a` and `b`; NaN if either is.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(minimum(0, tensor([-1, 2])).toArray(), [-1, 0]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary(ops.minimum, a, b);
}

/**
 * Whether `a` equals `b`, as bools.
 *
 * @example
 * ```ts
 * import { eq, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(eq(1, tensor([1, 2])).toArray(), [true, false]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function eq(a: Operand, b: Operand): Tensor {
  return binary(ops.eq, a, b);
}

/**
 * Whether `a` differs from `b`, as bools.
 *
 * @example
 * ```ts
 * import { ne, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ne(1, tensor([1, 2])).toArray(), [false, true]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function ne(a: Operand, b: Operand): Tensor {
  return binary(ops.ne, a, b);
}

/**
 * Whether `a < b`, as bools.
 *
 * @example
 * ```ts
 * import { lt, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(lt(1, tensor([1, 2])).toArray(), [false, true]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function lt(a: Operand, b: Operand): Tensor {
  return binary(ops.lt, a, b);
}

/**
 * Whether `a <= b`, as bools.
 *
 * @example
 * ```ts
 * import { le, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(le(2, tensor([1, 2])).toArray(), [false, true]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function le(a: Operand, b: Operand): Tensor {
  return binary(ops.le, a, b);
}

/**
 * Whether `a > b`, as bools.
 *
 * @example
 * ```ts
 * import { gt, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(gt(2, tensor([1, 2])).toArray(), [true, false]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function gt(a: Operand, b: Operand): Tensor {
  return binary(ops.gt, a, b);
}

/**
 * Whether `a >= b`, as bools.
 *
 * @example
 * ```ts
 * import { ge, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ge(1, tensor([1, 2])).toArray(), [true, false]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function ge(a: Operand, b: Operand): Tensor {
  return binary(ops.ge, a, b);
}

/**
 * Whether neither `a` nor `b` is 0, as bools.
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(logicalAnd(1, tensor([0, 2])).toArray(), [false, true]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function logicalAnd(a: Operand, b: Operand): Tensor {
  return binary(ops.logicalAnd, a, b);
}

/**
 * Whether `a` or `b` is not 0, as bools.
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(logicalOr(0, tensor([0, 2])).toArray(), [false, true]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function logicalOr(a: Operand, b: Operand): Tensor {
  return binary(ops.logicalOr, a, b);
}

/**
 * Whether one of `a` and `b` is 0 and one is not, as bools.
 *
 * @example
 * ```ts
 * import { logicalXor, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(logicalXor(1, tensor([0, 2])).toArray(), [true, false]);
 * ```
 *
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of them is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function logicalXor(a: Operand, b: Operand): Tensor {
  return binary(ops.logicalXor, a, b);
}
