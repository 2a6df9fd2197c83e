/**
 * Activations as modules, for use in a `Sequential`.
 *
 * @module
 */
import { checkTensor } from "../record/operand.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * `max(x, 0)`.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new nn.ReLU().forward(tensor([-1, 2])).toArray(), [0, 2]);
 * ```
 */
export class ReLU extends Module {
  /**
   * Applies the activation.
   *
   * @param x The input
   * @returns A tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply ReLU", x);
    return x.relu();
  }
}

/**
 * `1 / (1 + exp(-x))`.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new nn.Sigmoid().forward(tensor([0])).toArray(), [0.5]);
 * ```
 */
export class Sigmoid extends Module {
  /**
   * Applies the activation.
   *
   * @param x The input
   * @returns A tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply Sigmoid", x);
    return x.sigmoid();
  }
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new nn.Tanh().forward(tensor([0])).toArray(), [0]);
 * ```
 */
export class Tanh extends Module {
  /**
   * Applies the activation.
   *
   * @param x The input
   * @returns A tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply Tanh", x);
    return x.tanh();
  }
}

/**
 * The Gaussian error linear unit: `x * (1 + erf(x / √2)) / 2`, x times the share of a normal distribution below it.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new nn.GELU().forward(tensor([0, 20])).toArray(), [0, 20]);
 * ```
 */
export class GELU extends Module {
  /**
   * Applies the activation.
   *
   * @param x The input
   * @returns A tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply GELU", x);
    return x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5);
  }
}
