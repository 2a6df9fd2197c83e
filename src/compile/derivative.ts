/**
 * Derivatives of what was just recorded, element by element: the gradients of other ops are made of them.
 *
 * @module
 */
import type { Inputs } from "../ops/op.ts";
import type { Tensor } from "../tensor.ts";

/** The derivative of a tensor by others from which it was recorded, all of one shape. */
export class Derivative {
  /** The nodes between, in order of creation. */
  readonly #between: Tensor[] = [];

  constructor(readonly result: Tensor, readonly targets: readonly Tensor[]) {
    const seen = new Set<Tensor>(targets), open = [result];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      // What has no gradient, as a comparison, lets nothing through.
      if (node.op.gradients.length === 0) continue;
      this.#between.push(node);
      open.push(...node.inputs as Tensor[]);
    }
    this.#between.sort((a, b) => a.id - b.id);
  }

  /** The gradient of a target, given that of the result; null if the result does not depend on it. */
  by(target: Tensor, gradient: Tensor): Tensor | null {
    const depends = new Set<Tensor>([target]), flows = new Map<Tensor, Tensor>([[this.result, gradient]]);
    for (const node of this.#between) {
      if (node.inputs!.some((input) => depends.has(input as Tensor))) depends.add(node);
    }
    for (let i = this.#between.length - 1; i >= 0; i--) {
      const node = this.#between[i]!, g = flows.get(node), { gradients } = node.op;
      if (g === undefined || !depends.has(node)) continue;
      node.inputs!.forEach((each, j) => {
        const input = each as Tensor, rule = gradients[Math.min(j, gradients.length - 1)]!;
        if (!depends.has(input)) return;
        const part = rule(g, node.inputs as unknown as Inputs, node, j), before = flows.get(input);
        flows.set(input, before === undefined ? part : before.add(part));
      });
    }
    return depends.has(this.result) ? flows.get(target) ?? null : null;
  }
}
