/**
 * Values that are known before any tensor is: they decide how often a loop is unrolled.
 *
 * @module
 */
import { definition, type Expression } from "./expression.ts";

/**
 * The value of an expression without parameters; undefined if it has one. The constants that it depends on, which
 * another call may give other values, are noted.
 */
export function knownValue(x: Expression, fixed: Set<number>): number | undefined {
  if (x.kind === "parameter") return undefined;
  if (x.kind === "constant") {
    if (x.slot >= 0) fixed.add(x.slot);
    return x.value;
  }
  const inputs: number[] = [];
  for (const input of x.inputs) {
    const value = knownValue(input, fixed);
    if (value === undefined) return undefined;
    inputs.push(value);
  }
  return definition(x.row)(...inputs);
}
