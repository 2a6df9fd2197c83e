/**
 * What of a recipe is known without its tensors: numbers, and whether integers stay integers.
 *
 * @module
 */
import { DTYPES } from "../dtype.ts";
import type { ElementwiseName } from "../ops/elementwise.ts";
import type { Operand } from "../record/operand.ts";
import { definition } from "./expression.ts";
import type { Recipe } from "./recipe.ts";

/** The values of a recipe that depend on no tensor; undefined for the others. */
export type Numbers = readonly (number | undefined)[];

/** Computes what depends on no tensor, in float64. */
export function foldNumbers(recipe: Recipe, args: readonly Operand[], given: readonly number[]): Numbers {
  const values: (number | undefined)[] = args.map((x) => typeof x === "number" ? x : undefined);
  for (const constant of recipe.constants) {
    values.push("slot" in constant ? given[constant.slot]! : constant.value);
  }
  for (const { row, inputs } of recipe.steps) values.push(foldStep(row, inputs.map((i) => values[i])));
  return values;
}

/** What of some numbers decides how a recipe is lowered: which are known, and which of those count as false. */
export function patternOf(numbers: Numbers): string {
  return numbers.map((x) => x === undefined ? "-" : x === 0 ? "0" : "1").join("");
}

/** Numbers with a pattern, from those that are known. */
export function spreadKnown(pattern: string, known: readonly number[]): Numbers {
  let at = 0;
  return Array.from(pattern, (each) => each === "-" ? undefined : known[at++]);
}

function foldStep(row: ElementwiseName, inputs: readonly (number | undefined)[]): number | undefined {
  if (inputs.every((x) => x !== undefined)) return definition(row)(...inputs);
  if (row === "where" && inputs[0] !== undefined) return inputs[inputs[0] !== 0 ? 1 : 2];
  if (row === "logicalAnd" && inputs.includes(0)) return 0;
  if (row === "logicalOr" && inputs.some((x) => x !== undefined && x !== 0)) return 1;
  return undefined;
}

/** Ops that give integers for integers, the same ones as JavaScript while they fit in 32 bits. */
const INTEGER: ReadonlySet<ElementwiseName> = new Set([
  ...["add", "sub", "mul", "neg", "abs", "sign", "maximum", "minimum", "imul", "clz32", "where"] as const,
  ...["floor", "ceil", "trunc", "roundHalfUp", "eq", "ne", "lt", "le", "gt", "ge"] as const,
  ...["logicalAnd", "logicalOr", "logicalNot"] as const,
]);

/** Whether integers lead to integers all the way. */
export function keepsIntegers({ steps, result, parameters, constants }: Recipe, numbers: Numbers): boolean {
  const first = parameters + constants.length;
  const fits = (i: number): boolean =>
    numbers[i] === undefined || DTYPES.int32.round(numbers[i]) === numbers[i];
  return fits(result) && steps.every(({ row, inputs }, i) => {
    return numbers[first + i] !== undefined || INTEGER.has(row) && inputs.every(fits);
  });
}
