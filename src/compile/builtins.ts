/**
 * The functions and constants of `Math` and `Number`, by the ops that have their meaning.
 *
 * @module
 */
import type { UnaryName } from "../ops/elementwise.ts";
import { boolean, type Builder, type Constant, type Expression, number } from "./expression.ts";
import { power } from "./operators.ts";

/** A function that is built into JavaScript. */
export interface Builtin {
  readonly kind: "builtin";
  /** How it is written. */
  readonly name: string;
  /** How many arguments it wants; -1 for any number. */
  readonly arity: number;
  /** Its result for arguments. */
  readonly make: (builder: Builder, args: readonly Expression[]) => Expression;
}

type Make = (builder: Builder, x: Expression, y: Expression) => Expression;

/** The functions of `Math` that are a row of one operand. */
const ROW_OF: Readonly<Record<string, UnaryName>> = {
  abs: "abs",
  acos: "acos",
  acosh: "acosh",
  asin: "asin",
  asinh: "asinh",
  atan: "atan",
  atanh: "atanh",
  cbrt: "cbrt",
  ceil: "ceil",
  clz32: "clz32",
  cos: "cos",
  cosh: "cosh",
  exp: "exp",
  expm1: "expm1",
  f16round: "f16round",
  floor: "floor",
  fround: "fround",
  log: "log",
  log10: "log10",
  log1p: "log1p",
  log2: "log2",
  round: "roundHalfUp",
  sign: "sign",
  sin: "sin",
  sinh: "sinh",
  sqrt: "sqrt",
  tan: "tan",
  tanh: "tanh",
  trunc: "trunc",
};

function isFinite(builder: Builder, x: Expression): Expression {
  return builder.op("lt", builder.op("abs", x), number(Infinity));
}

function isInteger(builder: Builder, x: Expression): Expression {
  return builder.op("logicalAnd", isFinite(builder, x), builder.op("eq", builder.op("floor", x), x));
}

function isSafeInteger(builder: Builder, x: Expression): Expression {
  const small = builder.op("le", builder.op("abs", x), number(Number.MAX_SAFE_INTEGER));
  return builder.op("logicalAnd", small, isInteger(builder, x));
}

/** The tests of `Number` say of each boolean that it is no number. */
function ofNumbers(make: Make): Make {
  return (builder, x, y) => x.type === "boolean" ? boolean(false) : make(builder, x, y);
}

/** Any number of arguments, folded from the left. */
function folded(row: "maximum" | "minimum", empty: number): Builtin["make"] {
  return (builder, [first = number(empty), ...rest]) =>
    rest.length === 0 && first.type !== "number"
      ? builder.op(row, first, first)
      : rest.reduce((most, x) => builder.op(row, most, x), first);
}

/**
 * The root of the sum of squares, for any number of arguments in the steps that JavaScript engines take: scaled by the
 * greatest, summed with what rounding has lost.
 */
function hypot(builder: Builder, args: readonly Expression[]): Expression {
  const op = builder.op.bind(builder);
  if (args.length === 0) return number(0);
  if (args.length === 1) return op("abs", args[0]!);
  if (args.length === 2) return op("hypot", args[0]!, args[1]!);
  const sizes = args.map((x) => op("abs", x));
  const greatest = sizes.reduce((most, x) => op("maximum", most, x));
  let sum: Expression = number(0), lost: Expression = number(0);
  for (const size of sizes) {
    const ratio = op("div", size, greatest), summand = op("sub", op("mul", ratio, ratio), lost);
    const next = op("add", sum, summand);
    lost = op("sub", op("sub", next, sum), summand);
    sum = next;
  }
  const infinite = sizes.map((x) => op("eq", x, number(Infinity)));
  const scaled = op("mul", op("sqrt", sum), greatest);
  const some = infinite.reduce((any, x) => op("logicalOr", any, x));
  return builder.choose(
    some,
    number(Infinity),
    builder.choose(op("eq", greatest, number(0)), number(0), scaled),
  );
}

const MATH: Readonly<Record<string, Builtin["make"]>> = {
  max: folded("maximum", -Infinity),
  min: folded("minimum", Infinity),
  hypot,
};

const MATH_OF_TWO: Readonly<Record<string, Make>> = {
  pow: power,
  atan2: (builder, y, x) => builder.op("atan2", y, x),
  imul: (builder, x, y) => builder.op("imul", x, y),
};

const TESTS: Readonly<Record<string, Make>> = {
  isNaN: (builder, x) => builder.op("ne", x, x),
  isFinite,
};

const NUMBER_TESTS: Readonly<Record<string, Make>> = { ...TESTS, isInteger, isSafeInteger };

function counted(name: string, arity: number, make: Make): Builtin {
  return { kind: "builtin", name, arity, make: (builder, [x, y]) => make(builder, x!, y!) };
}

/** An object whose properties are builtins. */
export interface Namespace {
  readonly kind: "namespace";
  readonly names: ReadonlyMap<string, Global>;
}

/** What a name means that every function sees. */
export type Global = Builtin | Namespace | Constant;

function mapped<T>(
  table: Readonly<Record<string, T>>,
  make: (name: string, entry: T) => Builtin,
): Record<string, Builtin> {
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, make(name, entry)]));
}

/** The numbers among the properties of an object. */
function constantsOf(object: object): [string, Constant][] {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(object));
  return properties.flatMap(([name, { value, writable }]) =>
    typeof value === "number" && !writable ? [[name, number(value)]] : []
  );
}

function namespace(object: object, builtins: Readonly<Record<string, Builtin>>): Namespace {
  return {
    kind: "namespace",
    names: new Map<string, Global>([...constantsOf(object), ...Object.entries(builtins)]),
  };
}

function makeGlobals(): ReadonlyMap<string, Global> {
  return new Map<string, Global>([
    ["NaN", number(NaN)],
    ["Infinity", number(Infinity)],
    [
      "Math",
      namespace(Math, {
        ...mapped(ROW_OF, (name, row) => counted(`Math.${name}`, 1, (builder, x) => builder.op(row, x))),
        ...mapped(MATH, (name, make) => ({ kind: "builtin", name: `Math.${name}`, arity: -1, make })),
        ...mapped(MATH_OF_TWO, (name, make) => counted(`Math.${name}`, 2, make)),
      }),
    ],
    [
      "Number",
      namespace(Number, mapped(NUMBER_TESTS, (name, make) => counted(`Number.${name}`, 1, ofNumbers(make)))),
    ],
    ...Object.entries(mapped(TESTS, (name, make) => counted(name, 1, make))),
    ["Boolean", counted("Boolean", 1, (builder, x) => builder.truth(x))],
  ]);
}

let made: ReadonlyMap<string, Global> | undefined;

/** The names that every function sees; made when the first function is compiled. */
export function globals(): ReadonlyMap<string, Global> {
  return made ??= makeGlobals();
}

function note(found: Map<unknown, Builtin>, owner: object, names: ReadonlyMap<string, Global>): void {
  for (const [name, global] of names) {
    const own: unknown = Reflect.get(owner, name);
    if (global.kind === "builtin") found.set(own, global);
    else if (global.kind === "namespace") note(found, own as object, global.names);
  }
}

let byFunction: Map<unknown, Builtin> | undefined;

/** What a function of JavaScript's own means; undefined for others. */
export function builtinOf(fn: unknown): Builtin | undefined {
  if (byFunction === undefined) note(byFunction = new Map(), globalThis, globals());
  return byFunction.get(fn);
}
