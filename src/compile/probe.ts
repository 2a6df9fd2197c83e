/**
 * The check of a compiled function against the real one, on points where functions differ if they do.
 *
 * @module
 */
import { CompileError } from "../errors.ts";
import { foldNumbers } from "./numbers.ts";
import type { Recipe } from "./recipe.ts";

/** How many points are drawn beside the special ones. */
const RANDOM_POINTS = 64;

const SPECIAL: readonly number[] = [
  ...[0, 1, Infinity, 1e30, 1e-30, 0.5, 1.5, 2.5, 2, 3, 10, 0.1, 255, 2 ** 31, 2 ** 53, 1e308, 5e-324]
    .flatMap((x) => [x, -x]),
  NaN,
];

/** The points of one parameter; those of several go through them in strides that meet in many ways. */
const POINTS: readonly number[] = [...SPECIAL, ...randomNumbers(RANDOM_POINTS)];
const STRIDES: readonly number[] = [1, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/** Numbers of both signs, from fractions to thousands, the same each time. */
function randomNumbers(count: number): number[] {
  let state = 1;
  const next = (): number => (state = Math.imul(state, 1664525) + 1013904223 | 0) / 2 ** 31;
  return Array.from({ length: count }, () => next() * 10 ** (1.5 + 2 * next()));
}

/** Calls the real function with numbers. */
export type RealFunction = (numbers: readonly number[]) => unknown;

/** Throws if the compiled function is not the real one. */
export function probe(name: string, recipe: Recipe, given: readonly number[], real: RealFunction): void {
  const count = POINTS.length * (recipe.parameters > 1 ? 2 : 1);
  for (let at = 0; at < count; at++) compare(name, recipe, given, real, pointOf(recipe.parameters, at));
}

/** The same at two points: a function of the same text may only differ in what it sees beside its parameters. */
export function probeAgain(name: string, recipe: Recipe, given: readonly number[], real: RealFunction): void {
  for (let at = SPECIAL.length; at < SPECIAL.length + 2; at++) {
    compare(name, recipe, given, real, pointOf(recipe.parameters, at));
  }
}

function pointOf(parameters: number, at: number): number[] {
  const lap = Math.floor(at / POINTS.length);
  return Array.from({ length: parameters }, (_, i) => {
    return POINTS[(at * STRIDES[(i + lap) % STRIDES.length]! + 5 * i) % POINTS.length]!;
  });
}

/** Throws if the two functions differ at a point. */
function compare(
  name: string,
  recipe: Recipe,
  given: readonly number[],
  real: RealFunction,
  point: readonly number[],
): void {
  let wanted: unknown;
  const shown = `(${point.map(show).join(", ")})`;
  try {
    wanted = real(point);
  } catch (error) {
    throw new CompileError(
      `Cannot compile ${name}: called with ${shown} it throws ${error}; it must be callable as it stands`,
    );
  }
  const found = foldNumbers(recipe, point, given)[recipe.result]!;
  if (
    typeof wanted === "boolean"
      ? Number(wanted) === found && recipe.type !== "number"
      : Object.is(wanted, found)
  ) {
    return;
  }
  throw new CompileError(
    `Cannot compile ${name}: for ${shown} its source says ${show(found)}, but it returns ${show(wanted)}; ` +
      "what it uses must be what { with } gives",
  );
}

function show(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
