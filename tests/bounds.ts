/**
 * How far a device may be from JavaScript: a compiled function is computed with the definitions of its rows, and each
 * value carries the error that the rows' bounds have let come to it.
 */
import type { Numbers } from "../src/compile/numbers.ts";
import type { Recipe } from "../src/compile/recipe.ts";
import { type ElementwiseName, ROWS } from "../src/ops/elementwise.ts";

/** A number, and how far a device's may be from it; `lost` if a discontinuity is within reach. */
export interface Bounded {
  readonly value: number;
  readonly error: number;
  readonly lost: boolean;
}

/** A float dtype: its unit of the last place at 1, its least number, and how it rounds. */
interface FloatType {
  readonly epsilon: number;
  readonly least: number;
  readonly round: (x: number) => number;
}

const FLOATS: Readonly<Record<"float32" | "float64", FloatType>> = {
  float32: { epsilon: 2 ** -23, least: 2 ** -149, round: Math.fround },
  float64: { epsilon: 2 ** -52, least: 2 ** -1074, round: (x) => x },
};

/** Rows that jump between whole numbers or the answers of a test: their results must not depend on the error. */
const JUMPS: ReadonlySet<ElementwiseName> = new Set([
  ...["floor", "ceil", "trunc", "round", "roundHalfUp", "sign", "clz32", "imul"] as const,
  ...["eq", "ne", "lt", "le", "gt", "ge"] as const,
]);

/** Up to here a whole result of exact operands is meant, and exact. */
const MOST_WHOLE = 2 ** 20;

type Definition = (...inputs: number[]) => number;

/** The result of a compiled function of numbers in a dtype, with its error. */
export function bounded(
  { parameters, constants, steps, result }: Recipe,
  args: readonly number[],
  numbers: Numbers,
  dtype: "float32" | "float64",
): Bounded {
  const { round } = FLOATS[dtype];
  const exact = (value: number): Bounded => ({ value: round(value), error: 0, lost: false });
  const values = args.map(exact);
  for (let i = parameters; i < parameters + constants.length; i++) values.push(exact(numbers[i]!));
  for (const { row, inputs } of steps) {
    const number = numbers[values.length];
    values.push(number === undefined ? apply(row, inputs.map((i) => values[i]!), dtype) : exact(number));
  }
  return values[result]!;
}

function apply(row: ElementwiseName, inputs: readonly Bounded[], dtype: "float32" | "float64"): Bounded {
  if (row === "where") {
    const [condition, x, y] = inputs as [Bounded, Bounded, Bounded], chosen = condition.value !== 0 ? x : y;
    return { ...chosen, lost: condition.lost || chosen.lost };
  }
  const { epsilon, least, round } = FLOATS[dtype], f = ROWS[row].f as Definition;
  const { ulps = 0 }: { readonly ulps?: number } = ROWS[row];
  const defined = f(...inputs.map((x) => x.value)), value = round(defined), lost = inputs.some((x) => x.lost);
  // JavaScript's own functions are a unit off in float64.
  const units = ulps > 0 && dtype === "float64" ? ulps + 1 : ulps;
  const unit = Math.max(epsilon * 2 ** Math.floor(Math.log2(Math.abs(value))), least);
  const own = Number.isFinite(value) && value !== 0 ? units * unit : 0;
  if (inputs.every((x) => x.error === 0)) {
    const whole = Number.isInteger(defined) && Math.abs(defined) <= MOST_WHOLE;
    return { value, error: whole ? 0 : own, lost };
  }
  const near = corners(inputs);
  if (lost || BREAKS[row]?.(inputs, near) === true) return { value, error: 0, lost: true };
  const results = near.map((corner) => round(f(...corner)));
  if (JUMPS.has(row) || !Number.isFinite(value)) {
    return { value, error: 0, lost: results.some((other) => !Object.is(other, value)) };
  }
  const spread = Math.max(
    ...results.map((other) => Math.abs(other - value)),
    PERIODIC.has(row) ? inputs[0]!.error : 0,
  );
  // Rows that are exactly rounded are monotonic as well; the others are a unit off at each end.
  const error = spread + own + (ulps > 0 ? 2 * unit : 0);
  return { value, error, lost: !(error < Infinity) };
}

/** Rows that are not monotonic, and change by no more than their operand does. */
const PERIODIC: ReadonlySet<ElementwiseName> = new Set(["sin", "cos"]);

type Break = (inputs: readonly Bounded[], near: readonly (readonly number[])[]) => boolean;

function reachesZero({ value, error }: Bounded): boolean {
  return error > 0 && Math.abs(value) <= error;
}

function reachesInteger({ value, error }: Bounded): boolean {
  return Math.floor(value + error) >= Math.ceil(value - error);
}

/** Where rows are not continuous, within the reach of their operands. */
const BREAKS: { readonly [Row in ElementwiseName]?: Break } = {
  tan: ([x], near) => x!.error > 1 || near.some(([at]) => Math.cos(at!) * Math.cos(x!.value) <= 0),
  div: ([, y]) => reachesZero(y!),
  pow: ([x, y]) => reachesZero(x!) || x!.value < 0 && y!.error > 0 && reachesInteger(y!),
  atan2: ([y, x]) => reachesZero(y!) && x!.value - x!.error <= 0,
  fmod: ([x, y], near) =>
    reachesZero(y!) ||
    near.some(([a, b]) => !Object.is(Math.trunc(a! / b!), Math.trunc(x!.value / y!.value))),
};

/** The operands at the ends of their errors, in all combinations; one that is given twice moves as one. */
function corners(inputs: readonly Bounded[]): number[][] {
  return inputs.reduce<number[][]>((found, input, i) => {
    const { value, error } = input, same = inputs.indexOf(input);
    if (same < i) return found.map((start) => [...start, start[same]!]);
    const ends = error === 0 ? [value] : [value - error, value, value + error];
    return found.flatMap((start) => ends.map((x) => [...start, x]));
  }, [[]]);
}
