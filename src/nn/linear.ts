/**
 * The layer that multiplies by a matrix and adds a bias.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkOptions } from "../arguments.ts";
import { Parameter } from "../cell.ts";
import type { DType } from "../dtype.ts";
import { uniform } from "../random.ts";
import { checkTensor } from "../record/operand.ts";
import type { Device } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Options of `Linear`. */
export interface LinearOptions {
  /** Whether a bias is added (default true). */
  bias?: boolean;
  /** The dtype of the parameters (default float32). */
  dtype?: DType;
  /** The device of the parameters (default: the default device). */
  device?: Device;
}

/**
 * `x @ weight.mT + bias` for inputs whose last axis is the features. As in PyTorch, `weight` is
 * `[outFeatures, inFeatures]` and both parameters start uniform in ±1/√inFeatures.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new nn.Linear(2, 1);
 * layer.weight.assign(tensor([[3, 4]]));
 * layer.bias?.assign(tensor([5]));
 * assertEquals(layer.forward(tensor([[1, 2]])).toArray(), [[16]]);
 * ```
 */
export class Linear extends Module {
  /** The matrix, `[outFeatures, inFeatures]`. */
  weight: Parameter;
  /** What is added, `[outFeatures]`; null without a bias. */
  bias: Parameter | null;

  /**
   * Makes a layer with random parameters.
   *
   * @param inFeatures The length of the input's last axis
   * @param outFeatures The length of the result's last axis
   * @param options `bias`, `dtype`, `device`
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkInteger("inFeatures of Linear", inFeatures, 0);
    checkInteger("outFeatures of Linear", outFeatures, 0);
    checkOptions("Linear", options, ["bias", "dtype", "device"]);
    const { bias = true, ...place } = options;
    checkBoolean("The option bias of Linear", bias);
    const bound = inFeatures === 0 ? 0 : 1 / Math.sqrt(inFeatures);
    this.weight = new Parameter(uniform([outFeatures, inFeatures], -bound, bound, place));
    this.bias = bias ? new Parameter(uniform([outFeatures], -bound, bound, place)) : null;
  }

  /**
   * Applies the layer.
   *
   * @param x The input, `[..., inFeatures]`
   * @returns The result, `[..., outFeatures]`
   */
  override forward(x: Tensor): Tensor {
    checkTensor("apply Linear", x);
    const product = x.matmul(this.weight.mT());
    return this.bias === null ? product : product.add(this.bias);
  }

  /**
   * The arguments it was made with.
   *
   * @returns The numbers of features
   */
  override describe(): string {
    const [outFeatures, inFeatures] = this.weight.shape;
    return `${inFeatures}, ${outFeatures}${this.bias === null ? ", bias: false" : ""}`;
  }
}
