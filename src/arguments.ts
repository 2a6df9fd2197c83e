/**
 * Checks of plain arguments: each throws an `ArgumentError` that says what was wanted and what was given.
 *
 * @module
 */
import { ArgumentError } from "./errors.ts";
import { describe } from "./shape.ts";

/** Checks for an integer that is at least `minimum`. */
export function checkInteger(what: string, value: unknown, minimum: number): asserts value is number {
  if (!Number.isSafeInteger(value) || value as number < minimum) {
    throw new ArgumentError(`${what} must be an integer of at least ${minimum}, was ${describe(value)}`);
  }
}

/** Checks for a number from `low` to `high`, both included; infinities only where a bound is one. */
export function checkNumber(
  what: string,
  value: unknown,
  low: number = -Number.MAX_VALUE,
  high: number = Number.MAX_VALUE,
): asserts value is number {
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw new ArgumentError(`${what} must be a number ${showRange(low, high)}, was ${describe(value)}`);
  }
}

/** Checks for true or false. */
export function checkBoolean(what: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") {
    throw new ArgumentError(`${what} must be true or false, was ${describe(value)}`);
  }
}

/** Checks for one of some strings. */
export function checkChoice<T extends string>(
  what: string,
  value: unknown,
  choices: readonly T[],
): asserts value is T {
  if (!choices.includes(value as T)) {
    const names = choices.map((choice) => JSON.stringify(choice)).join(", ");
    throw new ArgumentError(`${what} must be one of ${names}, was ${describe(value)}`);
  }
}

/** Checks for an object of options that has only known names, so that a misspelt option is not ignored. */
export function checkOptions(what: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ArgumentError(`The options of ${what} must be an object, was ${describe(value)}`);
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) {
      throw new ArgumentError(
        `The options of ${what} must be among ${names.join(", ")}, was ${describe(name)}`,
      );
    }
  }
}

function showRange(low: number, high: number): string {
  if (high === Number.MAX_VALUE) return low === -Number.MAX_VALUE ? "that is finite" : `of at least ${low}`;
  return `from ${low} to ${high}`;
}
