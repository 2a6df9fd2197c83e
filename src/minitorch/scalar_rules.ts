/**
 * The course's functions of scalars: what each computes, and how a derivative goes back through it.
 *
 * @module
 */
import {
  add,
  eq,
  exp,
  inv,
  invBack,
  log,
  logBack,
  lt,
  mul,
  neg,
  relu,
  reluBack,
  sigmoid,
} from "./numbers.ts";

/**
 * What a function keeps from `forward` for `backward`.
 *
 * @example
 * ```ts
 * import { Context } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const ctx = new Context();
 * ctx.saveForBackward(1, 2);
 * assertEquals(ctx.savedValues, [1, 2]);
 * ```
 */
export class Context<T = number> {
  #saved: readonly T[] = [];

  /** What was kept. */
  get savedValues(): readonly T[] {
    return this.#saved;
  }

  /**
   * Keeps values.
   *
   * @param values What `backward` will need
   */
  saveForBackward(...values: T[]): void {
    this.#saved = values;
  }
}

/** A function of numbers and its derivatives. */
export interface ScalarRule {
  /** What it is called. */
  readonly name: string;
  /** Computes the result. */
  forward(ctx: Context, ...inputs: number[]): number;
  /** Computes the derivative by each input, in an array if there are several, from that of the result. */
  backward(ctx: Context, derivative: number): number | readonly number[];
}

/** A function of two numbers whose derivatives are zero. */
function comparison(name: string, compare: (x: number, y: number) => number): ScalarRule {
  return { name, forward: (_, x, y) => compare(x!, y!), backward: () => [0, 0] };
}

/** A function of one number whose derivative is a function of that number. */
function unary(
  name: string,
  value: (x: number) => number,
  back: (x: number, derivative: number) => number,
): ScalarRule {
  return {
    name,
    forward(ctx, x): number {
      ctx.saveForBackward(x!);
      return value(x!);
    },
    backward: (ctx, derivative) => back(ctx.savedValues[0]!, derivative),
  };
}

/** A function of one number whose derivative is a function of its result. */
function unaryByResult(
  name: string,
  value: (x: number) => number,
  slope: (result: number) => number,
): ScalarRule {
  return {
    name,
    forward(ctx, x): number {
      const result = value(x!);
      ctx.saveForBackward(result);
      return result;
    },
    backward: (ctx, derivative) => mul(slope(ctx.savedValues[0]!), derivative),
  };
}

/** The names of the course's functions of scalars. */
export type ScalarFunctionName =
  | "Add"
  | "Log"
  | "Mul"
  | "Inv"
  | "Neg"
  | "Sigmoid"
  | "ReLU"
  | "Exp"
  | "LT"
  | "EQ";

/** The course's functions. */
export const RULES: Readonly<Record<ScalarFunctionName, ScalarRule>> = {
  Add: {
    name: "Add",
    forward: (_, x, y) => add(x!, y!),
    backward: (_, derivative) => [derivative, derivative],
  },
  Log: unary("Log", log, logBack),
  Mul: {
    name: "Mul",
    forward(ctx, x, y): number {
      ctx.saveForBackward(x!, y!);
      return mul(x!, y!);
    },
    backward(ctx, derivative): number[] {
      const [x, y] = ctx.savedValues;
      return [mul(y!, derivative), mul(x!, derivative)];
    },
  },
  Inv: unary("Inv", inv, invBack),
  Neg: { name: "Neg", forward: (_, x) => neg(x!), backward: (_, derivative) => neg(derivative) },
  Sigmoid: unaryByResult("Sigmoid", sigmoid, (s) => s * (1 - s)),
  ReLU: unary("ReLU", relu, reluBack),
  Exp: unaryByResult("Exp", exp, (result) => result),
  LT: comparison("LT", lt),
  EQ: comparison("EQ", eq),
};
