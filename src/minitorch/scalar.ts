/**
 * The course's scalars. A scalar is a tensor of one number; a function of scalars is an engine's custom function, so
 * that gradients flow on the engine's one road.
 *
 * @module
 */
import { tensor } from "../create.ts";
import { customFunction } from "../custom.ts";
import { ArgumentError } from "../errors.ts";
import { evaluate } from "../evaluate.ts";
import type { Tensor } from "../tensor.ts";
import { Context, type Rule } from "./rules.ts";
import { RULES, type ScalarFunctionName } from "./scalar_rules.ts";
import { topologicalSort, type Variable } from "./variable.ts";

export { Context, type Rule } from "./rules.ts";
export type { ScalarFunctionName } from "./scalar_rules.ts";

/** A scalar, or a number that becomes a constant. */
export type ScalarLike = Scalar | number;

/**
 * A function of scalars with its derivatives.
 *
 * @example
 * ```ts
 * import { Scalar, ScalarFunction } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const cube = new ScalarFunction({
 *   name: "Cube",
 *   forward(ctx, x): number {
 *     ctx.saveForBackward(x!);
 *     return x! ** 3;
 *   },
 *   backward: (ctx, derivative) => 3 * ctx.savedValues[0]! ** 2 * derivative,
 * });
 * const x = new Scalar(2);
 * cube.apply(x).backward();
 * assertEquals(x.derivative, 12);
 * ```
 */
export class ScalarFunction {
  /** What it is called. */
  readonly name: string;
  readonly #rule: Rule<number>;

  /**
   * Makes a function.
   *
   * @param rule `name`, `forward`, `backward`
   */
  constructor(rule: Rule<number>) {
    this.name = rule.name;
    this.#rule = rule;
  }

  /**
   * Applies it.
   *
   * @param inputs Scalars, at most six; numbers become constants
   * @returns The result, which remembers the function and the inputs
   */
  apply(...inputs: ScalarLike[]): Scalar {
    const scalars = inputs.map(toScalar), ctx = new Context();
    const value = this.#rule.forward(ctx, ...scalars.map(({ data }) => data));
    return new Scalar(value, { history: new ScalarHistory(this, ctx, scalars) });
  }

  /**
   * The derivative by each input.
   *
   * @param ctx What `forward` kept
   * @param derivative The derivative that comes into the result
   * @returns As many numbers as it has inputs
   */
  backward(ctx: Context, derivative: number): readonly number[] {
    const derivatives = this.#rule.backward(ctx, derivative);
    return typeof derivatives === "number" ? [derivatives] : derivatives;
  }
}

/** Where a scalar comes from: the function, what it kept, and its inputs; nothing of them if it is a leaf. */
export class ScalarHistory {
  /**
   * Notes where a scalar comes from.
   *
   * @param lastFn The function, null for a leaf
   * @param ctx What it kept
   * @param inputs What it was applied to
   */
  constructor(
    readonly lastFn: ScalarFunction | null = null,
    readonly ctx: Context = new Context(),
    readonly inputs: readonly Scalar[] = [],
  ) {}
}

/** The course's functions of scalars. */
export const scalarFunctions: Readonly<Record<ScalarFunctionName, ScalarFunction>> = {
  Add: new ScalarFunction(RULES.Add),
  Log: new ScalarFunction(RULES.Log),
  Mul: new ScalarFunction(RULES.Mul),
  Inv: new ScalarFunction(RULES.Inv),
  Neg: new ScalarFunction(RULES.Neg),
  Sigmoid: new ScalarFunction(RULES.Sigmoid),
  ReLU: new ScalarFunction(RULES.ReLU),
  Exp: new ScalarFunction(RULES.Exp),
  LT: new ScalarFunction(RULES.LT),
  EQ: new ScalarFunction(RULES.EQ),
};

/** What can be said about a new scalar. */
export interface ScalarOptions {
  /** Where it comes from; null for a constant. A leaf if it is not given. */
  history?: ScalarHistory | null;
  /** What it is called. */
  name?: string;
}

/** The histories of the tensors that functions gave: the engine asks for them on its way back. */
const histories = new WeakMap<Tensor, ScalarHistory>();

/** A value that depends on the tensors after it: how, the history of the result knows. */
const remember = customFunction({
  forward: (value) => value!,
  backward(gradient, [, ...inputs], result): Tensor[] {
    const { lastFn, ctx } = histories.get(result)!;
    const derivatives = lastFn!.backward(ctx, gradient.item());
    if (derivatives.length !== inputs.length) {
      throw new ArgumentError(
        `The backward of ${lastFn!.name} must return ${inputs.length} derivatives, was ${derivatives.length}`,
      );
    }
    // The value is a constant: what is said to flow into it goes nowhere.
    return [gradient, ...derivatives.map((derivative) => numberTensor(derivative))];
  },
});

function numberTensor(value: number, requiresGrad = false): Tensor {
  return tensor(value, { dtype: "float64", requiresGrad });
}

function toScalar(value: ScalarLike): Scalar {
  return value instanceof Scalar ? value : new Scalar(value, { history: null });
}

let made = 0;

/**
 * A number that remembers what it was computed from. Numbers beside it are constants.
 *
 * @example
 * ```ts
 * import { Scalar } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Scalar(3), y = new Scalar(4);
 * const z = x.mul(y).add(x.gt(2)).sub(1);
 * z.backward();
 * assertEquals([z.data, x.derivative, y.derivative], [12, 4, 3]);
 * ```
 */
export class Scalar implements Variable {
  /** A number that no other scalar has. */
  readonly uniqueId: number = ++made;
  /** What it is called: its `uniqueId` if nothing else was said. */
  name: string;
  #history: ScalarHistory | null;
  #tensor: Tensor;

  /**
   * Makes a scalar.
   *
   * @param value The number
   * @param options `history`, `name`
   */
  constructor(value: number, options: ScalarOptions = {}) {
    const { history = new ScalarHistory(), name = String(this.uniqueId) } = options;
    this.name = name;
    this.#history = history;
    if (history === null || history.lastFn === null) this.#tensor = numberTensor(value, history !== null);
    else {
      this.#tensor = remember(numberTensor(value), ...history.inputs.map((input) => input.#tensor));
      histories.set(this.#tensor, history);
    }
  }

  /** The number. */
  get data(): number {
    return this.#tensor.item();
  }

  /** The derivative that backward gave a leaf, null before. */
  get derivative(): number | null {
    return this.#tensor.grad?.item() ?? null;
  }

  /** Where it comes from; null for a constant. */
  get history(): ScalarHistory | null {
    return this.#history;
  }

  /** The inputs of the function that gave it. */
  get parents(): readonly Scalar[] {
    return this.#history?.inputs ?? [];
  }

  /**
   * Whether a user made it, and derivatives arrive at it.
   *
   * @returns true for leaves, false for results and constants
   */
  isLeaf(): boolean {
    return this.#history !== null && this.#history.lastFn === null;
  }

  /**
   * Whether no derivative flows to it.
   *
   * @returns true for constants
   */
  isConstant(): boolean {
    return this.#history === null;
  }

  /**
   * Makes it a leaf or a constant, whatever it was computed from.
   *
   * @param flag Whether it is a leaf (default true)
   * @returns The scalar itself
   */
  requiresGrad_(flag = true): this {
    if (flag ? this.isLeaf() : this.isConstant()) return this;
    this.#tensor = numberTensor(this.data, flag);
    this.#history = flag ? new ScalarHistory() : null;
    return this;
  }

  /** Forgets the derivative. */
  zeroGrad_(): void {
    this.#tensor.grad = null;
  }

  /**
   * Adds the derivatives of this scalar to all leaves that it was computed from. A graph is run through once: compute
   * the scalar again for a second time.
   *
   * @param derivative The derivative that comes in (default 1)
   * @throws {GradientError} If it depends on no leaf, or was run through before
   */
  backward(derivative = 1): void {
    this.#tensor.backward(numberTensor(derivative));
    // Their sums would wait otherwise, and with them all that leads to them.
    evaluate(
      ...topologicalSort(this).flatMap((variable) => variable.isLeaf() ? variable.#tensor.grad ?? [] : []),
    );
  }

  /**
   * The step of the chain rule at this scalar alone.
   *
   * @param derivative The derivative that comes in
   * @returns Each input of the function that gave it, with its derivative
   * @throws {ArgumentError} If no function gave it
   */
  chainRule(derivative: number): [input: Scalar, derivative: number][] {
    const { lastFn, ctx, inputs } = this.#history ?? new ScalarHistory();
    if (lastFn === null) throw new ArgumentError(`No function gave the scalar ${this.name}`);
    return lastFn.backward(ctx, derivative).map((d, i) => [inputs[i]!, d]);
  }

  /** `this + other`. */
  add(other: ScalarLike): Scalar {
    return scalarFunctions.Add.apply(this, other);
  }

  /** `this - other`. */
  sub(other: ScalarLike): Scalar {
    return scalarFunctions.Add.apply(this, typeof other === "number" ? -other : other.neg());
  }

  /** `this * other`. */
  mul(other: ScalarLike): Scalar {
    return scalarFunctions.Mul.apply(this, other);
  }

  /** `this / other`. */
  div(other: ScalarLike): Scalar {
    return scalarFunctions.Mul.apply(this, scalarFunctions.Inv.apply(other));
  }

  /** `-this`. */
  neg(): Scalar {
    return scalarFunctions.Neg.apply(this);
  }

  /** 1 if this is less than the other, otherwise 0; its derivatives are 0. */
  lt(other: ScalarLike): Scalar {
    return scalarFunctions.LT.apply(this, other);
  }

  /** 1 if this is greater than the other, otherwise 0; its derivatives are 0. */
  gt(other: ScalarLike): Scalar {
    return scalarFunctions.LT.apply(other, this);
  }

  /** 1 if the two are exactly equal, otherwise 0; its derivatives are 0. */
  eq(other: ScalarLike): Scalar {
    return scalarFunctions.EQ.apply(this, other);
  }

  /** The natural logarithm of this and `EPS`. */
  log(): Scalar {
    return scalarFunctions.Log.apply(this);
  }

  /** The exponential. */
  exp(): Scalar {
    return scalarFunctions.Exp.apply(this);
  }

  /** The logistic function. */
  sigmoid(): Scalar {
    return scalarFunctions.Sigmoid.apply(this);
  }

  /** This if it is above 0, otherwise 0. */
  relu(): Scalar {
    return scalarFunctions.ReLU.apply(this);
  }

  /**
   * The scalar as text.
   *
   * @returns Like `Scalar(3)`
   */
  toString(): string {
    return `Scalar(${this.data})`;
  }
}
