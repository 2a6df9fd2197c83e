/**
 * What a compiled function means: its steps in float64, by the definitions of the rows.
 *
 * @module
 */
import { definition } from "./expression.ts";
import type { Recipe } from "./recipe.ts";

/** The result of a recipe for numbers; a boolean one as 0 or 1. */
export function meaning(recipe: Recipe, args: readonly number[], given: readonly number[]): number {
  const { constants, steps, result } = recipe, values = [...args];
  for (const constant of constants) values.push("slot" in constant ? given[constant.slot]! : constant.value);
  for (const { row, inputs } of steps) values.push(definition(row)(...inputs.map((i) => values[i]!)));
  return values[result]!;
}
