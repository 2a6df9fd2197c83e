/**
 * What waits although nobody reads it: losses, assignments, and results that an eager library would have
 * computed.
 *
 * @module
 */
import type { BackwardRecord } from "./backward_record.ts";
import type { Cell } from "./cell.ts";
import { DEPENDS, LEFT, type Node, USED } from "./node.ts";
import { recording } from "./pending.ts";
import { tape } from "./tape.ts";
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
/** The bytes of what these nodes read, and of those of them that no other reads. */
let leftBytes = 0;
/** How many of them were computed since the lists were last looked at. */
let doneLeft = 0;

/** Pending nodes that depend on a cell and that nobody consumes. */
export function sinks(): Node[] {
  const found: Node[] = [];
  for (const node of leftDependent) if (isSink(node)) found.push(node);
  for (const node of tape.nodes) if (isSink(node)) found.push(node);
  return found;
}

function isSink(node: Node): boolean {
  return (node.flags & (DEPENDS | USED)) === DEPENDS && !node.computed;
}

/** Notes that a node is computed, for the first time, or given up: it does not wait any more. */
export function setComputed(node: Node): void {
  node.setComputed();
  if (node.batch === tape.batch) tape.replayable = false;
  if (!node.is(LEFT)) return;
  node.clear(LEFT);
  doneLeft++;
  leftBytes += node.waiting > 0 ? heldBy(node) : -node.layout.bytes;
  if (node.inputs !== null) {
    for (const input of node.inputs) if (--input.waiting === 0) leftBytes -= gainOfWaitingFor(input);
  }
}

/** Notes that a cell has a new version to compute. */
export function noteAssignment(version: Node): void {
  const cell = version.cell!;
  assignedCells.add(cell);
  if (cell.assignedIn !== tape.number) {
    cell.assignedIn = tape.number;
    cell.ordinal = tape.assignments;
  }
  tape.assignments++;
  tape.noteAssignment(version, cell.ordinal << 1 | Number(cell.records));
}

/** After an evaluation: what was not computed waits aside, looked at only by a step or the bound. */
export function sweepPending(): void {
  for (const node of tape.nodes) if (!node.computed) putAside(node);
  recording.leftovers = leftDependent.length + leftFree.length;
  clearTape();
  // What is done would be held here; looking when it is the half costs a constant for each node.
  if (2 * doneLeft > recording.leftovers) sweepLeftovers();
}

/** After an evaluation of everything on the tape. */
export function clearTape(): void {
  recording.bytes = leftBytes;
  beginTape();
}

/** Begins a new tape; what waits from before does not matter to its evaluation if all of it is free. */
function beginTape(): void {
  tape.clear(
    leftDependent.length === 0 && openLosses.size === 0 && openBackwards.size === 0 &&
      assignedCells.size === 0,
  );
}

function markLeft(node: Node): void {
  if (node.is(LEFT)) return;
  node.set(LEFT);
  leftBytes += node.layout.bytes;
  for (const input of node.inputs!) if (input.waiting++ === 0) leftBytes += gainOfWaitingFor(input);
}

/** The bytes that are held since others wait to read a node; negative if it is now no result that would be held. */
function gainOfWaitingFor(node: Node): number {
  return node.computed ? heldBy(node) : -node.layout.bytes;
}

/** The bytes that a computed node holds; cells are held anyway. */
function heldBy(node: Node): number {
  return node.cell === null ? node.layout.bytes : 0;
}

function putAside(node: Node): void {
  markLeft(node);
  if (node.is(DEPENDS)) leftDependent.push(node);
  else leftFree.push(node);
}

/** After a step: what was computed in the meantime leaves the lists. */
export function sweepLeftovers(): void {
  if (recording.leftovers === 0) return;
  leftDependent = leftDependent.filter((node) => !node.computed);
  leftFree = leftFree.filter((node) => !node.computed);
  recording.leftovers = leftDependent.length + leftFree.length;
  doneLeft = 0;
}

/** Everything that waits, in order of creation; the lists are empty afterwards. */
export function takeAllPending(): Node[] {
  const all = [...allPending()];
  for (const node of all) markLeft(node);
  leftDependent = [];
  leftFree = [];
  recording.leftovers = recording.bytes = doneLeft = 0;
  tape.clear(false);
  return all.sort((a, b) => a.id - b.id);
}

/** Puts nodes back that still wait. */
export function putBackPending(nodes: readonly Node[]): void {
  for (const node of nodes) if (!node.computed) putAside(node);
  recording.leftovers = leftDependent.length + leftFree.length;
  clearTape();
}

/** Everything that waits, in no order. */
function* allPending(): Generator<Node> {
  for (const list of [leftDependent, leftFree, tape.nodes]) {
    for (const node of list) if (!node.computed) yield node;
  }
}

/** Pending nodes outside of a set that consume a node of the set. */
export function pendingReaders(nodes: ReadonlySet<Node>): Node[] {
  const readers: Node[] = [];
  for (const node of allPending()) {
    if (!nodes.has(node) && node.inputs!.some((input) => nodes.has(input))) readers.push(node);
  }
  return readers;
}
