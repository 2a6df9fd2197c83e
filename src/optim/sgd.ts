/**
 * Stochastic gradient descent.
 *
 * @module
 */
import { checkNumber, checkOptions } from "../arguments.ts";
import type { Parameter } from "../cell.ts";
import type { Tensor } from "../tensor.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `SGD`. */
export interface SGDOptions {
  /** The learning rate (default 0.001). */
  lr?: number;
  /** How much of the last change is kept (default 0). */
  momentum?: number;
  /** How much of the parameter is added to its gradient (default 0). */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent, with momentum and weight decay as in PyTorch.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([4]));
 * const optimizer = new optim.SGD([weight], { lr: 0.5, momentum: 0.5 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   weight.sum().backward();
 *   optimizer.step();
 * }
 * assertEquals(weight.toArray(), [2.75]);
 * ```
 */
export class SGD extends Optimizer {
  /** How much of the last change is kept. */
  momentum: number;
  /** How much of the parameter is added to its gradient. */
  weightDecay: number;

  /**
   * Makes an optimizer.
   *
   * @param parameters The parameters to update
   * @param options `lr`, `momentum`, `weightDecay`
   */
  constructor(parameters: Iterable<Parameter>, options: SGDOptions = {}) {
    checkOptions("SGD", options, ["lr", "momentum", "weightDecay"]);
    const { lr = 1e-3, momentum = 0, weightDecay = 0 } = options;
    super(parameters, lr, ["momentum"]);
    checkNumber("The momentum of SGD", momentum, 0);
    checkNumber("The weightDecay of SGD", weightDecay, 0);
    this.momentum = momentum;
    this.weightDecay = weightDecay;
  }

  /**
   * Records how one parameter changes.
   *
   * @param index The position of the parameter
   * @param parameter The parameter
   * @param gradient Its gradient
   */
  protected override update(index: number, parameter: Parameter, gradient: Tensor): void {
    let change = this.withDecay(parameter, gradient, this.weightDecay);
    if (this.momentum !== 0) {
      const last = this.remember("momentum", index);
      change = last.mul(this.number("momentum", this.momentum, parameter)).add(change);
      this.stage(last, change);
    }
    this.stage(parameter, parameter.addcmul(change, this.number("-lr", -this.lr, parameter)));
  }
}
