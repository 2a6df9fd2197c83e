/**
 * Gradients: the graph is walked from its end, and each op's row says how a gradient goes on to its inputs.
 *
 * @module
 */
import { checkBoolean, checkOptions } from "./arguments.ts";
import { GradientError, ShapeError } from "./errors.ts";
import { BackwardRecord } from "./graph/backward_record.ts";
import { goneError } from "./graph/demand.ts";
import { newMark, type Node } from "./graph/node.ts";
import { record, recording } from "./graph/pending.ts";
import { openBackwards, openLosses } from "./graph/sinks.ts";
import {
  type Before,
  beforeBackward,
  completeForBackward,
  followBackward,
  holderOf,
  isLeaf,
  rememberBackward,
  repeatBackward,
} from "./graph/repeat.ts";
import { tape } from "./graph/tape.ts";
import { CONSTANT, type Inputs } from "./ops/op.ts";
import { type Layout, showShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** What can be said about a backward. */
export interface BackwardOptions {
  /** Keep the graph, so that it can be run through again. */
  retainGraph?: boolean;
}

/** Adds the gradients of `loss` to the `grad` of every leaf that it was computed from. */
export function backward(
  loss: Tensor,
  gradient: Tensor | undefined,
  options: BackwardOptions,
): void {
  checkOptions("backward", options, ["retainGraph"]);
  const { retainGraph = false } = options;
  checkBoolean("The retainGraph of backward", retainGraph);
  const start = loss.version as Tensor;
  const followed = gradient === undefined ? followBackward(start, retainGraph) : null;
  const known = followed === null && gradient === undefined ? completeForBackward(start, retainGraph) : 0;
  const trace = followed ?? repeatBackward(start, retainGraph, known) ??
    recordBackward(start, gradient, retainGraph, beforeBackward(known));
  if (!start.computed) openLosses.add(start);
  close(trace);
}

function recordBackward(
  start: Tensor,
  gradient: Tensor | undefined,
  retain: boolean,
  before: Before | null,
): BackwardRecord {
  const walk = new Walk("call backward", start, retain, null);
  const leaves: Node[] = [];
  let first = true;
  walk.run(seed("call backward", start, gradient), false, (leaf, g) => {
    const holder = holderOf(leaf) as Tensor;
    if (holder.grad !== null) first = false;
    holder.grad = holder.grad === null ? g : holder.grad.add(g);
    leaves.push(leaf);
  });
  const trace = walk.finish();
  for (const leaf of leaves) trace.addGradient(holderOf(leaf).grad!.version);
  if (before !== null && first) rememberBackward(before, trace.visited, leaves);
  return trace;
}

/** The gradients of `y` with respect to each of `xs`; nothing is added to any `grad`. */
export function gradientsOf(
  y: Tensor,
  xs: readonly Tensor[],
  gradient: Tensor | undefined,
  { createGraph = false, retainGraph = createGraph }: BackwardOptions & { createGraph?: boolean },
): Tensor[] {
  const targets = xs.map((x) => x.version as Tensor), found = new Map<Node, Tensor>();
  const start = y.version as Tensor;
  const walk = new Walk("take gradients", start, retainGraph, new Set(targets));
  walk.run(seed("take gradients", start, gradient), createGraph, (node, g) => found.set(node, g));
  const result = targets.map((target, i) => {
    const g = found.get(target);
    if (g === undefined) {
      throw new GradientError(
        `Cannot take gradients: input ${i} of shape ${showShape(target.shape)} was not used`,
      );
    }
    return g;
  });
  const trace = walk.finish();
  for (const g of result) trace.gradients.push(g.version);
  close(trace);
  return result;
}

function seed(what: string, start: Tensor, gradient: Tensor | undefined): Tensor {
  if (gradient === undefined) {
    if (start.layout.size !== 1) {
      throw new GradientError(
        `Cannot ${what} on shape ${
          showShape(start.layout.shape)
        } without a gradient: only one element needs none`,
      );
    }
    return record(CONSTANT, [], start.layout, [1]) as Tensor;
  }
  if (gradient.layout.shape !== start.layout.shape) {
    throw new ShapeError(
      `Cannot ${what}: the gradient has shape ${showShape(gradient.layout.shape)}, ` +
        `the tensor ${showShape(start.layout.shape)}`,
    );
  }
  return gradient;
}

/** One way through the graph, from its end to its leaves. */
class Walk {
  /** What it leaves behind. */
  readonly trace: BackwardRecord;
  /** The nodes on the way, newest first. */
  readonly #order: Tensor[] = [];
  readonly #targets: ReadonlySet<Node> | null;
  /** With targets: the nodes from which one of them is reached. */
  readonly #reach: ReadonlySet<Node> | null;

  constructor(what: string, start: Tensor, retain: boolean, targets: ReadonlySet<Node> | null) {
    if (!start.records) {
      throw new GradientError(
        `Cannot ${what}: the tensor does not depend on anything that requires a gradient`,
      );
    }
    this.#targets = targets;
    this.#collect(what, start);
    this.#reach = targets === null ? null : this.#reachable(targets);
    this.trace = new BackwardRecord(start, retain);
  }

  /** Finds the nodes on the way, and throws if one of them was run through before. */
  #collect(what: string, start: Tensor): void {
    const mark = newMark(), { recorded, batch } = tape, older: Node[] = [];
    start.mark = mark;
    if (start.batch === batch) {
      for (let i = start.place; i >= 0; i--) {
        const node = recorded[i]!;
        if (node === null || node.mark !== mark) continue;
        if (isLeaf(node)) older.push(node);
        else this.#enter(what, node, mark, older);
      }
    } else older.push(start);
    const first = this.#order.length;
    for (let i = 0; i < older.length; i++) {
      const node = older[i]!;
      if (isLeaf(node)) this.#order.push(node as Tensor);
      else this.#enter(what, node, mark, older);
    }
    this.#sortFrom(first);
  }

  /** Adds a node to the way; its inputs that are not on the tape, and so not met there, are to be entered next. */
  #enter(what: string, node: Node, mark: number, older: Node[]): void {
    const { inputs } = node;
    if (node.consumed) {
      throw new GradientError(
        `Cannot ${what} a second time: the graph of ${node.op.name} was freed by the first; pass retainGraph there`,
      );
    }
    if (inputs === null) throw goneError(node);
    this.#order.push(node as Tensor);
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (!input.records || input.mark === mark) continue;
      input.mark = mark;
      if (input.batch !== tape.batch) older.push(input);
    }
  }

  /** Brings what is not on the tape in order, newest first. */
  #sortFrom(first: number): void {
    const order = this.#order;
    for (let i = first + 1; i < order.length; i++) {
      if (order[i]!.id < order[i - 1]!.id) continue;
      order.push(...order.splice(first).sort((a, b) => b.id - a.id));
      return;
    }
  }

  #reachable(targets: ReadonlySet<Node>): Set<Node> {
    const reach = new Set<Node>();
    for (let i = this.#order.length - 1; i >= 0; i--) {
      const node = this.#order[i]!;
      if (targets.has(node) || !isLeaf(node) && node.inputs!.some((input) => reach.has(input))) {
        reach.add(node);
      }
    }
    return reach;
  }

  /** Sends a gradient through the graph. `arrive` gets the gradients of leaves, or of the targets. */
  run(start: Tensor, create: boolean, arrive: (node: Tensor, g: Tensor) => void): void {
    const before = recording.gradients;
    recording.gradients = create;
    try {
      this.#order[0]!.flow = start;
      for (const node of this.#order) {
        const g = node.flow as Tensor | null;
        node.flow = null;
        if (g === null || this.#reach !== null && !this.#reach.has(node)) continue;
        if (this.#targets === null ? isLeaf(node) : this.#targets.has(node)) arrive(node, g);
        if (!isLeaf(node)) this.#pass(node, g);
      }
    } finally {
      recording.gradients = before;
      for (const node of this.#order) node.flow = null;
    }
  }

  /** Sends the gradient of a node on to its inputs. */
  #pass(node: Tensor, g: Tensor): void {
    if (node.inputs === null) throw goneError(node);
    const inputs = node.inputs as readonly Tensor[], { gradients } = node.op;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (!input.records || this.#reach !== null && !this.#reach.has(input)) continue;
      const rule = gradients[Math.min(i, gradients.length - 1)];
      if (rule === undefined) continue;
      const part = sumTo(rule(g, inputs as Inputs, node, i), input.layout);
      input.flow = input.flow === null ? part : (input.flow as Tensor).add(part);
    }
  }

  /** Notes what the backward ran through and what was held for it. */
  finish(): BackwardRecord {
    const { trace } = this;
    for (const node of this.#order) {
      if (isLeaf(node)) continue;
      trace.visit(node);
      trace.addSavedFor(node);
    }
    return trace;
  }
}

/** A backward is recorded: its gradients may be computed already. */
function close(trace: BackwardRecord): void {
  tape.noteBackward(trace);
  trace.forgetInputs();
  if (trace.computed) trace.finish();
  else openBackwards.add(trace);
}

/** A gradient summed over the axes along which its input was broadcast, in the input's dtype. */
function sumTo(g: Tensor, layout: Layout): Tensor {
  if (g.layout.shape !== layout.shape) {
    const shape = g.layout.shape, skip = shape.length - layout.shape.length;
    const axes: number[] = [];
    for (let axis = 0; axis < shape.length; axis++) {
      if (axis < skip || layout.shape[axis - skip] === 1 && shape[axis] !== 1) axes.push(axis);
    }
    const leading = axes.length === skip;
    if (axes.length > 0) g = leading ? g.sum(axes) : g.sum(axes, { keepdim: true });
    if (g.layout.shape !== layout.shape) g = g.reshape(layout.shape);
  }
  return g.layout.dtype === layout.dtype ? g : g.to(layout.dtype);
}
