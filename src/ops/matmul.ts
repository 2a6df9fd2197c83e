/**
 * The product of matrices, and how exact it is.
 *
 * @module
 */
import { checkChoice } from "../arguments.ts";
import type { Tensor } from "../tensor.ts";
import { makeOp, type Op } from "./op.ts";

/**
 * How exact products of float32 are: `"highest"` computes them in float32, `"high"` and `"medium"` allow that their
 * operands are rounded to TF32.
 */
export type MatmulPrecision = "highest" | "high" | "medium";

const PRECISIONS: readonly MatmulPrecision[] = ["highest", "high", "medium"];

let current: MatmulPrecision = "highest";

/**
 * Sets how exact products of float32 matrices are that are recorded from now on, with their gradients. `"highest"`, which
 * is in force until something else is said, computes in float32. `"high"` lets a GPU of compute capability 8.0 or newer
 * round the operands to TF32 (10 bits behind the point) and use its tensor cores; sums stay float32. `"medium"` does the
 * same: bfloat16 comes later. The CPU, older GPUs and other dtypes are always exact, and so are products with less than 16
 * results.
 *
 * @example
 * ```ts
 * import { matmulPrecision, ones, setMatmulPrecision } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * setMatmulPrecision("high");
 * const product = ones([4, 3]).matmul(ones([3, 5]));
 * setMatmulPrecision("highest");
 * assertEquals(product.sum().item(), 60);
 * assertEquals(matmulPrecision(), "highest");
 * ```
 *
 * @param precision The precision
 * @throws {ArgumentError} If it is none of the three
 */
export function setMatmulPrecision(precision: MatmulPrecision): void {
  checkChoice("The precision of matmul", precision, PRECISIONS);
  current = precision;
}

/**
 * How exact products of float32 matrices are that are recorded now.
 *
 * @example
 * ```ts
 * import { matmulPrecision } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(matmulPrecision(), "highest");
 * ```
 */
export function matmulPrecision(): MatmulPrecision {
  return current;
}

/** What `f` gives while a precision is in force. */
function at<T>(precision: MatmulPrecision, f: () => T): T {
  const before = current;
  current = precision;
  try {
    return f();
  } finally {
    current = before;
  }
}

/** Batches of matrices multiplied; batch axes broadcast, and autograd sums what was broadcast. */
function product(name: string, precision: MatmulPrecision): Op {
  // The gradients of an op are always the same ops, whatever is in force when they are computed.
  const multiply = (a: Tensor, b: Tensor): Tensor => at(precision, () => a.matmul(b));
  return makeOp({
    name,
    kind: "matmul",
    gradients: [(g, [, b]) => multiply(g, b.mT()), (g, [a]) => multiply(a.mT(), g)],
    reads: [2, 1],
  });
}

/** A product in the dtype of its operands. */
export const MATMUL: Op = product("matmul", "highest");
/** A product that may round operands of float32 to TF32. Being an op of its own, it makes plans of its own. */
export const MATMUL_TF32: Op = product("matmul in tf32", "high");

/** The op of products that are recorded now. */
export function matmulOp(): Op {
  return current === "highest" ? MATMUL : MATMUL_TF32;
}
