/**
 * Derivatives of what is recorded, element by element: the gradients of other ops are made of them.
 *
 * @module
 */
import type { Node } from "../graph/node.ts";
import { recording } from "../graph/pending.ts";
import type { Inputs } from "../ops/op.ts";
import type { Tensor } from "../tensor.ts";

/** A node with what it was recorded from, which it may forget. */
interface Recorded {
  readonly node: Tensor;
  readonly inputs: readonly Tensor[];
}

/** The derivative of a result by tensors from which it is recorded, all of one shape. */
export class Derivative {
  readonly #result: Tensor;
  /** The nodes that were made for it, in order. */
  readonly #between: Recorded[] = [];

  /** `make` records the result. */
  constructor(readonly targets: readonly Tensor[], make: () => Tensor) {
    const around = recording.made;
    recording.made = {
      push: (...nodes: Node[]): number => {
        for (const node of nodes) this.#add(node as Tensor);
        return around?.push(...nodes) ?? 0;
      },
    };
    try {
      this.#result = make();
    } finally {
      recording.made = around;
    }
  }

  #add(node: Tensor): void {
    // What has no gradient, as a comparison, lets nothing through.
    if (node.op.gradients.length > 0) this.#between.push({ node, inputs: node.inputs as readonly Tensor[] });
  }

  /** The gradient of a target, given that of the result; null if the result does not depend on it. */
  by(target: Tensor, gradient: Tensor): Tensor | null {
    const depends = new Set<Tensor>([target]), flows = new Map<Tensor, Tensor>([[this.#result, gradient]]);
    for (const { node, inputs } of this.#between) {
      if (inputs.some((input) => depends.has(input))) depends.add(node);
    }
    for (let i = this.#between.length - 1; i >= 0; i--) {
      const { node, inputs } = this.#between[i]!, g = flows.get(node), { gradients } = node.op;
      if (g === undefined || !depends.has(node)) continue;
      inputs.forEach((input, j) => {
        if (!depends.has(input)) return;
        const rule = gradients[Math.min(j, gradients.length - 1)]!;
        const part = rule(g, inputs as Inputs, node, j), before = flows.get(input);
        flows.set(input, before === undefined ? part : before.add(part));
      });
    }
    return depends.has(this.#result) ? flows.get(target) ?? null : null;
  }
}
