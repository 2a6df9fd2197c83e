/**
 * What the process still reaches: the nodes that are alive after a collection, and their bytes.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Storage } from "../../src/backend/storage.ts";
import type { Node } from "../../src/graph/node.ts";
import { hooks } from "../../src/graph/pending.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is alive. */
export interface Alive {
  /** Nodes, tensors and versions of cells alike. */
  readonly nodes: number;
  /** Bytes of their values, shared ones counted once. */
  readonly bytes: number;
}

/**
 * Collects garbage. What weak references were asked for in this turn of the event loop would survive, and so would what
 * was made while a collection was already under way: the second one finds it.
 */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
  }
}

/** Watches the nodes that are recorded from its making to its disposal. */
export class NodeWatch implements Disposable {
  readonly #nodes = new Set<WeakRef<Node>>();
  readonly #make = hooks.make;

  constructor() {
    hooks.make = (op, inputs, layout, params) => {
      const node = this.#make(op, inputs, layout, params);
      this.#nodes.add(new WeakRef(node));
      return node;
    };
  }

  /** Counts what is still alive. */
  async alive(): Promise<Alive> {
    await collectGarbage();
    const storages = new Set<Storage>();
    for (const reference of this.#nodes) {
      const node = reference.deref();
      if (node === undefined) this.#nodes.delete(reference);
      else if (node.value !== null) storages.add(node.value.storage);
    }
    let bytes = 0;
    for (const storage of storages) bytes += storage.byteLength;
    return { nodes: this.#nodes.size, bytes };
  }

  [Symbol.dispose](): void {
    hooks.make = this.#make;
  }
}
