/**
 * The layer that drops elements at random while training.
 *
 * @module
 */
import { checkNumber } from "../arguments.ts";
import { rand } from "../random.ts";
import { checkTensor } from "../record/operand.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * While training, sets each element to 0 with the given probability and scales the others by 1 / (1 -
 * probability); in evaluation the identity. The mask comes from the generator that `manualSeed` seeds.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@tensaur/tensaur";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const dropout = new nn.Dropout(0.5);
 * assert(dropout.forward(ones([64])).data.every((x) => x === 0 || x === 2));
 * assertEquals(dropout.eval().forward(ones([2])).toArray(), [1, 1]);
 * ```
 */
export class Dropout extends Module {
  /** The probability with which an element is dropped. */
  probability: number;

  /**
   * Makes a layer; it trains until `eval` is called.
   *
   * @param probability The probability with which an element is dropped
   */
  constructor(probability = 0.5) {
    super();
    checkNumber("The probability of Dropout", probability, 0, 1);
    this.probability = probability;
  }

  /**
   * Applies the layer.
   *
   * @param x The input
   * @returns A tensor of the same shape
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply Dropout", x);
    if (!this.training || this.probability === 0) return x;
    if (this.probability === 1) return x.mul(0);
    const kept = rand(x.shape, { device: x.device }).ge(this.probability);
    return x.mul(kept.to(x.dtype)).mul(1 / (1 - this.probability));
  }

  /**
   * The argument it was made with.
   *
   * @returns The probability
   */
  override describe(): string {
    return String(this.probability);
  }
}
