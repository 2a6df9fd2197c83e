/**
 * What a plan keeps of what it computes (DESIGN rule 4).
 *
 * @module
 */
import { OUTPUT_BIT } from "../ops/op.ts";
import type { Demand } from "./demand.ts";
import { isFree, LEFT, LENT, type Node } from "./node.ts";
import { tape } from "./tape.ts";

/** It was asked for. */
export const ASKED_FOR = 1;
/** A backward that was not called yet will read it. */
export const SAVED_FOR_BACKWARD = 2;
/** A pending node outside the plan reads it. */
const CONSUMED_LATER = 4;
/** It had been dropped and was computed again. */
const RESTORED = 8;
/** It is the newest version of a cell. */
const PUBLISHED = 16;
/** It was read once after it had been dropped. */
export const MARKED = 32;

/** What the bits mean, for `explain`. */
const REASONS: readonly (readonly [number, string])[] = [
  [ASKED_FOR, "asked for"],
  [PUBLISHED, "new version of a parameter"],
  [SAVED_FOR_BACKWARD, "saved for backward"],
  [CONSUMED_LATER, "read by a later plan"],
  [RESTORED, "computed again"],
  [MARKED, "was read after it had been dropped"],
];

let kept = new Uint8Array(256);
let edges = new Int32Array(256);

/** Decides which values outlive the plan: for each node the bits of why, or 0. Valid until the next call. */
export function chooseKept(demand: Demand, versions: readonly Node[]): Uint8Array {
  const { nodes, entries } = demand;
  if (kept.length < nodes.length) {
    kept = new Uint8Array(2 * nodes.length);
    edges = new Int32Array(2 * nodes.length);
  }
  // A loop, since calls of fill cost more than plans are long.
  for (let i = 0; i < nodes.length; i++) kept[i] = edges[i] = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!, inputs = node.inputs!;
    if (node.is(LEFT) && !node.computed) {
      for (let j = 0; j < inputs.length; j++) if (isIn(inputs[j]!)) edges[inputs[j]!.index]!++;
    }
    if (node.records && node.cell === null && !node.consumed) keepForBackward(node);
  }
  for (const root of demand.roots) kept[root.index]! |= root.is(LENT) ? SAVED_FOR_BACKWARD : ASKED_FOR;
  for (const version of versions) kept[version.index]! |= PUBLISHED;
  keepForPending(nodes[0]!.mark);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (node.waiting > edges[i]!) keep(node, CONSUMED_LATER);
    if (node.computed && !isFree(node) && (entries.has(node) || isKernelResult(node, nodes))) {
      kept[i]! |= RESTORED;
    }
  }
  return kept;
}

/** Keeps what the other nodes on the tape read; those that wait aside have counted what they read. */
function keepForPending(planMark: number): void {
  for (const node of tape.nodes) {
    if (node.mark === planMark || node.computed) continue;
    for (const input of node.inputs!) if (input.mark === planMark) keep(input, CONSUMED_LATER);
  }
}

function isIn(node: Node): boolean {
  return node.value === null;
}

/** Keeps a value, or the one that it is a view of. */
function keep(node: Node, why: number): void {
  while (node.op.kind === "view" && isIn(node)) node = node.inputs![0]!;
  if (isIn(node) && !isFree(node)) kept[node.index]! |= why;
}

/** Keeps what the gradients of a node read. */
function keepForBackward(node: Node): void {
  const { reads } = node.op, inputs = node.inputs!;
  if (reads.length === 0) return;
  let bits = 0;
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i]!.records) bits |= reads[Math.min(i, reads.length - 1)]!;
  }
  if (bits & OUTPUT_BIT) keep(node, SAVED_FOR_BACKWARD);
  for (let i = 0; i < inputs.length; i++) if (bits >> i & 1) keep(inputs[i]!, SAVED_FOR_BACKWARD);
}

/** Whether a value that is computed again would be a kernel's result anyway. */
function isKernelResult(node: Node, nodes: readonly Node[]): boolean {
  const elementwise = (x: Node): boolean =>
    x.op.kind === "map" || x.op.kind === "copy" || x.op.kind === "constant";
  if (!elementwise(node)) return true;
  return nodes.some((reader) =>
    reader.inputs!.includes(node) && !(elementwise(reader) && reader.layout.size === node.layout.size)
  );
}

/** The bits as text. */
export function reasonOf(bits: number): string {
  return REASONS.filter(([bit]) => bits & bit).map(([, text]) => text).join(", ");
}
