/**
 * The course's optimizer.
 *
 * @module
 */
import type { Parameter } from "./module.ts";
import { Scalar } from "./scalar.ts";

/**
 * Gradient descent: each parameter goes against its derivative.
 *
 * @example
 * ```ts
 * import { Parameter, Scalar, SGD } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const p = new Parameter(new Scalar(3)), sgd = new SGD([p], 0.5);
 * sgd.zeroGrad();
 * p.value.mul(p.value).backward();
 * sgd.step();
 * assertEquals(p.value.data, 0);
 * ```
 */
export class SGD {
  /** What is optimized. */
  readonly parameters: readonly Parameter[];
  /** How far a step goes, in derivatives. */
  readonly lr: number;

  /**
   * Makes an optimizer.
   *
   * @param parameters What to optimize
   * @param lr How far a step goes (default 1)
   */
  constructor(parameters: readonly Parameter[], lr = 1) {
    this.parameters = parameters;
    this.lr = lr;
  }

  /** Forgets the derivatives. */
  zeroGrad(): void {
    for (const { value } of this.parameters) {
      if (value instanceof Scalar) value.zeroGrad_();
    }
  }

  /** Gives each parameter that has a derivative its next value, which is a leaf again. */
  step(): void {
    for (const parameter of this.parameters) {
      const { value } = parameter;
      if (value instanceof Scalar && value.derivative !== null) {
        parameter.update(new Scalar(value.data - this.lr * value.derivative));
      }
    }
  }
}
