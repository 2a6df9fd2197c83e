/**
 * Operations that make one tensor of several: of three element by element, or joined along an axis.
 *
 * @module
 */
import { ELEMENTWISE as ops } from "./ops/elementwise.ts";
import { ternary, where as choose } from "./record/elementwise.ts";
import * as join from "./record/join.ts";
import type { Operand } from "./record/operand.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The elements of `a` where a condition holds, else those of `b`.
 *
 * @example
 * ```ts
 * import { tensor, where } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, -2]);
 * assertEquals(where(x.gt(0), x, 0).toArray(), [1, 0]);
 * ```
 *
 * @param condition A tensor; elements that are not 0 hold
 * @param a A tensor or a number
 * @param b A tensor or a number
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return choose(condition, a, b);
}

/**
 * Tensors one after another along an axis. Their other lengths are equal; dtypes become the widest one.
 *
 * @example
 * ```ts
 * import { concat, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(concat([tensor([[1], [2]]), tensor([[3], [4]])], 1).toArray(), [[1, 3], [2, 4]]);
 * ```
 *
 * @param tensors At least one tensor
 * @param axis The axis, by default 0
 * @throws {ShapeError} If other lengths differ
 */
export function concat(tensors: readonly Tensor[], axis: number = 0): Tensor {
  return join.concat(tensors, axis);
}

/**
 * Tensors of one shape along a new axis.
 *
 * @example
 * ```ts
 * import { stack, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(), [[1, 3], [2, 4]]);
 * ```
 *
 * @param tensors At least one tensor
 * @param axis Where the new axis is in the result, by default 0
 * @throws {ShapeError} If the shapes differ
 */
export function stack(tensors: readonly Tensor[], axis: number = 0): Tensor {
  return join.stack(tensors, axis);
}

/**
 * `x + a · b`, each rounded as by itself; also for numbers.
 *
 * @example
 * ```ts
 * import { addcmul, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(addcmul(1, tensor([2, 3]), 10).toArray(), [21, 31]);
 * ```
 *
 * @param x A tensor or a number
 * @param a A tensor or a number
 * @param b A tensor or a number; at least one of the three is a tensor
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function addcmul(x: Operand, a: Operand, b: Operand): Tensor {
  return ternary(ops.addcmul, x, a, b);
}
