/**
 * The product of matrices.
 *
 * @module
 */
import { makeOp, type Op } from "./op.ts";

/** Batches of matrices multiplied; batch axes broadcast, and autograd sums what was broadcast. */
export const MATMUL: Op = makeOp({
  name: "matmul",
  kind: "matmul",
  gradients: [(g, [, b]) => g.matmul(b.mT()), (g, [a]) => a.mT().matmul(g)],
  reads: [2, 1],
});
