/**
 * The names of the MiniTorch course, as thin adapters over Tensaur: its operators, scalars, modules, tensors, backends
 * and kernels, with the course's meanings where they differ from the library's. `docs/course.md` lists them by task.
 *
 * @example
 * ```ts
 * import { Scalar } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Scalar(3);
 * x.mul(x).add(1).backward();
 * assertEquals(x.derivative, 6);
 * ```
 *
 * @module
 */
// The class gives every tensor its methods; what follows names it as a type alone.
import "../tensor.ts";

export * from "./autodiff.ts";
export * from "./datasets.ts";
export * from "./module.ts";
export * as operators from "./operators.ts";
export * from "./optim.ts";
export * from "./scalar.ts";
export * from "./tensors.ts";
