/**
 * Source texts of random functions, for `compile` to be compared with JavaScript itself.
 */
import fc from "fast-check";

/** An expression as text: as it is, and with `F` around each op that depends on a parameter. */
export interface Text {
  readonly plain: string;
  readonly rounded: string;
  /** Whether it depends on no parameter. */
  readonly literal: boolean;
  /** Whether some choice in it is made by a literal: what is chosen is then one more literal, or not. */
  readonly decided: boolean;
}

type Wrap = (...parts: string[]) => string;

/** An op over texts whose result is a number that is rounded (or a boolean, which is not). */
function op(wrap: Wrap, rounds: boolean, ...parts: Text[]): Text {
  const plain = wrap(...parts.map((part) => part.plain));
  const decided = parts.some((part) => part.decided);
  if (parts.every(({ literal }) => literal)) return { plain, rounded: plain, literal: true, decided };
  const rounded = wrap(...parts.map((part) => part.literal ? `F(${part.rounded})` : part.rounded));
  return { plain, rounded: rounded && rounds ? `F(${rounded})` : rounded, literal: false, decided };
}

/** An op that chooses between its parts. */
function choice(wrap: Wrap, rounds: boolean, ...parts: Text[]): Text {
  return { ...op(wrap, rounds, ...parts), decided: parts.some(({ literal, decided }) => literal || decided) };
}

const NUMBERS = [0, 1, 2, 3, 0.5, 0.1, 1.5, 10, -1, -2.5, 1e10];
const BINARY = ["+", "-", "*", "/", "%"], COMPARISONS = ["<", "<=", ">", ">=", "===", "!=="];
const FUNCTIONS = ["abs", "floor", "ceil", "trunc", "round", "sign", "sqrt", "fround", "clz32"];
const PAIRS = ["max", "min", "imul"];

/** The ops that `expressions` draws from. */
export interface Ops {
  readonly functions: readonly string[];
  readonly pairs: readonly string[];
  readonly operators: readonly string[];
}

/** The ops whose results are rounded exactly. */
const EXACT: Ops = { functions: FUNCTIONS, pairs: PAIRS, operators: BINARY };

/** These and the ops that devices compute within bounds, but for those that take the bits of numbers apart. */
export const ALL: Ops = {
  functions: [
    ...FUNCTIONS.filter((name) => name !== "clz32"),
    ...["acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "exp", "expm1"],
    ...["log", "log10", "log1p", "log2", "sin", "sinh", "tan", "tanh"],
  ],
  pairs: ["max", "min", "atan2", "hypot", "pow"],
  operators: [...BINARY, "**"],
};

/** Numbers made of names by ops, which are rounded exactly if nothing else is said. */
export function expressions(
  names: readonly string[],
  maxDepth: number = 4,
  { functions, pairs, operators }: Ops = EXACT,
): fc.Arbitrary<Text> {
  const depth = { maxDepth, depthSize: "small" } as const;
  const { number } = fc.letrec<{ number: Text; condition: Text }>((tie) => ({
    number: fc.oneof(
      depth,
      fc.constantFrom(...names).map((name) => ({
        plain: name,
        rounded: name,
        literal: false,
        decided: false,
      })),
      fc.constantFrom(...NUMBERS).map((x) => ({
        plain: `(${x})`,
        rounded: `(${x})`,
        literal: true,
        decided: false,
      })),
      fc.tuple(fc.constantFrom(...operators), tie("number"), tie("number"))
        .map(([sign, x, y]) => op((x, y) => `((${x}) ${sign} ${y})`, true, x, y)),
      fc.tuple(fc.constantFrom(...functions), tie("number"))
        .map(([name, x]) => op((x) => `Math.${name}(${x})`, true, x)),
      fc.tuple(fc.constantFrom(...pairs), tie("number"), tie("number"))
        .map(([name, x, y]) => op((x, y) => `Math.${name}(${x}, ${y})`, true, x, y)),
      fc.tuple(fc.constantFrom("-", "+"), tie("number")).map(([sign, x]) =>
        op((x) => `(${sign} ${x})`, false, x)
      ),
      fc.tuple(fc.constantFrom("&&", "||"), tie("number"), tie("number"))
        .map(([sign, x, y]) => choice((x, y) => `(${x} ${sign} ${y})`, false, x, y)),
      fc.tuple(tie("condition"), tie("number"), tie("number"))
        .map(([c, x, y]) => choice((c, x, y) => `(${c} ? ${x} : ${y})`, false, c, x, y)),
    ),
    condition: fc.oneof(
      depth,
      fc.tuple(fc.constantFrom(...COMPARISONS), tie("number"), tie("number"))
        .map(([sign, x, y]) => op((x, y) => `(${x} ${sign} ${y})`, false, x, y)),
      tie("number").map((x) => op((x) => `!${x}`, false, x)),
      fc.tuple(fc.constantFrom("isNaN", "isFinite", "isInteger"), tie("number"))
        .map(([name, x]) => op((x) => `Number.${name}(${x})`, false, x)),
      fc.tuple(fc.constantFrom("&&", "||"), tie("condition"), tie("condition"))
        .map(([sign, x, y]) => choice((x, y) => `(${x} ${sign} ${y})`, false, x, y)),
    ),
  }));
  return number;
}

/** Numbers made of x and y by ops that have gradients, with choices. */
export function smoothExpressions(): fc.Arbitrary<string> {
  const depth = { maxDepth: 4, depthSize: "small" } as const;
  return fc.letrec<{ number: string }>((tie) => ({
    number: fc.oneof(
      depth,
      fc.constantFrom("x", "y", "0.5", "2", "3"),
      fc.tuple(tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number"))
        .map(([x, sign, y]) => `(${x} ${sign} ${y})`),
      fc.tuple(
        fc.constantFrom("sin", "cos", "tanh", "atan", "abs", "log1p", "sqrt", "cbrt", "asinh"),
        tie("number"),
      )
        .map(([name, x]) => `Math.${name}(${x})`),
      fc.tuple(fc.constantFrom("max", "min", "hypot", "atan2"), tie("number"), tie("number"))
        .map(([name, x, y]) => `Math.${name}(${x}, ${y})`),
      fc.tuple(fc.constantFrom("<", ">"), tie("number"), tie("number"), tie("number"), tie("number"))
        .map(([sign, x, y, yes, no]) => `(${x} ${sign} ${y} ? ${yes} : ${no})`),
      fc.tuple(tie("number"), fc.constantFrom("2", "3", "0.5", "-1")).map(([x, power]) =>
        `(${x}) ** ${power}`
      ),
    ),
  })).number;
}

/** Functions of x and y with variables, branches and loops. */
export function functionTexts(ops: Ops = EXACT, depth: number = 3): fc.Arbitrary<string> {
  const outer = expressions(["x", "y"], depth, ops), inner = expressions(["x", "y", "a"], depth, ops);
  const looped = expressions(["x", "a", "i"], 2, ops), all = expressions(["x", "y", "a", "b"], depth, ops);
  const assign = fc.constantFrom("=", "+=", "-=", "*=", "/=", "%=");
  const body = fc.tuple(outer, inner, inner, assign, inner, inner, looped, all, all, all, fc.nat(3));
  return body.map(([a, b, test, sign, yes, no, round, exit, early, late, rounds]) =>
    `(x, y) => {
  let a = ${a.plain};
  const b = ${b.plain};
  if (${test.plain}) { a ${sign} ${yes.plain}; } else { const c = ${no.plain}; a = c - a; }
  for (let i = 0; i < ${rounds}; i++) { a ${sign} ${round.plain}; if (a > 100) a = i; }
  if (${exit.plain}) return ${early.plain};
  return ${late.plain};
}`
  );
}

/** The function of a text. */
export function functionOf(text: string): (x: number, y: number) => number {
  return new Function("F", `return ${text}`)(Math.fround);
}

const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 2.5, -2.5, NaN, Infinity, -Infinity, 1e30, -1e-30, 3, 2 ** 31];

/** Points that try functions: special numbers with each other, then random ones. */
export function points(): { x: number[]; y: number[] } {
  const pairs = SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const));
  const random = Array.from(
    { length: 64 },
    (_, i) => [Math.sin(i + 1) * 10, Math.cos(3 * i + 1) * 1000] as const,
  );
  const all = [...pairs, ...random];
  return { x: all.map(([x]) => Math.fround(x)), y: all.map(([, y]) => Math.fround(y)) };
}
