/**
 * What a backward leaves behind until its gradients are computed.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import { ASKED, GRADIENT, type Node, SAVED } from "./node.ts";

/**
 * The trace of one `backward()` or `gradients()`. Its loops count: until V8 has optimized them, each turn of `for of`
 * makes an object, and these run through every node of a training step.
 */
export class BackwardRecord {
  /** The gradients that it made. */
  gradients: Node[] = [];
  /** The nodes that it ran through. */
  visited: Node[] = [];
  /** The values that were held for it. */
  saved: Node[] = [];
  /** Whether its gradients are computed. */
  done = false;

  /** @internal */
  constructor(
    /** What it started from. */
    public loss: Node | null,
    /** Whether its graph may be run through again. */
    readonly retain: boolean,
  ) {}

  /** Notes a node that it runs through. */
  visit(node: Node): void {
    node.backwardRecord = this;
    this.visited.push(node);
  }

  /** Notes what is held for a node that it runs through. */
  addSavedFor(node: Node): void {
    this.#addSaved(node);
    // The end itself may have been given up meanwhile, if too much waited and its versions are gone.
    const { inputs } = node;
    if (inputs !== null) { for (let i = 0; i < inputs.length; i++) this.#addSaved(inputs[i]!); }
  }

  /** Notes a gradient that it made for a leaf. */
  addGradient(gradient: Node): void {
    if (gradient.is(GRADIENT)) return;
    gradient.set(GRADIENT);
    this.gradients.push(gradient);
  }

  #addSaved(node: Node): void {
    if (node.is(SAVED) && node.value !== null) this.saved.push(node);
  }

  /** Whether all its gradients were computed. */
  get computed(): boolean {
    const { gradients } = this;
    for (let i = 0; i < gradients.length; i++) if (!gradients[i]!.computed) return false;
    return true;
  }

  /** Values that are held for good need not know how they were made any more. */
  forgetInputs(): void {
    if (this.retain) return;
    const { visited } = this;
    for (let i = 0; i < visited.length; i++) {
      const node = visited[i]!;
      if (node.value !== null && (node.flags & SAVED) === 0) forget(node);
    }
  }

  /** Its gradients are computed: what was held for it goes back to the pool. */
  finish(): void {
    this.done = true;
    if (!this.retain) {
      for (const node of this.saved) if ((node.flags & (SAVED | ASKED)) === SAVED) dropSaved(node);
    }
    this.gradients = [];
    this.visited = [];
    this.saved = [];
    this.loss = null;
  }
}

/** A node does not need its inputs any more. */
export function forget(node: Node): void {
  node.inputs = null;
}

function dropSaved(node: Node): void {
  const storage = node.value?.storage;
  if (storage === undefined || storage.bound || node.cell !== null) return;
  node.value = null;
  node.clear(SAVED);
  release(storage);
}
