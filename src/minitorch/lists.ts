/**
 * The course's higher-order functions: what the kernels do to tensors, done to lists.
 *
 * @module
 */
import { add, mul, neg } from "./numbers.ts";

/**
 * Makes a function of lists from one of numbers.
 *
 * @param fn A function of a number
 * @returns A function that applies it to each number of a list
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.map((x) => x * x)([1, 2, 3]), [1, 4, 9]);
 * ```
 */
export function map(fn: (x: number) => number): (list: Iterable<number>) => number[] {
  return (list) => Array.from(list, (x) => fn(x));
}

/**
 * Makes a function of two lists from one of two numbers.
 *
 * @param fn A function of two numbers
 * @returns A function that applies it to the pairs of two lists, as many as the shorter one has
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.zipWith(Math.max)([1, 5], [4, 2]), [4, 5]);
 * ```
 */
export function zipWith(
  fn: (x: number, y: number) => number,
): (a: Iterable<number>, b: Iterable<number>) => number[] {
  return (a, b) => {
    const others = [...b];
    return [...a].slice(0, others.length).map((x, i) => fn(x, others[i]!));
  };
}

/**
 * Makes a function that folds a list, from the left.
 *
 * @param fn A function of what was folded so far and a number
 * @param start What it begins with
 * @returns A function that folds a list
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.reduce((number, digit) => 10 * number + digit, 0)([1, 2, 3]), 123);
 * ```
 */
export function reduce(
  fn: (result: number, x: number) => number,
  start: number,
): (list: Iterable<number>) => number {
  return (list) => {
    let result = start;
    for (const x of list) result = fn(result, x);
    return result;
  };
}

/**
 * Each number with the other sign.
 *
 * @param list Numbers
 * @returns A list of as many
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.negList([1, -2]), [-1, 2]);
 * ```
 */
export function negList(list: Iterable<number>): number[] {
  return map(neg)(list);
}

/**
 * The sums of the pairs of two lists.
 *
 * @param a Numbers
 * @param b Others
 * @returns A list as long as the shorter one
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.addLists([1, 2], [3, 4]), [4, 6]);
 * ```
 */
export function addLists(a: Iterable<number>, b: Iterable<number>): number[] {
  return zipWith(add)(a, b);
}

/**
 * The sum of a list, 0 if it is empty.
 *
 * @param list Numbers
 * @returns Their sum
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.sum([1, 2, 3]), 6);
 * ```
 */
export function sum(list: Iterable<number>): number {
  return reduce(add, 0)(list);
}

/**
 * The product of a list, 1 if it is empty.
 *
 * @param list Numbers
 * @returns Their product
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.prod([2, 3, 4]), 24);
 * ```
 */
export function prod(list: Iterable<number>): number {
  return reduce(mul, 1)(list);
}
