/**
 * Freeing: values are given up before the garbage collector finds out.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import { evaluateNodes } from "./evaluate.ts";
import { DISPOSED, GRADIENT, type Node } from "./node.ts";
import { openLosses, pendingReaders, setComputed } from "./sinks.ts";
import { tape } from "./tape.ts";

/** Frees nodes, except some; whatever pending node reads what is freed is computed first. */
export function freeNodes(nodes: readonly Node[], kept: ReadonlySet<Node>): void {
  tape.follower?.leave();
  const freed = new Set<Node>();
  for (const node of nodes) if (!kept.has(node) && node.cell === null && !node.is(GRADIENT)) freed.add(node);
  const survivors = [...kept, ...nodes.filter((node) => !freed.has(node))];
  const readers = pendingReaders(freed);
  evaluateNodes([...new Set([...survivors, ...readers])].filter((node) => !node.is(DISPOSED)));
  for (const node of freed) free(node);
}

function free(node: Node): void {
  setComputed(node);
  const storage = node.value?.storage;
  node.value = null;
  node.inputs = null;
  node.set(DISPOSED);
  openLosses.delete(node);
  if (storage !== undefined && !storage.released) release(storage);
}
