/**
 * The course's datasets: points of the unit square in two classes.
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.xor(50, { seed: 1 });
 * assertEquals([points.shape, labels.shape], [[50, 2], [50]]);
 * ```
 *
 * @module
 */
import { checkInteger, checkOptions } from "../arguments.ts";
import { tensor } from "../create.ts";
import type { Tensor } from "../tensor.ts";
import { Generator } from "./generator.ts";

/** Points and their classes. */
export interface Points {
  /** Where the points lie, `[n, 2]`. */
  points: Tensor;
  /** Their classes, 0 or 1, `[n]`. */
  labels: Tensor;
}

/** Options of the datasets. */
export interface PointsOptions {
  /** What decides the points (default 0). */
  seed?: number;
}

/**
 * Class 1 lies left of the middle.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.simple(20);
 * assertEquals(labels.toArray(), points.at(":", 0).lt(0.5).to("float32").toArray());
 * ```
 */
export function simple(count: number, options: PointsOptions = {}): Points {
  return scatter("simple", count, options, (x) => x < 0.5);
}

/**
 * Class 1 lies in the corner below a falling diagonal.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.diag(20);
 * assertEquals(labels.toArray(), points.sum(1).lt(0.5).to("float32").toArray());
 * ```
 */
export function diag(count: number, options: PointsOptions = {}): Points {
  return scatter("diag", count, options, (x, y) => x + y < 0.5);
}

/**
 * Class 1 lies near the left and the right edge.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.split(20);
 * assertEquals(labels.toArray(), points.at(":", 0).sub(0.5).abs().gt(0.3).to("float32").toArray());
 * ```
 */
export function split(count: number, options: PointsOptions = {}): Points {
  return scatter("split", count, options, (x) => x < 0.2 || x > 0.8);
}

/**
 * Class 1 lies in the quarters left of the middle and above it, or right of it and below.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.xor(20);
 * assertEquals(labels.toArray(), points.sub(0.5).prod(1).lt(0).to("float32").toArray());
 * ```
 */
export function xor(count: number, options: PointsOptions = {}): Points {
  return scatter("xor", count, options, (x, y) => (x < 0.5 && y > 0.5) || (x > 0.5 && y < 0.5));
}

/**
 * Class 1 lies outside of a circle around the middle.
 *
 * @param count The number of points
 * @param options `seed`
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.circle(20);
 * assertEquals(labels.toArray(), points.sub(0.5).square().sum(1).gt(0.1).to("float32").toArray());
 * ```
 */
export function circle(count: number, options: PointsOptions = {}): Points {
  return scatter("circle", count, options, (x, y) => (x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1);
}

/**
 * The classes are the two arms of a spiral, class 0 first. Nothing in it is random, and an odd count gives a
 * point less.
 *
 * @param count The number of points
 * @param options `seed`, which changes nothing here
 * @returns Points and labels
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(data.datasets.spiral(4).labels.toArray(), [0, 0, 1, 1]);
 * ```
 */
export function spiral(count: number, options: PointsOptions = {}): Points {
  checkArguments("spiral", count, options);
  const half = Math.floor(count / 2);
  const angles = Array.from({ length: half }, (_, i) => 10 * (i + 5) / half);
  const x = (t: number): number => t * Math.cos(t) / 20, y = (t: number): number => t * Math.sin(t) / 20;
  return pack([
    ...angles.map((t): LabelledPoint => [x(t) + 0.5, y(t) + 0.5, false]),
    ...angles.map((t): LabelledPoint => [y(-t) + 0.5, x(-t) + 0.5, true]),
  ]);
}

type LabelledPoint = [x: number, y: number, label: boolean];

function scatter(
  name: string,
  count: number,
  options: PointsOptions,
  labelOf: (x: number, y: number) => boolean,
): Points {
  const generator = new Generator(checkArguments(name, count, options));
  return pack(Array.from({ length: count }, (): LabelledPoint => {
    // Rounded before it is labelled, so that the label is that of the point as stored.
    const x = Math.fround(generator.next()), y = Math.fround(generator.next());
    return [x, y, labelOf(x, y)];
  }));
}

function checkArguments(name: string, count: number, options: PointsOptions): number {
  checkInteger(`The number of points of ${name}`, count, 1);
  checkOptions(name, options, ["seed"]);
  const { seed = 0 } = options;
  checkInteger(`The seed of ${name}`, seed, 0);
  return seed;
}

function pack(points: readonly LabelledPoint[]): Points {
  return {
    points: tensor(Float32Array.from(points.flatMap(([x, y]) => [x, y]))).reshape([points.length, 2]),
    labels: tensor(Float32Array.from(points, ([, , label]) => Number(label))),
  };
}
