/**
 * Modules one after another.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { describe } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/**
 * Applies modules one after another.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new nn.Sequential(new nn.Linear(2, 4), new nn.ReLU(), new nn.Linear(4, 1));
 * assertEquals(model.forward(zeros([3, 2])).shape, [3, 1]);
 * ```
 */
export class Sequential extends Module {
  /** The modules, in the order of their application. */
  readonly layers: Module[];

  /**
   * Makes a model of modules.
   *
   * @param layers The modules
   */
  constructor(...layers: Module[]) {
    super();
    for (const layer of layers) {
      if (!(layer instanceof Module)) {
        throw new ArgumentError(`Sequential takes modules, was given ${describe(layer)}`);
      }
    }
    this.layers = layers;
  }

  /**
   * Applies the modules.
   *
   * @param x The input of the first module
   * @returns The result of the last one; `x` itself if there is none
   */
  override forward(x: Tensor): Tensor {
    let result = x;
    for (let i = 0; i < this.layers.length; i++) result = this.layers[i]!.forward(result);
    return result;
  }
}
