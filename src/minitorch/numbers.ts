/**
 * The course's operators on numbers.
 *
 * Each can become a kernel as it stands, so it uses nothing from outside of itself but `Math`; that is why the `EPS` of
 * `log` and of its gradient is written out in them.
 *
 * @module
 */

/** What `log` adds to its argument, so that the logarithm of 0 is finite. */
export const EPS = 1e-6;

/**
 * The product.
 *
 * @param x A number
 * @param y Another one
 * @returns `x * y`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.mul(3, 4), 12);
 * ```
 */
export function mul(x: number, y: number): number {
  return x * y;
}

/**
 * The number itself.
 *
 * @param x A number
 * @returns `x`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.id(3), 3);
 * ```
 */
export function id(x: number): number {
  return x;
}

/**
 * The sum.
 *
 * @param x A number
 * @param y Another one
 * @returns `x + y`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.add(3, 4), 7);
 * ```
 */
export function add(x: number, y: number): number {
  return x + y;
}

/**
 * The number with the other sign.
 *
 * @param x A number
 * @returns `-x`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.neg(3), -3);
 * ```
 */
export function neg(x: number): number {
  return -x;
}

/**
 * Whether a number is less than another one, as 1 or 0.
 *
 * @param x A number
 * @param y Another one
 * @returns 1 if `x < y`, otherwise 0
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([operators.lt(1, 2), operators.lt(2, 2)], [1, 0]);
 * ```
 */
export function lt(x: number, y: number): number {
  return x < y ? 1 : 0;
}

/**
 * Whether two numbers are exactly equal, as 1 or 0.
 *
 * @param x A number
 * @param y Another one
 * @returns 1 if they are equal, otherwise 0
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([operators.eq(2, 2), operators.eq(2, 2.001)], [1, 0]);
 * ```
 */
export function eq(x: number, y: number): number {
  return x === y ? 1 : 0;
}

/**
 * The larger number.
 *
 * @param x A number
 * @param y Another one
 * @returns `x` if it is larger, otherwise `y`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.max(3, 4), 4);
 * ```
 */
export function max(x: number, y: number): number {
  return x > y ? x : y;
}

/**
 * Whether two numbers differ by less than 0.01, as 1 or 0.
 *
 * @param x A number
 * @param y Another one
 * @returns 1 if they do, otherwise 0
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([operators.isClose(1, 1.009), operators.isClose(1, 1.02)], [1, 0]);
 * ```
 */
export function isClose(x: number, y: number): number {
  return Math.abs(x - y) < 1e-2 ? 1 : 0;
}

/**
 * The logistic function, by the formula that cannot overflow on either side.
 *
 * @param x A number
 * @returns `1 / (1 + e^-x)`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([-1000, 0, 1000].map((x) => operators.sigmoid(x)), [0, 0.5, 1]);
 * ```
 */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/**
 * The number if it is above 0, otherwise 0.
 *
 * @param x A number
 * @returns The larger of `x` and 0
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([operators.relu(-2), operators.relu(2)], [0, 2]);
 * ```
 */
export function relu(x: number): number {
  return x > 0 ? x : 0;
}

/**
 * The natural logarithm of the number and `EPS`: the logarithm of 0 is about -13.8.
 *
 * @param x A number
 * @returns `ln(x + EPS)`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.log(0), Math.log(operators.EPS));
 * ```
 */
export function log(x: number): number {
  return Math.log(x + 1e-6);
}

/**
 * The exponential function.
 *
 * @param x A number
 * @returns `e^x`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.exp(0), 1);
 * ```
 */
export function exp(x: number): number {
  return Math.exp(x);
}

/**
 * The reciprocal.
 *
 * @param x A number
 * @returns `1 / x`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.inv(4), 0.25);
 * ```
 */
export function inv(x: number): number {
  return 1 / x;
}

/**
 * The gradient of `log` times the one that comes in. The course's text leaves open whether it sees `EPS`; it must, to
 * be the derivative of `log`.
 *
 * @param x The argument of `log`
 * @param d The gradient of its result
 * @returns `d / (x + EPS)`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.logBack(0, 1), 1 / operators.EPS);
 * ```
 */
export function logBack(x: number, d: number): number {
  return d / (x + 1e-6);
}

/**
 * The gradient of `inv` times the one that comes in.
 *
 * @param x The argument of `inv`
 * @param d The gradient of its result
 * @returns `-d / x²`
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(operators.invBack(2, 8), -2);
 * ```
 */
export function invBack(x: number, d: number): number {
  return -d / (x * x);
}

/**
 * The gradient of `relu` times the one that comes in; it is 0 at 0.
 *
 * @param x The argument of `relu`
 * @param d The gradient of its result
 * @returns `d` if `x` is above 0, otherwise 0
 *
 * @example
 * ```ts
 * import { operators } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([-1, 0, 1].map((x) => operators.reluBack(x, 5)), [0, 0, 5]);
 * ```
 */
export function reluBack(x: number, d: number): number {
  return x > 0 ? d : 0;
}
