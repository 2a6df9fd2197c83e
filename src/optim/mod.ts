/**
 * Optimizers: what turns gradients into new values of parameters.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([1, 2]));
 * const optimizer = new optim.SGD([weight], { lr: 0.25 });
 * optimizer.zeroGrad();
 * weight.square().sum().backward();
 * optimizer.step();
 * assertEquals(weight.toArray(), [0.5, 1]);
 * ```
 *
 * @module
 */
export { Adam, type AdamOptions } from "./adam.ts";
export { Optimizer } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
