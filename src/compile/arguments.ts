/**
 * What a compiled function is called with: tensors and numbers, also in arrays for parameters that are destructured.
 *
 * @module
 */
import type { Pattern } from "npm:acorn@^8";
import { ArgumentError } from "../errors.ts";
import { Node } from "../graph/node.ts";
import type { Operand } from "../record/operand.ts";
import { describe } from "../shape.ts";
import type { Value } from "./scope.ts";

/** What stands for a parameter: nothing (its default is taken), one value, or an array. */
export type ArgumentShape = "none" | "one" | readonly ArgumentShape[];

/** An argument of a compiled function. */
export type CompiledArgument = Operand | undefined | readonly CompiledArgument[];

/** Lists the tensors and numbers of arguments. Returns the shape of the arguments. */
export function flatten(name: string, args: readonly CompiledArgument[], into: Operand[]): ArgumentShape[] {
  return args.map((x) => {
    if (x === undefined) return "none";
    if (Array.isArray(x)) return flatten(name, x, into);
    if (typeof x !== "number" && !(x instanceof Node)) {
      throw new ArgumentError(`Cannot ${name}: want tensors, numbers or arrays of them, was ${describe(x)}`);
    }
    into.push(x as Operand);
    return "one";
  });
}

/** The parameters of the compiled function where they stand in its arguments. */
export function parametersOf(
  shape: readonly ArgumentShape[],
): { args: (Value | undefined)[]; count: number } {
  let count = 0;
  const place = (each: ArgumentShape): Value | undefined => {
    if (each === "none") return undefined;
    if (each === "one") return { kind: "parameter", index: count++, type: "number" };
    return { kind: "list", items: each.map((item) => place(item)!) };
  };
  const args = shape.map(place);
  return { args, count };
}

/** Numbers where they stand in arguments. */
export function spreadNumbers(shape: readonly ArgumentShape[], numbers: readonly number[]): unknown[] {
  let at = 0;
  const place = (each: ArgumentShape): unknown =>
    each === "none" ? undefined : each === "one" ? numbers[at++] : each.map(place);
  return shape.map(place);
}

/** The arguments that parameters want, where no default is taken. */
export function shapeOfPatterns(patterns: readonly (Pattern | null)[]): ArgumentShape[] {
  return patterns.map((pattern) => {
    if (pattern?.type === "AssignmentPattern") return "none";
    return pattern?.type === "ArrayPattern" ? shapeOfPatterns(pattern.elements) : "one";
  });
}
