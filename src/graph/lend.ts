/**
 * Lending: a costly value that a reduce of its rows reads, and then a map of the same elements, as the powers of a
 * softmax are, is computed once. It waits for the map where the map's result will lie, so it needs no place of its
 * own; while steps go by blocks of rows, it does not leave the caches.
 *
 * @module
 */
import { weightOf } from "../ops/weights.ts";
import { sizeOf } from "../shape.ts";
import { contiguousAccess, isContiguous } from "./access.ts";
import type { Fusion, Use } from "./fuse.ts";
import type { Node } from "./node.ts";

/** What costs less is computed again. */
const LEAST_WEIGHT = 6;

/** Computing fewer elements again takes less than another step; changed by tests only. */
export const lending: { leastSize: number } = { leastSize: 1 << 16 };

/** The result whose memory a node may have until it is stored; undefined if the node is better computed twice. */
export function lenderOf(fusion: Fusion, node: Node, uses: readonly Use[]): Node | undefined {
  if (uses.length !== 2 || node.layout.size < lending.leastSize || weightOf(node.op) < LEAST_WEIGHT) {
    return undefined;
  }
  const fold = uses.find(({ kernel }) => kernel.anchor.op.kind === "reduce");
  const map = uses.find(({ kernel }) => kernel.isMap);
  if (fold === undefined || map === undefined || !foldsRows(fold)) return undefined;
  if (fusion.sources[map.kernel.anchor.index] !== null) return undefined;
  if (!fusion.isReadBy(fold.kernel.anchor, map.kernel)) return undefined;
  if (![fold, map].every((use) => isInOrder(fusion, use))) return undefined;
  const { dtype } = node.layout, taken = new Set(fusion.lenders.values());
  return map.kernel.outputs.find((use) =>
    use.node.layout.dtype === dtype && !taken.has(use.node) && isInOrder(fusion, use)
  )?.node;
}

/** Whether the reduced axes are the last ones. */
function foldsRows({ kernel: { anchor, shape } }: Use): boolean {
  const { axes } = anchor.op;
  return axes.length > 0 && axes[0] === shape.length - axes.length;
}

/** Whether a kernel visits the elements of a node one after the other. */
function isInOrder({ paramBase }: Fusion, { node, kernel, path }: Use): boolean {
  const { shape, size } = node.layout;
  if (sizeOf(kernel.shape) !== size) return false;
  const access = path.resolve(contiguousAccess(shape), shape, paramBase);
  return access !== null && access.shifts.length === 0 && isContiguous(access.strides, kernel.shape);
}
