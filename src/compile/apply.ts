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
import { callOf, recordCall } from "./call.ts";
import { type Compiled, find } from "./cache.ts";
import type { Given, ScalarFunction } from "./given.ts";
import { groundOf, lower } from "./lower.ts";
import { foldNumbers, type Numbers } from "./numbers.ts";

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
  const compiled = find(fn, shape, given), { recipe } = compiled, numbers = numbersFor(compiled, operands);
  const ground = groundOf(op, recipe, operands, numbers);
  if (ground.layout.device === "reference") {
    return recordCall(op, callOf(fn, shape), compiled, operands, numbers, ground);
  }
  return lower(recipe, operands, numbers, ground);
}

/** What depends on no tensor; found once for all calls with tensors only. */
export function numbersFor(compiled: Compiled, args: readonly Operand[]): Numbers {
  const { recipe, given } = compiled;
  if (args.some((x) => typeof x === "number")) return foldNumbers(recipe, args, given);
  return compiled.numbers ??= foldNumbers(recipe, args, given);
}
