/**
 * Recording of matrix products.
 *
 * @module
 */
import { DTYPES, promote } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { tape } from "../graph/tape.ts";
import { matmulOp } from "../ops/matmul.ts";
import { broadcastShapes, checkShape, sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast } from "./convert.ts";
import { checkDevices, checkTensor } from "./operand.ts";
import { reshape } from "./view.ts";

/** Records the product of vectors, matrices or batches of matrices, as in PyTorch. */
export function matmul(left: Tensor, right: Tensor): Tensor {
  const known = tape.follower?.takeNext(matmulOp(), left, right);
  if (known != null) return known as Tensor;
  checkTensor("matmul", left);
  checkTensor("matmul", right);
  checkDevices("matmul", left.layout, right.layout);
  const a = left.layout.shape, b = right.layout.shape;
  checkInner(a, b);
  const common = promote(left.layout.dtype, right.layout.dtype);
  const dtype = DTYPES[common].float ? common : "int32";
  let x = cast(left, dtype), y = cast(right, dtype);
  if (a.length === 2 && b.length === 2) return product(x, y, [a[0]!, b[1]!]);
  if (a.length > 2 && b.length === 2) return productWithMatrix(x, y);
  if (a.length === 1) x = reshape(x, [1, a[0]!]);
  if (b.length === 1) y = reshape(y, [b[0]!, 1]);
  const batched = batchedProduct(x, y), shape = [...batched.layout.shape];
  if (b.length === 1) shape.pop();
  if (a.length === 1) shape.splice(shape.length - (b.length === 1 ? 1 : 2), 1);
  return reshape(batched, shape);
}

function checkInner(a: readonly number[], b: readonly number[]): void {
  if (a.length === 0 || b.length === 0) {
    throw new ShapeError(
      `Cannot matmul shapes ${showShape(a)} and ${showShape(b)}: want at least 1 axis each`,
    );
  }
  const columns = a[a.length - 1]!, rows = b.length === 1 ? b[0]! : b[b.length - 2]!;
  if (columns !== rows) {
    throw new ShapeError(
      `Cannot matmul shapes ${showShape(a)} and ${showShape(b)}: inner lengths ${columns} and ${rows} differ`,
    );
  }
}

/** A batch times one matrix is one product of more rows. */
function productWithMatrix(x: Tensor, y: Tensor): Tensor {
  const shape = x.layout.shape, inner = shape.at(-1)!, columns = y.layout.shape[1]!;
  const rows = shape.slice(0, -1).reduce((size, length) => size * length, 1);
  const flat = reshape(x, [rows, inner]);
  return reshape(product(flat, y, [rows, columns]), [...shape.slice(0, -1), columns]);
}

function batchedProduct(x: Tensor, y: Tensor): Tensor {
  const a = x.layout.shape, b = y.layout.shape;
  const batchA = a.slice(0, -2), batchB = b.slice(0, -2);
  const batch = sameShape(batchA, batchB) ? batchA : broadcastShapes("matmul batches of", batchA, batchB);
  const shape = [...batch, a.at(-2)!, b.at(-1)!];
  checkShape("matmul", shape);
  return product(x, y, shape);
}

function product(x: Tensor, y: Tensor, shape: readonly number[]): Tensor {
  return record(matmulOp(), [x, y], x.layout.withShape(shape)) as Tensor;
}
