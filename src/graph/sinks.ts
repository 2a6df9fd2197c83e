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
import { TransientSet } from "./transient_set.ts";

/** Losses on which `backward()` was called and that are not computed. */
export const openLosses: TransientSet<Node> = new TransientSet<Node>();
/** Backwards whose gradients are not all computed. */
export const openBackwards: TransientSet<BackwardRecord> = new TransientSet<BackwardRecord>();
/** Cells whose newest version is not computed. */
export const assignedCells: TransientSet<Cell> = new TransientSet<Cell>();
/** Pending nodes that depend on a cell and outlived an evaluation. */
let leftDependent: Node[] = [];
/** Pending nodes that depend on no cell and outlived an evaluation. */
let leftFree: Node[] = [];
/** The newest node that outlived an evaluation, and the bytes that these nodes come to. */
let newestLeft = 0, leftBytes = 0;
/** How many of them were computed since the lists were last looked at. */
let doneLeft = 0;

/** Pending nodes that depend on a cell and that nobody consumes. */
export function sinks(): Node[] {
  const found: Node[] = [];
  for (const node of leftDependent) if (!node.used && !node.computed) found.push(node);
  for (const node of recording.pending) if (node.depends && !node.used && !node.computed) found.push(node);
  return found;
}

/** Notes that a node was computed for the first time. */
export function noteComputed(node: Node): void {
  if (node.id <= newestLeft) doneLeft++;
}

/** After an evaluation: what was not computed waits aside, looked at only by a step or the bound. */
export function sweepPending(): void {
  const { pending } = recording;
  for (const node of pending) {
    if (node.computed) continue;
    if (node.depends) leftDependent.push(node);
    else leftFree.push(node);
    leftBytes += bytesHeldBy(node);
  }
  if (pending.length > 0) newestLeft = pending[pending.length - 1]!.id;
  recording.leftovers = leftDependent.length + leftFree.length;
  recording.pending = [];
  recording.bytes = leftBytes;
  // What is done would be held here; looking when it is the half costs a constant for each node.
  if (2 * doneLeft > recording.leftovers) sweepLeftovers();
}

/** After a step: what was computed in the meantime leaves the lists. */
export function sweepLeftovers(): void {
  leftDependent = leftDependent.filter((node) => !node.computed);
  leftFree = leftFree.filter((node) => !node.computed);
  recording.leftovers = leftDependent.length + leftFree.length;
  recording.bytes = leftBytes = bytesHeldByAll(leftDependent) + bytesHeldByAll(leftFree);
  doneLeft = 0;
}

/** The bytes of a pending node and of the computed values that wait for it; cells are held anyway. */
function bytesHeldBy(node: Node): number {
  let { bytes } = node.layout;
  for (const input of node.inputs!) {
    if (input.value !== null && input.cell === null) bytes += input.layout.bytes;
  }
  return bytes;
}

function bytesHeldByAll(nodes: readonly Node[]): number {
  let bytes = 0;
  for (const node of nodes) bytes += bytesHeldBy(node);
  return bytes;
}

/** Everything that waits, in order of creation; the lists are empty afterwards. */
export function takeAllPending(): Node[] {
  const all = [...leftDependent, ...leftFree, ...recording.pending].filter((node) => !node.computed);
  leftDependent = [];
  leftFree = [];
  newestLeft = leftBytes = doneLeft = 0;
  recording.leftovers = 0;
  recording.pending = [];
  recording.bytes = 0;
  return all.sort((a, b) => a.id - b.id);
}

/** Puts nodes back that still wait. */
export function putBackPending(nodes: readonly Node[]): void {
  recording.pending = nodes.filter((node) => !node.computed);
  recording.bytes = bytesHeldByAll(recording.pending);
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
