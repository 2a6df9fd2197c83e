/**
 * Freeing: values are given up before the garbage collector finds out.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import { evaluateNodes } from "./evaluate.ts";
import type { Node } from "./node.ts";
import { openLosses, pendingReaders } from "./sinks.ts";

/** Frees nodes, except some; whatever pending node reads what is freed is computed first. */
export function freeNodes(nodes: readonly Node[], kept: ReadonlySet<Node>): void {
  const freed = new Set<Node>();
  for (const node of nodes) if (!kept.has(node) && node.cell === null && !node.isGradient) freed.add(node);
  const survivors = [...kept, ...nodes.filter((node) => !freed.has(node))];
  const readers = pendingReaders(freed);
  evaluateNodes([...new Set([...survivors, ...readers])].filter((node) => !node.disposed));
  for (const node of freed) free(node);
}

function free(node: Node): void {
  if (!node.computed && node.inputs !== null) { for (const input of node.inputs) input.waiting--; }
  const storage = node.value?.storage;
  node.value = null;
  node.inputs = null;
  node.computed = true;
  node.disposed = true;
  openLosses.delete(node);
  if (storage !== undefined && !storage.released) release(storage);
}
