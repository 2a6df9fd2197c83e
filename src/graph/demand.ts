/**
 * What an evaluation has to compute: everything that its roots need and that is not at hand.
 *
 * @module
 */
import { DisposedError, StaleValueError } from "../errors.ts";
import { type Device, showShape } from "../shape.ts";
import { DISPOSED, isFree, LENT, newMark, type Node, RESTORED, SAVED } from "./node.ts";
import { openLosses, setComputed, sinks } from "./sinks.ts";

/**
 * Why an evaluation happens: somebody reads, an optimizer steps, too much waits, one node is tried after a
 * failure, or a plan is only shown.
 */
export type Why = "read" | "step" | "bound" | "alone" | "explain";

/** The nodes that one plan computes. */
export class Demand {
  /** The nodes; inputs come before their readers. */
  readonly nodes: Node[] = [];
  /** The nodes that were asked for. */
  readonly roots: Set<Node> = new Set<Node>();
  /** Dropped values that are computed again because they were read or newly consumed. */
  readonly entries: Set<Node> = new Set<Node>();
  /** Gradients that are computed beside what was asked for. */
  readonly lent: Node[] = [];
  readonly #mark = newMark();

  /** @internal */
  constructor(roots: readonly Node[], readonly why: Why) {
    try {
      for (const root of roots) this.#addRoot(root);
      if (why !== "explain" && why !== "alone") this.#close();
    } finally {
      if (why !== "explain") { for (const entry of this.entries) entry.wasNeeded(); }
    }
  }

  /** The same for each device alone, if it is about several: what they compute does not depend on each other. */
  byDevice(): Demand[] {
    const parts = new Map<Device, Demand>();
    for (const node of this.nodes) {
      const { device } = node.layout, known = parts.get(device), part = known ?? new Demand([], this.why);
      if (known === undefined) parts.set(device, part);
      part.nodes.push(node);
      if (this.roots.has(node)) part.roots.add(node);
      if (this.entries.has(node)) part.entries.add(node);
    }
    for (const node of this.lent) parts.get(node.layout.device)!.lent.push(node);
    return [...parts.values()];
  }

  #has(node: Node): boolean {
    return node.mark === this.#mark;
  }

  #addRoot(root: Node): void {
    if (this.roots.has(root) || root.value !== null) return;
    this.roots.add(root);
    if (root.computed && !isFree(root)) this.entries.add(root);
    // What is only computed because an eager library would have may fail without failing the rest.
    if (this.why === "bound" || this.why === "step" && root.cell === null) this.#visitOptional(root);
    else this.#visit(root);
  }

  #visitOptional(root: Node): void {
    const before = this.nodes.length;
    try {
      this.#visit(root);
    } catch (error) {
      if (!(error instanceof StaleValueError)) throw error;
      for (const node of this.nodes.splice(before)) node.mark = 0;
      this.roots.delete(root);
      if (root.cell === null) abandon(root);
    }
  }

  #visit(root: Node): void {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      if (this.#has(node) || node.value !== null) {
        stack.pop();
        continue;
      }
      if (node.inputs === null) throw goneError(node);
      const size = stack.length;
      for (const input of node.inputs) {
        if (input.value !== null || this.#has(input)) continue;
        if (input.computed && !isFree(input) && (!node.computed || node.op.kind === "view")) {
          this.entries.add(input);
        }
        stack.push(input);
      }
      if (stack.length > size) continue;
      stack.pop();
      node.mark = this.#mark;
      this.nodes.push(node);
      if (!node.computed) this.#markRestored(node.inputs);
    }
  }

  /** A value that was dropped, computed again, and is now read by a new node, should have been kept. */
  #markRestored(inputs: readonly Node[]): void {
    for (const input of inputs) if (input.is(RESTORED) && input.droppedBy !== null) this.entries.add(input);
  }

  /** Adds what must be computed together with what was asked for. */
  #close(): void {
    let publishes = false;
    for (let i = 0; i < this.nodes.length; i++) {
      const node = this.nodes[i]!;
      if (node.cell !== null) publishes = true;
      const record = node.backwardRecord;
      if (this.why === "step" || record === null || record.done || node.computed) continue;
      for (const gradient of record.gradients) this.#lend(gradient, record.loss);
      if (record.loss !== null && !record.loss.computed) this.#addOptional(record.loss);
    }
    if (!publishes) return;
    const before = this.nodes.length;
    for (const sink of sinks()) if (!this.#has(sink)) this.#addOptional(sink);
    if (this.nodes.length > before && this.why !== "step") this.#close();
  }

  #addOptional(sink: Node): void {
    if (this.roots.has(sink)) return;
    this.roots.add(sink);
    this.#visitOptional(sink);
  }

  #lend(gradient: Node, loss: Node | null): void {
    if (gradient.computed || this.roots.has(gradient)) return;
    this.#addOptional(gradient);
    if (gradient === loss || !this.roots.has(gradient)) return;
    gradient.set(SAVED | LENT);
    this.lent.push(gradient);
  }
}

/** A node that can never be computed is given up: whoever reads it gets the error. */
function abandon(node: Node): void {
  setComputed(node);
  node.inputs = null;
  openLosses.delete(node);
}

/** Why a value can never be computed any more. */
export function goneError(node: Node): StaleValueError | DisposedError {
  if (node.is(DISPOSED)) {
    return new DisposedError(
      `Cannot compute a tensor any more: it needs the result of ${node.op.name}, which was freed`,
    );
  }
  const what = node.cell === null ? `the result of ${node.op.name}` : node.cell.name();
  return new StaleValueError(
    `Cannot compute a tensor of shape ${
      showShape(node.layout.shape)
    } any more: it needs a version of ${what} ` +
      `that is gone; call evaluate(tensor) or tensor.detach() before the parameter is assigned a second time`,
  );
}
