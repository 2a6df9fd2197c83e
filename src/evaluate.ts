/**
 * Evaluation on request, and what it would do.
 *
 * @module
 */
import { evaluateNodes, explainNodes } from "./graph/evaluate.ts";
import { checkTensor } from "./record/operand.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Computes tensors now, in one plan, and keeps their values.
 *
 * @example
 * ```ts
 * import { evaluate, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2]), double = x.mul(2), square = x.square();
 * evaluate(double, square);
 * assertEquals(double.toArray(), [2, 4]);
 * ```
 *
 * @param tensors The tensors
 */
export function evaluate(...tensors: readonly Tensor[]): void {
  for (const x of tensors) checkTensor("evaluate", x);
  evaluateNodes(tensors);
}

/**
 * What reading tensors would run, as text: the kernels with their programs, why results lie in memory, and how each
 * runs: its path, tiles and chunks, threads, SIMD and memory of its own.
 *
 * @example
 * ```ts
 * import { explain, ones } from "@tensaur/tensaur";
 * import { assertStringIncludes } from "@std/assert";
 *
 * assertStringIncludes(explain(ones([3]).exp().sum()), "reduce");
 * ```
 *
 * @param tensors The tensors
 */
export function explain(...tensors: readonly Tensor[]): string {
  for (const x of tensors) checkTensor("explain", x);
  return explainNodes(tensors);
}
