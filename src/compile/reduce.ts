/**
 * Folding by compiled functions: by a reduction of the engine where there is one, otherwise step by step.
 *
 * @module
 */
import { checkBoolean } from "../arguments.ts";
import { type DType, DTYPES } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { tape } from "../graph/tape.ts";
import type { BinaryName } from "../ops/elementwise.ts";
import type { Combine } from "../ops/op.ts";
import { at } from "../record/at.ts";
import { cast } from "../record/convert.ts";
import { constant } from "../record/operand.ts";
import { type Axes, fold, foldedCount } from "../record/reduce.ts";
import { expand, permute, reshape } from "../record/view.ts";
import { describe, normalizeAxes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { numbersFor } from "./apply.ts";
import { callOf } from "./call.ts";
import { type Compiled, find } from "./cache.ts";
import type { Given, ScalarFunction } from "./given.ts";
import { foldRows } from "./fold.ts";
import { keepsIntegers } from "./numbers.ts";
import { nameOf } from "./parse.ts";
import type { Recipe } from "./recipe.ts";

/** The shape of two arguments. */
const BOTH = "[1,1]";

/** A reduction of the engine, the functions that are spelt like it, and what it begins with. */
interface Listed {
  readonly combine: Combine;
  readonly spellings: readonly ((x: number, y: number) => number | boolean)[];
  readonly identity: number;
  /** The op that takes in another start. */
  readonly joins: BinaryName;
  /** Whether it is this reduction only for bools. */
  readonly boolsOnly?: true;
}

const LISTED: readonly Listed[] = [
  { combine: "sum", spellings: [(x, y) => x + y, (x, y) => y + x], identity: 0, joins: "add" },
  { combine: "prod", spellings: [(x, y) => x * y, (x, y) => y * x], identity: 1, joins: "mul" },
  {
    combine: "max",
    spellings: [(x, y) => Math.max(x, y), (x, y) => Math.max(y, x)],
    identity: -Infinity,
    joins: "maximum",
  },
  {
    combine: "min",
    spellings: [(x, y) => Math.min(x, y), (x, y) => Math.min(y, x)],
    identity: Infinity,
    joins: "minimum",
  },
  {
    combine: "all",
    spellings: [(x, y) => x && y, (x, y) => y && x, (x, y) => Boolean(x && y)],
    identity: 1,
    joins: "logicalAnd",
    boolsOnly: true,
  },
  {
    combine: "any",
    spellings: [(x, y) => x || y, (x, y) => y || x, (x, y) => Boolean(x || y)],
    identity: 0,
    joins: "logicalOr",
    boolsOnly: true,
  },
];

let listed: Map<string, Listed> | undefined;

/** The reduction that a recipe is spelt like. */
function listedLike(recipe: Recipe, dtype: DType): Listed | undefined {
  listed ??= new Map(
    LISTED.flatMap((each) =>
      each.spellings.map((fn) => [textOf(find(fn, BOTH, undefined).recipe), each] as const)
    ),
  );
  const found = recipe.steps.length > 8 ? undefined : listed.get(textOf(recipe));
  return found?.boolsOnly && dtype !== "bool" ? undefined : found;
}

function textOf({ constants, steps, result }: Recipe): string {
  return JSON.stringify([constants, steps, result]);
}

/** Records a fold over axes. */
export function reduceWith(
  a: Tensor,
  fn: ScalarFunction,
  start: number | boolean,
  axes: Axes | undefined,
  keepdim: boolean = false,
  given?: Given,
): Tensor {
  if (typeof start !== "number" && typeof start !== "boolean") {
    throw new ArgumentError(`The start of reduce must be a number or a boolean, was ${describe(start)}`);
  }
  checkBoolean("The keepdim of reduce", keepdim);
  const list = normalizeAxes("reduce", axes, a.layout.shape.length), compiled = find(fn, BOTH, given);
  const known = listedLike(compiled.recipe, a.layout.dtype), count = foldedCount(a.layout, list);
  if (known !== undefined && count > 0) return reduceListed(known, a, Number(start), list, keepdim);
  return reduceInOrder(a, fn, compiled, Number(start), list, keepdim);
}

function reduceListed(
  { combine, identity, joins }: Listed,
  a: Tensor,
  start: number,
  axes: readonly number[],
  keepdim: boolean,
): Tensor {
  const result = fold(combine, a, axes, keepdim);
  if (start === identity) return result;
  return result[joins](start);
}

function reduceInOrder(
  a: Tensor,
  fn: ScalarFunction,
  compiled: Compiled,
  start: number,
  axes: readonly number[],
  keepdim: boolean,
): Tensor {
  const { recipe } = compiled, { shape, device } = a.layout, dtype = foldedDType(a, compiled, start);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const count = foldedCount(a.layout, axes), outer = kept.map((axis) => shape[axis]!);
  const rows = cast(reshape(permute(a, [...axes, ...kept]), [count, ...outer]), dtype);
  const first = expand(constant(start, dtype, device), outer), numbers = numbersFor(compiled, [a, a]);
  const call = device === "reference" ? callOf(fn, BOTH) : null;
  const folded = { name: nameOf(fn), compiled, numbers, call };
  let result = first;
  if (count > 0) {
    // What its gradient computes with depends on constants that may be others the next time.
    if (rows.requiresGrad && compiled.given.length > 0) tape.replayable = false;
    result = foldRows(folded, first, [rows], rows.requiresGrad);
    if (rows.requiresGrad) result = at(result, [-1]);
  }
  if (recipe.type === "boolean") result = cast(result, "bool");
  return keepdim ? reshape(result, shape.map((length, axis) => axes.includes(axis) ? 1 : length)) : result;
}

/** The dtype of what is folded so far: as for other functions, and the start must fit. */
function foldedDType(a: Tensor, compiled: Compiled, start: number): DType {
  if (DTYPES[a.layout.dtype].float) return a.layout.dtype;
  const integers = keepsIntegers(compiled.recipe, numbersFor(compiled, [a, a]));
  return integers && DTYPES.int32.round(start) === start ? "int32" : "float32";
}
