/**
 * Compiled functions, found again by their source: the values of constants are not part of it.
 *
 * @module
 */
import { CompileError } from "../errors.ts";
import {
  type ArgumentShape,
  parametersOf,
  shapeOfPatterns,
  shapeOfText,
  spreadNumbers,
} from "./arguments.ts";
import { builtinOf } from "./builtins.ts";
import type { Expression } from "./expression.ts";
import {
  type Given,
  type GivenShape,
  NOTHING,
  type ScalarFunction,
  shapeOfGiven,
  valuesOfGiven,
} from "./given.ts";
import type { Numbers } from "./numbers.ts";
import { nameOf, parse } from "./parse.ts";
import { probe, probeAgain, type RealFunction } from "./probe.ts";
import { type Recipe, recipeOf } from "./recipe.ts";
import type { Value } from "./scope.ts";
import { makeUnit, run } from "./statements.ts";

/** How many sources are remembered. */
const MAX_SOURCES = 1024;
/** How many recipes of one source are remembered, which constants that are bounds of loops have made. */
const MAX_VARIANTS = 64;

/** A compiled function with the constants of one call. */
export interface Compiled {
  readonly recipe: Recipe;
  /** The values of the constants. */
  readonly given: readonly number[];
  /** What depends on no parameter; for calls with tensors only. */
  numbers: Numbers | null;
}

/** A recipe, and the constants on whose values it depends. */
interface Variant {
  readonly recipe: Recipe;
  readonly fixed: readonly (readonly [slot: number, value: number])[];
}

const bySource = new Map<string, Variant[]>();
/** For each function what it was found to be, by the kinds of its arguments and constants. */
const byFunction = new WeakMap<ScalarFunction, Map<string, Compiled>>();

/** The compiled form of a function for arguments of a shape, which is given as text. */
export function find(fn: ScalarFunction, shape: string, given: Given | undefined): Compiled {
  const beside = shapeOfGiven(given), key = beside === NOTHING ? shape : `${shape}\n${beside.key}`;
  let known = byFunction.get(fn);
  if (known === undefined) byFunction.set(fn, known = new Map());
  const last = known.get(key);
  if (last !== undefined && sameNumbers(last.given, beside.numbers)) return last;
  const recipe = findRecipe(fn, shapeOfText(shape), given, beside, key);
  const found = { recipe, given: beside.numbers, numbers: null };
  known.set(key, found);
  return found;
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

function findRecipe(
  fn: ScalarFunction,
  shape: readonly ArgumentShape[],
  given: Given | undefined,
  { numbers }: GivenShape,
  key: string,
): Recipe {
  const text = builtinOf(fn)?.name ?? String(fn), sourceKey = `${text}\n${key}`, name = nameOf(fn);
  const real: RealFunction = (values) => fn(...spreadNumbers(shape, values) as never[]);
  let variants = bySource.get(sourceKey);
  const known = variants?.find(({ fixed }) =>
    fixed.every(([slot, value]) => Object.is(numbers[slot], value))
  );
  if (known !== undefined) {
    probeAgain(name, known.recipe, numbers, real);
    return known.recipe;
  }
  const variant = build(fn, text, shape, given, numbers);
  probe(name, variant.recipe, numbers, real);
  if (variants === undefined) {
    if (bySource.size >= MAX_SOURCES) bySource.delete(bySource.keys().next().value!);
    bySource.set(sourceKey, variants = []);
  }
  if (variants.length >= MAX_VARIANTS) variants.shift();
  variants.push(variant);
  return variant.recipe;
}

function build(
  fn: ScalarFunction,
  text: string,
  shape: readonly ArgumentShape[],
  given: Given | undefined,
  numbers: readonly number[],
): Variant {
  const unit = makeUnit(valuesOfGiven(given)), { args, count } = parametersOf(shape), builtin = builtinOf(fn);
  const result = builtin === undefined
    ? run(unit, parse(fn, text), args, 0)
    : builtin.make(unit.builder, checkBuiltin(text, builtin.arity, args));
  const fixed = [...unit.fixed].map((slot) => [slot, numbers[slot]!] as const);
  return { recipe: recipeOf(count, result), fixed };
}

function checkBuiltin(name: string, arity: number, args: readonly (Value | undefined)[]): Expression[] {
  if (args.length >= arity && args.every((x) => x?.kind === "parameter")) return args as Expression[];
  throw new CompileError(
    `Cannot compile ${name} of ${args.length} arguments: give it ${arity} tensors or numbers`,
  );
}

/** Compiles a function for the arguments that its parameters want, so that what is wrong shows at once. */
export function compileAhead(fn: ScalarFunction, given: Given | undefined): void {
  if (builtinOf(fn) !== undefined) return;
  find(fn, JSON.stringify(shapeOfPatterns(parse(fn, String(fn)).tree.params)), given);
}
