/**
 * What waits although nobody reads it: losses, assignments, and results that an eager library would have
 * computed.
 *
 * @module
 */
import type { BackwardRecord } from "./backward_record.ts";
import type { Cell } from "./cell.ts";
import type { Node } from "./node.ts";
import { recording } from "./pending.ts";

/** Losses on which `backward()` was called and that are not computed. */
export const openLosses: Set<Node> = new Set<Node>();
/** Backwards whose gradients are not all computed. */
export const openBackwards: Set<BackwardRecord> = new Set<BackwardRecord>();
/** Cells whose newest version is not computed. */
export const assignedCells: Set<Cell> = new Set<Cell>();
/** Pending nodes that depend on a cell and outlived an evaluation. */
let leftDependent: Node[] = [];
/** Pending nodes that depend on no cell and outlived an evaluation. */
let leftFree: Node[] = [];

/** Pending nodes that depend on a cell and that nobody consumes. */
export function sinks(): Node[] {
  const found: Node[] = [];
  for (const node of leftDependent) if (!node.used && !node.computed) found.push(node);
  for (const node of recording.pending) if (node.depends && !node.used && !node.computed) found.push(node);
  return found;
}

/** After an evaluation: what was not computed waits aside, looked at only by a step or the bound. */
export function sweepPending(): void {
  for (const node of recording.pending) {
    if (node.computed) continue;
    if (node.depends) leftDependent.push(node);
    else leftFree.push(node);
  }
  recording.leftovers = leftDependent.length + leftFree.length;
  recording.pending = [];
  recording.bytes = 0;
}

/** After a step: what was computed in the meantime leaves the lists. */
export function sweepLeftovers(): void {
  leftDependent = leftDependent.filter((node) => !node.computed);
  leftFree = leftFree.filter((node) => !node.computed);
  recording.leftovers = leftDependent.length + leftFree.length;
}

/** Everything that waits, in order of creation; the lists are empty afterwards. */
export function takeAllPending(): Node[] {
  const all = [...leftDependent, ...leftFree, ...recording.pending].filter((node) => !node.computed);
  leftDependent = [];
  leftFree = [];
  recording.leftovers = 0;
  recording.pending = [];
  recording.bytes = 0;
  return all.sort((a, b) => a.id - b.id);
}

/** Puts nodes back that still wait. */
export function putBackPending(nodes: readonly Node[]): void {
  recording.pending = nodes.filter((node) => !node.computed);
}

/** Pending nodes outside of a set that consume a node of the set. */
export function pendingReaders(nodes: ReadonlySet<Node>): Node[] {
  const readers: Node[] = [];
  for (const list of [leftDependent, leftFree, recording.pending]) {
    for (const node of list) {
      if (!node.computed && !nodes.has(node) && node.inputs!.some((input) => nodes.has(input))) {
        readers.push(node);
      }
    }
  }
  return readers;
}
