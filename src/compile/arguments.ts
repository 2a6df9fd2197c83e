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

/** What stands for a parameter: nothing (0; its default is taken), one value (1), or an array. As text it is JSON. */
export type ArgumentShape = 0 | 1 | readonly ArgumentShape[];

/** An argument of a compiled function. */
export type CompiledArgument = Operand | undefined | readonly CompiledArgument[];

/** Lists the tensors and numbers of arguments. Returns the shape of the arguments, as text. */
export function flatten(name: string, args: readonly CompiledArgument[], into: Operand[]): string {
  let shape = "[";
  for (let i = 0; i < args.length; i++) {
    const x = args[i];
    if (i > 0) shape += ",";
    if (typeof x === "number" || x instanceof Node) {
      into.push(x as Operand);
      shape += "1";
    } else if (Array.isArray(x)) shape += flatten(name, x, into);
    else if (x === undefined) shape += "0";
    else {throw new ArgumentError(
        `Cannot ${name}: want tensors, numbers or arrays of them, was ${describe(x)}`,
      );}
  }
  return shape + "]";
}

/** The shape of arguments that a text says. */
export function shapeOfText(text: string): readonly ArgumentShape[] {
  return JSON.parse(text);
}

/** The parameters of the compiled function where they stand in its arguments. */
export function parametersOf(
  shape: readonly ArgumentShape[],
): { args: (Value | undefined)[]; count: number } {
  let count = 0;
  const place = (each: ArgumentShape): Value | undefined => {
    if (each === 0) return undefined;
    if (each === 1) return { kind: "parameter", index: count++, type: "number" };
    return { kind: "list", items: each.map((item) => place(item)!) };
  };
  const args = shape.map(place);
  return { args, count };
}

/** Numbers where they stand in arguments. */
export function spreadNumbers(shape: readonly ArgumentShape[], numbers: readonly number[]): unknown[] {
  let at = 0;
  const place = (each: ArgumentShape): unknown =>
    each === 0 ? undefined : each === 1 ? numbers[at++] : each.map(place);
  return shape.map(place);
}

/** The arguments that parameters want, where no default is taken. */
export function shapeOfPatterns(patterns: readonly (Pattern | null)[]): ArgumentShape[] {
  return patterns.map((pattern) => {
    if (pattern?.type === "AssignmentPattern") return 0;
    return pattern?.type === "ArrayPattern" ? shapeOfPatterns(pattern.elements) : 1;
  });
}
