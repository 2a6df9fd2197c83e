/**
 * The graph: a node is an op with its inputs, and the tensor that users hold. Nodes are pure; what is decided
 * about them (kernels, slots, last uses) lives in plans.
 *
 * @module
 */
import type { Storage } from "../backend/storage.ts";
import type { Op } from "../ops/op.ts";
import type { Layout } from "../shape.ts";
import type { BackwardRecord } from "./backward_record.ts";
import type { Cell } from "./cell.ts";
import type { Structure } from "./structure.ts";

/** Where the elements of a computed node lie: strides over a storage. */
export class Value {
  /** @internal */
  constructor(
    /** The bytes. */
    readonly storage: Storage,
    /** Where element [0, …, 0] lies, in elements. */
    readonly offset: number,
    /** Elements between neighbours along each axis; the layout's own array if contiguous. */
    readonly strides: readonly number[],
  ) {}
}

let created = 0;

/**
 * What the engine keeps of a tensor. Its fields are the engine's own and may change; use the methods of
 * `Tensor`.
 */
export class Node {
  /** @internal Order of creation. */
  readonly id: number = ++created;
  /** @internal */
  readonly op: Op;
  /** @internal The nodes it is computed from; null once forgotten. */
  inputs: readonly Node[] | null;
  /** @internal */
  readonly layout: Layout;
  /** @internal Numbers that the op takes and that no plan depends on: scalars, seeds, starts of slices. */
  readonly params: readonly number[];
  /** @internal What a use of this tensor means now: itself, or a cell's newest version. */
  version: Node;

  /** @internal Its elements, once computed and kept. */
  value: Value | null = null;
  /** @internal Gradients flow through it. */
  records = false;
  /** @internal It depends on a cell. */
  depends = false;
  /** @internal It was computed at least once, or is a leaf. */
  computed = false;
  /** @internal Some node consumed it. */
  used = false;
  /** @internal How many nodes that were not computed yet consume it. */
  waiting = 0;
  /** @internal A backward ran through it and did not retain the graph. */
  consumed = false;
  /** @internal Its value is held only for a backward. */
  saved = false;
  /** @internal A gradient whose bytes return to the pool when a later plan has consumed it. */
  lent = false;
  /** @internal Somebody asked for its value: it is held for good. */
  asked = false;
  /** @internal Its dropped value was computed again. */
  restored = false;
  /** @internal It became the `grad` of a leaf. */
  isGradient = false;
  /** @internal Freed by `scope` or `dispose`. */
  disposed = false;
  /** @internal The backward that ran through it and whose gradients are not all computed. */
  backwardRecord: BackwardRecord | null = null;
  /** @internal The structure that dropped its value, and its index there. */
  droppedBy: Structure | null = null;
  /** @internal */
  droppedIndex = 0;
  /** @internal The cell that it is a version of. */
  cell: Cell | null = null;

  /** @internal Scratch of a backward: the gradient that has come to it so far. */
  flow: Node | null = null;

  /** @internal Scratch of the walks: who visited it last, and its index there. */
  mark = 0;
  /** @internal */
  index = 0;

  /** @internal */
  constructor(op: Op, inputs: readonly Node[] | null, layout: Layout, params: readonly number[]) {
    this.op = op;
    this.inputs = inputs;
    this.layout = layout;
    this.params = params;
    this.version = this;
  }
}

let marks = 0;

/** A number that no node carries as its mark yet. */
export function newMark(): number {
  return ++marks;
}

/** Whether a node costs nothing to compute again: a view, a number, an index. Such values are never worth keeping. */
export function isFree(node: Node): boolean {
  const { kind } = node.op;
  return kind === "view" || kind === "constant" || kind === "index";
}
