/**
 * The course's optimizer.
 *
 * @module
 */
import { evaluate } from "../evaluate.ts";
import type { Parameter } from "./module.ts";
import { Scalar } from "./scalar.ts";
import { Tensor } from "./tensor.ts";

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
      if (value instanceof Scalar || value instanceof Tensor) value.zeroGrad_();
    }
  }

  /** Gives each parameter that has a derivative its next value, which is a leaf again. */
  step(): void {
    const next = this.parameters.map(({ value }) => this.#next(value));
    // All tensors in one plan, before each becomes a leaf.
    evaluate(...next.flatMap((value) => value instanceof Tensor ? value.value : []));
    next.forEach((value, i) => {
      if (value !== null) this.parameters[i]!.update(value);
    });
  }

  #next(value: unknown): Scalar | Tensor | null {
    if (value instanceof Scalar && value.derivative !== null) {
      return new Scalar(value.data - this.lr * value.derivative);
    }
    if (value instanceof Tensor && value.grad !== null) {
      return value.detach().sub(value.grad.mul(this.lr));
    }
    return null;
  }
}
