/**
 * Freeing: values are given up before the garbage collector finds out.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import { StaleValueError } from "../errors.ts";
import { Demand } from "./demand.ts";
import { evaluateNodes } from "./evaluate.ts";
import { DISPOSED, GRADIENT, type Node } from "./node.ts";
import { recording } from "./pending.ts";
import { openLosses, pendingReaders, setComputed } from "./sinks.ts";
import { tape } from "./tape.ts";

const NOTHING: ReadonlySet<Node> = new Set();

/** Frees a node, after whatever pending node reads it. */
export function freeNode(node: Node): void {
  const nothingWaits = tape.recorded.length === 0 && recording.leftovers === 0 && tape.follower === null;
  if (nothingWaits && isOwn(node)) free(node);
  else freeNodes([node], NOTHING);
}

/** Whether nobody but its holder counts on a node, as others do on a parameter or a gradient. */
function isOwn(node: Node): boolean {
  return node.cell === null && !node.is(GRADIENT);
}

/** Whether a dropped value cannot be computed any more, as the parameters that it came from have changed twice. */
function isLost(node: Node): boolean {
  if (!node.computed || node.value !== null) return false;
  try {
    new Demand([node], "explain");
    return false;
  } catch (error) {
    if (error instanceof StaleValueError) return true;
    throw error;
  }
}

/** Frees nodes, except some; whatever pending node reads what is freed is computed first. */
export function freeNodes(nodes: readonly Node[], kept: ReadonlySet<Node>): void {
  tape.follower?.leave();
  const freed = new Set<Node>();
  for (const node of nodes) if (!kept.has(node) && isOwn(node)) freed.add(node);
  // What is lost already has no use for what is freed.
  const survivors = nodes.filter((node) => !freed.has(node) && !isLost(node));
  const wanted = new Set([...kept, ...survivors, ...pendingReaders(freed)]);
  evaluateNodes([...wanted].filter((node) => !node.is(DISPOSED)));
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
