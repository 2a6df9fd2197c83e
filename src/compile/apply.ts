/**
 * Compiled functions on tensors.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import type { Operand } from "../record/operand.ts";
import { describe } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type CompiledArgument, flatten } from "./arguments.ts";
import { find } from "./cache.ts";
import type { Given, ScalarFunction } from "./given.ts";
import { foldNumbers, groundOf, lower } from "./lower.ts";

/** Checks that something is a function. */
export function checkFunction(op: string, fn: unknown): asserts fn is ScalarFunction {
  if (typeof fn !== "function") throw new ArgumentError(`Cannot ${op} ${describe(fn)}: want a function`);
}

/** Records a function of tensors and numbers, element by element. */
export function apply(
  op: string,
  fn: ScalarFunction,
  args: readonly CompiledArgument[],
  given: Given | undefined,
): Tensor {
  const operands: Operand[] = [], shape = flatten(op, args, operands);
  if (operands.every((x) => typeof x === "number")) {
    throw new ArgumentError(`Cannot ${op} numbers only: want at least one tensor`);
  }
  const compiled = find(fn, shape, given), numbers = foldNumbers(compiled.recipe, operands, compiled.given);
  return lower(compiled.recipe, operands, numbers, groundOf(op, compiled.recipe, operands, numbers));
}
