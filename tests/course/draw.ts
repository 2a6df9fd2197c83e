/**
 * What the course's property tests draw, and how they compare.
 */
import { assert } from "@std/assert";
import fc from "fast-check";

/** The number of examples that the course asks for where it says nothing else. */
export const EXAMPLES = 100;
/** The course's tolerance: absolute, and strict. */
export const TOLERANCE = 1e-2;
/** How near to a kink or a pole a derivative is not compared. */
export const MARGIN = 1e-2;

/** The course's numbers: from -100 to 100. */
export const smallFloat: fc.Arbitrary<number> = fc.double({ min: -100, max: 100, noNaN: true });
/** The course's small sizes. */
export const smallInt: fc.Arbitrary<number> = fc.integer({ min: 1, max: 3 });
/** The course's middle sizes. */
export const mediumInt: fc.Arbitrary<number> = fc.integer({ min: 1, max: 20 });

/** Holds a property on as many examples as the course draws, or on `examples`. */
export function forAll<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof Values]: fc.Arbitrary<Values[K]> },
  holds: (...values: Values) => void,
  examples: number = EXAMPLES,
): void {
  fc.assert(fc.property(...arbitraries, holds as (...values: unknown[]) => void), { numRuns: examples });
}

/** Asserts that two numbers are close in the course's sense, or neighbours where doubles lie further apart. */
export function assertNear(actual: number, wanted: number, tolerance: number = TOLERANCE): void {
  assert(
    Object.is(actual, wanted) || Math.abs(actual - wanted) < tolerance + 1e-12 * Math.abs(wanted),
    `${actual} is not near ${wanted}`,
  );
}

/** Asserts what the formulas must give: 1e-9, relative above 1. */
export function assertExact(actual: number, wanted: number): void {
  assertNear(actual, wanted, 1e-9 * Math.max(1, Math.abs(wanted)));
}
