/**
 * Gradients as values.
 *
 * @module
 */
import { checkBoolean, checkOptions } from "./arguments.ts";
import { type BackwardOptions, gradientsOf } from "./autograd.ts";
import { ArgumentError } from "./errors.ts";
import { checkTensor } from "./record/operand.ts";
import { describe } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Options of `gradients`. */
export interface GradientsOptions extends BackwardOptions {
  /** Record the gradients' own graph, so that they have gradients too (default false). */
  createGraph?: boolean;
  /** The gradient of `y`, of its shape (default: 1, if it has one element). */
  gradient?: Tensor;
}

/**
 * The gradients of a tensor with respect to others. Nothing is added to any `grad`.
 *
 * @example
 * ```ts
 * import { gradients, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor(3, { requiresGrad: true });
 * const [first] = gradients(x.pow(3), [x], { createGraph: true });
 * const [second] = gradients(first!, [x]);
 * assertEquals([first!.item(), second!.item()], [27, 18]);
 * ```
 *
 * @param y What the gradients are of
 * @param xs What they are taken with respect to
 * @param options `createGraph`, `retainGraph` (default: as `createGraph`), `gradient`
 * @returns A gradient for each of `xs`, of its shape
 * @throws {GradientError} If `y` does not depend on one of `xs`, or its graph was freed
 */
export function gradients(y: Tensor, xs: readonly Tensor[], options: GradientsOptions = {}): Tensor[] {
  checkTensor("take gradients", y);
  if (!Array.isArray(xs)) {
    throw new ArgumentError(`Cannot take gradients: want an array of tensors, was ${describe(xs)}`);
  }
  for (const x of xs) checkTensor("take gradients", x);
  checkOptions("gradients", options, ["createGraph", "retainGraph", "gradient"]);
  const { gradient, createGraph = false, retainGraph = createGraph } = options;
  checkBoolean("The createGraph of gradients", createGraph);
  checkBoolean("The retainGraph of gradients", retainGraph);
  if (gradient !== undefined) checkTensor("take gradients", gradient);
  return gradientsOf(y, xs, gradient, { createGraph, retainGraph });
}
