/**
 * The course's fast backend: any function of numbers becomes one parallel kernel of the engine.
 *
 * @module
 */
import type { TensorOps } from "./backend.ts";
import { engineMap, engineOps, engineProduct, engineReduce, engineZip } from "./engine_ops.ts";
import type { RawMap, RawReduce, RawZip } from "./simple_ops.ts";

/**
 * A map as a kernel.
 *
 * @param fn The function of each element, as `map` of the library takes it
 * @returns The map on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(4);
 * fastOps.tensorMap((x) => x * x)(out, [2, 2], [2, 1], Float64Array.of(2, 3), [2], [1]);
 * assertEquals([...out], [4, 9, 4, 9]);
 * ```
 */
export function tensorMap(fn: (x: number) => number): RawMap {
  return engineMap("cpu", fn);
}

/**
 * A zip as a kernel.
 *
 * @param fn The function of two elements, as `zip` of the library takes it
 * @returns The zip on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2), b = Float64Array.of(10);
 * fastOps.tensorZip((x, y) => x + y)(out, [2], [1], a, [2], [1], b, [1], [1]);
 * assertEquals([...out], [11, 12]);
 * ```
 */
export function tensorZip(fn: (x: number, y: number) => number): RawZip {
  return engineZip("cpu", fn);
}

/**
 * A fold as a kernel: in parallel for the functions that `reduce` of the library lists, otherwise in order. Each cell of
 * the output holds what it begins with.
 *
 * @param fn The function of what was folded so far and an element
 * @returns The fold on raw storage
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(2), a = Float64Array.of(1, 2, 3, 4);
 * fastOps.tensorReduce((x, y) => x + y)(out, [2, 1], [1, 1], a, [2, 2], [2, 1], 1);
 * assertEquals([...out], [3, 7]);
 * ```
 */
export function tensorReduce(fn: (x: number, y: number) => number): RawReduce {
  return engineReduce("cpu", fn);
}

/**
 * Products of matrices by the engine's kernel. A batch of one stands for as many as the other has.
 *
 * @param args Where the product is written, with its shape (the batch, the rows of `a`, the columns of `b`) and its
 * strides; then both inputs with theirs
 *
 * @example
 * ```ts
 * import { fastOps } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const out = new Float64Array(1), a = Float64Array.of(1, 2), b = Float64Array.of(3, 4);
 * fastOps.tensorMatrixMultiply(out, [1, 1, 1], [1, 1, 1], a, [1, 1, 2], [2, 2, 1], b, [1, 2, 1], [2, 1, 1]);
 * assertEquals(out[0], 11);
 * ```
 */
export function tensorMatrixMultiply(...args: Parameters<RawZip>): void {
  engineProduct("cpu")(...args);
}

/**
 * The fast backend's operations: what the course compiles with Numba. Their results are tensors of the engine, which
 * fuses them and knows their gradients.
 *
 * @example
 * ```ts
 * import { FastOps, tensor, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const backend = new TensorBackend(FastOps, { name: "fast" });
 * assertEquals(FastOps.map((x) => x * x + 1)(tensor([1, 2], { backend })).toNumpy(), [2, 5]);
 * ```
 */
export const FastOps: TensorOps = engineOps("cpu");
