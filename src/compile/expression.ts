/**
 * What a compiled function is: an expression over its parameters, of which parts may be shared.
 *
 * @module
 */
import { ELEMENTWISE, type ElementwiseName, ROWS } from "../ops/elementwise.ts";

/** What JavaScript has for a value: a number, a boolean, or now one and now the other. */
export type Type = "number" | "boolean" | "mixed";

/** A parameter of the compiled function. */
export interface Parameter {
  readonly kind: "parameter";
  /** Its position. */
  readonly index: number;
  readonly type: "number";
}

/** A number that stands in the source, or is given beside it. */
export interface Constant {
  readonly kind: "constant";
  /** The number; of booleans 0 or 1. */
  readonly value: number;
  /** The place of a constant that is given beside the source, and may be another one next time; -1 for literals. */
  readonly slot: number;
  readonly type: "number" | "boolean";
}

/** An op on expressions. */
export interface Operation {
  readonly kind: "operation";
  /** The op's row. */
  readonly row: ElementwiseName;
  readonly inputs: readonly Expression[];
  readonly type: Type;
  /** The branch that it stands in. */
  readonly guard: Guard | null;
}

/** An expression. */
export type Expression = Parameter | Constant | Operation;

/** A branch of a choice: what is computed in it counts only where the condition holds (or not). */
export interface Guard {
  readonly condition: Expression;
  readonly taken: boolean;
  /** The branch around it. */
  readonly parent: Guard | null;
  /** Whether a gradient in it may be infinite, so that multiplying it by 0 does not remove it. */
  steep: boolean;
}

/** A number that stands in the source. */
export function number(value: number): Constant {
  return { kind: "constant", value, slot: -1, type: "number" };
}

/** A boolean that stands in the source. */
export function boolean(value: boolean): Constant {
  return { kind: "constant", value: Number(value), slot: -1, type: "boolean" };
}

/** The number of an expression that depends on nothing but the source; undefined if there is none. */
export function literalOf(x: Expression): number | undefined {
  return x.kind === "constant" && x.slot < 0 ? x.value : undefined;
}

/** What a row computes in float64. */
export function definition(row: ElementwiseName): (...inputs: number[]) => number {
  return ROWS[row].f as (...inputs: number[]) => number;
}

function typeOf(row: ElementwiseName, inputs: readonly Expression[]): Type {
  if (ELEMENTWISE[row].result === "bool") return "boolean";
  if (row !== "where") return "number";
  return inputs[1]!.type === inputs[2]!.type ? inputs[1]!.type : "mixed";
}

/** Ops whose gradient is the one that comes to them, or its opposite. */
const FLAT: ReadonlySet<ElementwiseName> = new Set(["add", "sub", "neg", "where"]);

function isSteep(row: ElementwiseName, inputs: readonly Expression[]): boolean {
  if (FLAT.has(row) || ROWS[row].grad === undefined) return false;
  return row !== "mul" || inputs.every(({ kind }) => kind !== "constant");
}

/** Makes the expressions of one function. */
export class Builder {
  /** The branch in which expressions are made now. */
  guard: Guard | null = null;
  /** How many ops were made. */
  count = 0;

  /** An op; of literals its value. */
  op(row: ElementwiseName, ...inputs: Expression[]): Expression {
    const type = typeOf(row, inputs), literals = inputs.map(literalOf);
    if (literals.every((value) => value !== undefined)) {
      const value = definition(row)(...literals);
      return type === "boolean" ? boolean(value !== 0) : number(value);
    }
    this.count++;
    if (isSteep(row, inputs)) {
      for (let guard = this.guard; guard !== null; guard = guard.parent) guard.steep = true;
    }
    return { kind: "operation", row, inputs, type, guard: this.guard };
  }

  /** Whether an expression counts as true: it is not 0 and not NaN. */
  truth(x: Expression): Expression {
    return x.type === "boolean" ? x : this.op("gt", this.op("abs", x), number(0));
  }

  /** Whether an expression counts as false. */
  not(x: Expression): Expression {
    return this.op("logicalNot", this.truth(x));
  }

  /** One of two expressions that are made already. */
  choose(condition: Expression, x: Expression, y: Expression): Expression {
    const known = literalOf(condition);
    if (known !== undefined) return known !== 0 ? x : y;
    if (x === y) return x;
    const [a, b] = [literalOf(x), literalOf(y)];
    if (x.type === "boolean" && y.type === "boolean" && a !== undefined && b !== undefined) {
      return a === b ? x : a !== 0 ? condition : this.op("logicalNot", condition);
    }
    return this.op("where", condition, x, y);
  }

  /** What is made under a condition, or where it does not hold. */
  within<T>(condition: Expression, taken: boolean, make: () => T): T {
    const outside = this.guard;
    this.guard = literalOf(condition) === undefined
      ? { condition, taken, parent: outside, steep: false }
      : outside;
    try {
      return make();
    } finally {
      this.guard = outside;
    }
  }
}
