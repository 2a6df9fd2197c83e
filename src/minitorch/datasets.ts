/**
 * The course's datasets as lists of points. The points are those of `data.datasets`.
 *
 * @module
 */
import {
  circle as circlePoints,
  diag as diagPoints,
  type Points,
  type PointsOptions,
  simple as simplePoints,
  spiral as spiralPoints,
  split as splitPoints,
  xor as xorPoints,
} from "../data/datasets.ts";

export type { PointsOptions } from "../data/datasets.ts";

/** Points of the unit square in two classes. */
export interface Graph {
  /** How many points there are. */
  readonly N: number;
  /** Where they lie. */
  readonly X: readonly (readonly [x1: number, x2: number])[];
  /** Their classes, 0 or 1. */
  readonly y: readonly number[];
}

function graphOf({ points, labels }: Points): Graph {
  const X = points.toArray() as [number, number][];
  return { N: X.length, X, y: labels.toArray() as number[] };
}

/**
 * Class 1 lies left of the middle.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { simple } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const { X, y } = simple(20);
 * assertEquals(y, X.map(([x1]) => Number(x1 < 0.5)));
 * ```
 */
export function simple(count: number, options: PointsOptions = {}): Graph {
  return graphOf(simplePoints(count, options));
}

/**
 * Class 1 lies in the corner where the coordinates sum to less than a half.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { diag } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const { X, y } = diag(20);
 * assertEquals(y, X.map(([x1, x2]) => Number(x1 + x2 < 0.5)));
 * ```
 */
export function diag(count: number, options: PointsOptions = {}): Graph {
  return graphOf(diagPoints(count, options));
}

/**
 * Class 1 lies near the left and the right edge.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { split } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const { X, y } = split(20);
 * assertEquals(y, X.map(([x1]) => Number(x1 < 0.2 || x1 > 0.8)));
 * ```
 */
export function split(count: number, options: PointsOptions = {}): Graph {
  return graphOf(splitPoints(count, options));
}

/**
 * Class 1 lies in the quarters left of the middle and above it, or right of it and below.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { xor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const { X, y } = xor(20);
 * assertEquals(y, X.map(([x1, x2]) => Number((x1 - 0.5) * (x2 - 0.5) < 0)));
 * ```
 */
export function xor(count: number, options: PointsOptions = {}): Graph {
  return graphOf(xorPoints(count, options));
}

/**
 * Class 1 lies outside of a circle around the middle.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { circle } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const { X, y } = circle(20);
 * assertEquals(y, X.map(([x1, x2]) => Number((x1 - 0.5) ** 2 + (x2 - 0.5) ** 2 > 0.1)));
 * ```
 */
export function circle(count: number, options: PointsOptions = {}): Graph {
  return graphOf(circlePoints(count, options));
}

/**
 * The classes are the two arms of a spiral, class 0 first. An odd count gives a point less.
 *
 * @param count The number of points
 * @param options `seed`, which changes nothing here
 * @returns Points and classes
 *
 * @example
 * ```ts
 * import { spiral } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(spiral(4).y, [0, 0, 1, 1]);
 * ```
 */
export function spiral(count: number, options: PointsOptions = {}): Graph {
  return graphOf(spiralPoints(count, options));
}

/** The datasets by the course's names. */
export const datasets: Readonly<
  Record<
    "Simple" | "Diag" | "Split" | "Xor" | "Circle" | "Spiral",
    (count: number, options?: PointsOptions) => Graph
  >
> = { Simple: simple, Diag: diag, Split: split, Xor: xor, Circle: circle, Spiral: spiral };
