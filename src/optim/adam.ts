/**
 * Adam.
 *
 * @module
 */
import { checkNumber, checkOptions } from "../arguments.ts";
import type { Parameter } from "../cell.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Optimizer } from "./optimizer.ts";

/** Options of `Adam`. */
export interface AdamOptions {
  /** The learning rate (default 0.001). */
  lr?: number;
  /** How slowly the means of the gradient and of its square change (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** What keeps the division finite (default 1e-8). */
  eps?: number;
  /** How much of the parameter is added to its gradient (default 0). */
  weightDecay?: number;
}

/**
 * Adam, as in PyTorch: steps by the mean of the gradient over the root of the mean of its square.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([4]));
 * const optimizer = new optim.Adam([weight], { lr: 0.5 });
 * weight.sum().backward();
 * optimizer.step();
 * assertAlmostEquals(weight.item(), 3.5, 1e-6);
 * ```
 */
export class Adam extends Optimizer {
  /** How slowly the means of the gradient and of its square change. */
  betas: readonly [number, number];
  /** What keeps the division finite. */
  eps: number;
  /** How much of the parameter is added to its gradient. */
  weightDecay: number;

  /**
   * Makes an optimizer.
   *
   * @param parameters The parameters to update
   * @param options `lr`, `betas`, `eps`, `weightDecay`
   */
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    checkOptions("Adam", options, ["lr", "betas", "eps", "weightDecay"]);
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    super(parameters, lr, ["mean", "variance"]);
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new ArgumentError(`The betas of Adam must be two numbers, was ${describe(betas)}`);
    }
    checkNumber("The first beta of Adam", betas[0], 0, 1 - Number.EPSILON);
    checkNumber("The second beta of Adam", betas[1], 0, 1 - Number.EPSILON);
    checkNumber("The eps of Adam", eps, 0);
    checkNumber("The weightDecay of Adam", weightDecay, 0);
    this.betas = [betas[0], betas[1]];
    this.eps = eps;
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
    const [beta1, beta2] = this.betas, count = this.updates[index]! + 1;
    const number = (name: string, value: number): Tensor => this.number(`${name} ${count}`, value, parameter);
    const direction = this.withDecay(parameter, gradient, this.weightDecay);
    const oldMean = this.remember("mean", index), oldVariance = this.remember("variance", index);
    const mean = oldMean.mul(number("beta1", beta1)).add(direction.mul(number("1 - beta1", 1 - beta1)));
    const variance = oldVariance.mul(number("beta2", beta2))
      .add(direction.square().mul(number("1 - beta2", 1 - beta2)));
    // Both means started at 0; these numbers undo that.
    const rate = number("rate", this.lr / (1 - beta1 ** count));
    const scale = number("scale", 1 / Math.sqrt(1 - beta2 ** count));
    this.stage(oldMean, mean);
    this.stage(oldVariance, variance);
    this.stage(
      parameter,
      parameter.sub(mean.mul(rate).div(variance.sqrt().mul(scale).add(number("eps", this.eps)))),
    );
  }
}
