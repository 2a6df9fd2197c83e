/**
 * What is given beside a function as `{ with }`: constants, whose values may change from call to call, and helpers.
 *
 * @module
 */
import { describe } from "../shape.ts";
import { ArgumentError } from "../errors.ts";
import { builtinOf } from "./builtins.ts";
import { parse } from "./parse.ts";
import type { Value } from "./scope.ts";

/** A function of numbers. */
export type ScalarFunction = (...args: never[]) => unknown;

/** What may be given by name: numbers, booleans, arrays of them, and functions. */
export interface Given {
  /** What a name means in the function. */
  readonly [name: string]: GivenItem;
}

/** What may be given by a name. */
export type GivenItem = number | boolean | ScalarFunction | readonly GivenItem[];

/** What was given, apart from the values of its constants. */
export interface GivenShape {
  /** A text that is the same for everything that is compiled in the same way. */
  readonly key: string;
  /** The values of the constants. */
  readonly numbers: readonly number[];
}

/** Nothing is given. */
export const NOTHING: GivenShape = { key: "", numbers: [] };

/** Tells the kinds of what was given from its numbers. */
export function shapeOfGiven(given: Given | undefined): GivenShape {
  if (given === undefined) return NOTHING;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new ArgumentError(`The with of a function must be an object of names, was ${describe(given)}`);
  }
  const numbers: number[] = [];
  const key = Object.entries(given).map(([name, item]) => `${name}:${keyOf(name, item, numbers)}`).join("\n");
  return { key, numbers };
}

function keyOf(name: string, item: GivenItem, numbers: number[]): string {
  if (typeof item === "function") return builtinOf(item)?.name ?? `function ${item}`;
  if (Array.isArray(item)) return `[${item.map((each) => keyOf(name, each, numbers))}]`;
  if (typeof item === "number" || typeof item === "boolean") {
    numbers.push(Number(item));
    return typeof item;
  }
  throw new ArgumentError(
    `The with of a function wants numbers, booleans, functions and arrays, but ${name} was ${describe(item)}`,
  );
}

/** What the names mean; the constants have their places in the order of `shapeOfGiven`. */
export function valuesOfGiven(given: Given | undefined): Map<string, Value> {
  let slot = 0;
  const valueOf = (item: GivenItem): Value => {
    if (typeof item === "function") {
      return builtinOf(item) ?? { kind: "helper", source: parse(item, String(item)) };
    }
    if (Array.isArray(item)) return { kind: "list", items: item.map(valueOf) };
    const type = typeof item as "number" | "boolean";
    return { kind: "constant", value: Number(item), slot: slot++, type };
  };
  return new Map(Object.entries(given ?? {}).map(([name, item]) => [name, valueOf(item)]));
}
