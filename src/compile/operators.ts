/**
 * JavaScript's operators, by the ops that have their meaning.
 *
 * @module
 */
import type { ElementwiseName } from "../ops/elementwise.ts";
import { type Builder, type Expression, literalOf, number } from "./expression.ts";

type Make = (builder: Builder, x: Expression, y: Expression) => Expression;

function row(name: ElementwiseName): Make {
  return (builder, x, y) => builder.op(name, x, y);
}

/** JavaScript's power: unlike that of IEEE 754, ±1 to the power of NaN or ±∞ is NaN. */
export function power(builder: Builder, x: Expression, y: Expression): Expression {
  const result = builder.op("pow", x, y), base = literalOf(x), exponent = literalOf(y);
  if (exponent !== undefined && Number.isFinite(exponent)) return result;
  if (base !== undefined && Math.abs(base) !== 1) return result;
  const finite = builder.op("lt", builder.op("abs", y), number(Infinity));
  const undefinedHere = builder.op(
    "logicalAnd",
    builder.op("logicalNot", finite),
    builder.op("eq", builder.op("abs", x), number(1)),
  );
  return builder.choose(undefinedHere, number(NaN), result);
}

/** The binary operators; those that compare types as well are refused elsewhere where types may differ. */
export const BINARY: Readonly<Record<string, Make>> = {
  "+": row("add"),
  "-": row("sub"),
  "*": row("mul"),
  "/": row("div"),
  "%": row("fmod"),
  "**": power,
  "<": row("lt"),
  "<=": row("le"),
  ">": row("gt"),
  ">=": row("ge"),
  "==": row("eq"),
  "===": row("eq"),
  "!=": row("ne"),
  "!==": row("ne"),
};

/** The unary operators. */
export const UNARY: Readonly<Record<string, (builder: Builder, x: Expression) => Expression>> = {
  "-": (builder, x) => builder.op("neg", x),
  "+": (builder, x) => x.type === "number" ? x : builder.op("mul", x, number(1)),
  "!": (builder, x) => builder.not(x),
};

/** What to write instead of operators that tensors of floats have no op for. */
export const INSTEAD: Readonly<Record<string, string>> = {
  "&": "use && for conditions; bits of numbers have no op",
  "|": "use || for conditions, and Math.trunc(x) for x | 0",
  "^": "use !== for conditions; bits of numbers have no op",
  "<<": "multiply by a power of 2",
  ">>": "use Math.floor(x / 2 ** n)",
  ">>>": "use Math.floor(x / 2 ** n)",
  "~": "use ! for conditions, and -x - 1 for integers",
  "in": "name each element that is wanted",
  "instanceof": "parameters are always numbers",
  "typeof": "parameters are always numbers",
  "void": "leave it out",
  "delete": "leave it out",
  "??": "numbers are never null: use a default parameter, or || for 0 and NaN",
};
