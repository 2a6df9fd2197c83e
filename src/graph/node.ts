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

/** The nodes that were recorded between two evaluations. */
export class Batch {
  /** Whether one plan has computed all of them. */
  computed = false;
  /** The structure of that plan; its nodes are those of the batch, in the same order. */
  structure: Structure | null = null;
}

/** What is given, or recorded outside of the tape, belongs to no batch that could be computed as a whole. */
const LOOSE = new Batch();

/** Gradients flow through the node. */
export const RECORDS = 1;
/** It depends on a cell. */
export const DEPENDS = 2;
/** It was computed at least once, or is a leaf. */
const COMPUTED = 4;
/** Some node consumed it. */
export const USED = 8;
/** Its value is held only for a backward. */
export const SAVED = 16;
/** A gradient whose bytes return to the pool when a later plan has consumed it. */
export const LENT = 32;
/** Somebody asked for its value: it is held for good. */
export const ASKED = 64;
/** Its dropped value was computed again. */
export const RESTORED = 128;
/** It became the `grad` of a leaf. */
export const GRADIENT = 256;
/** It was freed by `scope` or `dispose`. */
export const DISPOSED = 512;
/** It waits aside, since an evaluation did not need it. */
export const LEFT = 1024;
/** The plan of its batch kept its value for good. */
export const KEPT = 2048;

/** Nodes that were recorded as words only. */
export interface Hidden {
  /** Makes the nodes. */
  show(): void;
}

let created = 0;

/** Sets ids aside for nodes that are made later; returns the first. */
export function reserveIds(count: number): number {
  const first = created + 1;
  created += count;
  return first;
}

/**
 * What the engine keeps of a tensor. Its fields are the engine's own and may change; use the methods of
 * `Tensor`.
 */
export class Node {
  /** @internal Order of creation. */
  declare id: number;
  /** @internal */
  declare readonly op: Op;
  /** @internal Its inputs, or what makes them; see `inputs`. */
  declare from: readonly Node[] | Hidden | null;
  /** @internal */
  declare readonly layout: Layout;
  /** @internal Numbers that the op takes and that no plan depends on: scalars, seeds, starts of slices. */
  declare readonly params: readonly number[];
  /** @internal What a use of this tensor means now: itself, or a cell's newest version. */
  declare version: Node;
  /** @internal Its elements, once computed and kept. */
  declare value: Value | null;
  /** @internal What is known of it: the bits above. */
  declare flags: number;
  /** @internal The nodes that it was recorded with, and its place among them. */
  declare batch: Batch;
  /** @internal */
  declare place: number;
  /** @internal The batch that read it last without being its own, and its place among the leaves of that. */
  declare reader: Batch;
  /** @internal */
  declare leafPlace: number;
  /** @internal How many nodes that wait aside consume it. */
  declare waiting: number;
  /** @internal The last backward that ran through it. */
  declare backwardRecord: BackwardRecord | null;
  /** @internal The cell that it is a version of. */
  declare cell: Cell | null;
  /** @internal The structure that dropped its value, and its index there, if it was not that of its batch. */
  declare dropper: Structure | null;
  /** @internal */
  declare dropIndex: number;
  /** The gradient that `backward` has added up, for a leaf that requires one. */
  declare grad: Node | null;
  /** @internal Scratch of a backward: the gradient that has come to it so far. */
  declare flow: Node | null;
  /** @internal Scratch of the walks: who visited it last, and its index there. */
  declare mark: number;
  /** @internal */
  declare index: number;

  /** @internal Assigns each field once: fields that are initialized where they are declared cost a call. */
  constructor(op: Op, inputs: readonly Node[] | null, layout: Layout, params: readonly number[]) {
    this.id = ++created;
    this.op = op;
    this.from = inputs;
    this.layout = layout;
    this.params = params;
    this.version = this;
    this.value = null;
    this.flags = 0;
    this.batch = this.reader = LOOSE;
    this.place =
      this.leafPlace =
      this.waiting =
      this.dropIndex =
      this.mark =
      this.index =
        0;
    this.backwardRecord = null;
    this.cell = null;
    this.dropper = null;
    this.grad = null;
    this.flow = null;
  }

  /** @internal The nodes it is computed from; null once forgotten. */
  get inputs(): readonly Node[] | null {
    if (this.from !== null && !Array.isArray(this.from)) (this.from as Hidden).show();
    return this.from as readonly Node[] | null;
  }

  set inputs(inputs: readonly Node[] | null) {
    this.from = inputs;
  }

  /** @internal Its inputs are made when somebody asks for them. */
  hideInputs(hidden: Hidden): void {
    this.from = hidden;
  }

  /** @internal Whether one of some bits is set. */
  is(bits: number): boolean {
    return (this.flags & bits) !== 0;
  }

  /** @internal Sets some bits. */
  set(bits: number): void {
    this.flags |= bits;
  }

  /** @internal Clears some bits. */
  clear(bits: number): void {
    this.flags &= ~bits;
  }

  /** @internal Whether it was computed at least once, or is a leaf. */
  get computed(): boolean {
    return (this.flags & COMPUTED) !== 0 || this.batch.computed;
  }

  /** @internal Whether gradients flow through it. */
  get records(): boolean {
    return (this.flags & RECORDS) !== 0;
  }

  /** @internal Whether a backward ran through it and did not retain the graph. */
  get consumed(): boolean {
    return this.backwardRecord !== null && !this.backwardRecord.retain;
  }

  /** @internal Notes that it was computed. */
  setComputed(): void {
    this.flags |= COMPUTED;
  }

  /** @internal The structure that dropped its value. */
  get droppedBy(): Structure | null {
    if (this.dropper !== null) return this.dropper;
    return (this.flags & KEPT) === 0 ? this.batch.structure : null;
  }

  /** @internal If its value was dropped and turns out to be needed, it is kept the next time. */
  wasNeeded(): void {
    this.clear(RESTORED);
    if (this.dropper !== null) this.dropper.mark(this.dropIndex);
    else this.droppedBy?.mark(this.place);
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
