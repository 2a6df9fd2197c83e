/**
 * The course's words for gradients. The gradients themselves are the engine's.
 *
 * @module
 */
import { ArgumentError, GradientError } from "../errors.ts";
import { Scalar } from "./scalar.ts";

export { topologicalSort, type Variable } from "./variable.ts";

/** Options of `centralDifference`. */
export interface CentralDifferenceOptions {
  /** The argument that is moved (default 0). */
  arg?: number;
  /** How far it is moved to either side (default 1e-6). */
  epsilon?: number;
}

/** How far a gradient may differ from the central difference, relative to it and in addition. */
const TOLERANCE = 1e-2;

/**
 * The derivative of a function of numbers by one of its arguments, from two values around the point.
 *
 * @param f The function
 * @param at The point
 * @param options `arg`, `epsilon`
 * @returns `(f(at + epsilon) - f(at - epsilon)) / (2 * epsilon)`
 * @throws {ArgumentError} If there is no such argument
 *
 * @example
 * ```ts
 * import { centralDifference } from "@tensaur/tensaur/minitorch";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(centralDifference((x, y) => x * y, [5, 10], { arg: 1 }), 5, 1e-6);
 * ```
 */
export function centralDifference(
  f: (...at: number[]) => number,
  at: readonly number[],
  options: CentralDifferenceOptions = {},
): number {
  const { arg = 0, epsilon = 1e-6 } = options, middle = at[arg];
  if (middle === undefined) {
    throw new ArgumentError(`Cannot move argument ${arg}: the point has ${at.length} arguments`);
  }
  const above = f(...at.with(arg, middle + epsilon)), below = f(...at.with(arg, middle - epsilon));
  return (above - below) / (2 * epsilon);
}

/**
 * Adds the derivatives of a variable to the leaves that it was computed from.
 *
 * @param variable The variable
 * @param derivative The derivative that comes into it
 *
 * @example
 * ```ts
 * import { backpropagate, Scalar } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Scalar(2);
 * backpropagate(x.mul(x), 5);
 * assertEquals(x.derivative, 20);
 * ```
 */
export function backpropagate<D>(variable: { backward(derivative: D): void }, derivative: D): void {
  variable.backward(derivative);
}

/**
 * Checks the derivatives of a function of scalars against central differences, by each of its arguments.
 *
 * @param f The function
 * @param scalars Where to look
 * @throws {GradientError} If one differs by more than 1 % and 0.01
 *
 * @example
 * ```ts
 * import { derivativeCheck, Scalar } from "@tensaur/tensaur/minitorch";
 *
 * derivativeCheck((x, y) => x.mul(y).sigmoid(), new Scalar(0.5), new Scalar(-2));
 * ```
 */
export function derivativeCheck(f: (...scalars: Scalar[]) => Scalar, ...scalars: Scalar[]): void {
  const leaves = scalars.map(({ data }) => new Scalar(data));
  const at = leaves.map(({ data }) => data);
  f(...leaves).backward();
  leaves.forEach(({ derivative }, arg) => {
    const found = derivative ?? 0;
    const wanted = centralDifference((...moved) => f(...moved.map((x) => new Scalar(x))).data, at, { arg });
    if (Math.abs(found - wanted) <= TOLERANCE + TOLERANCE * Math.abs(wanted)) return;
    throw new GradientError(
      `The derivative by argument ${arg} at (${
        at.join(", ")
      }) is ${found}, but central differences give ${wanted}`,
    );
  });
}
