/**
 * Layers, models and losses.
 *
 * @example
 * ```ts
 * import { nn, zeros } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 1));
 * assertEquals(model.forward(zeros([4, 2])).shape, [4, 1]);
 * ```
 *
 * @module
 */
export { Buffer, Parameter } from "../cell.ts";
export * from "./activations.ts";
export * from "./clip.ts";
export * from "./dropout.ts";
export * from "./linear.ts";
export * from "./losses.ts";
export * from "./module.ts";
export * from "./sequential.ts";
export type { LoadResult, StateDict } from "./state_dict.ts";
