/**
 * Views of computed bytes: their values need no plan.
 *
 * @module
 */
import { offsetOf } from "../backend/backend.ts";
import { viewAccess, withOwnStrides } from "./access.ts";
import { forget } from "./backward_record.ts";
import { DEPENDS, DISPOSED, type Node, Value } from "./node.ts";
import { setComputed } from "./sinks.ts";

/** Gives a view of computed bytes its value; returns whether the node is one. */
export function bindView(node: Node): boolean {
  if (node.op.kind !== "view") return false;
  const chain: Node[] = [];
  let base = node;
  while (base.value === null && base.op.kind === "view" && base.inputs !== null) {
    chain.push(base);
    base = base.inputs[0]!;
  }
  if (base.value === null || base.is(DISPOSED)) return false;
  for (let i = chain.length - 1; i >= 0; i--) if (!bindTo(chain[i]!, chain[i]!.inputs![0]!)) return false;
  return true;
}

function bindTo(view: Node, { value }: Node): boolean {
  const access = viewAccess(view, { offset: value!.offset, shifts: [], strides: value!.strides }, 0);
  if (access === null) return false;
  const { strides } = withOwnStrides(access, view.layout);
  value!.storage.bound = true;
  view.value = new Value(value!.storage, offsetOf(access, view.params), strides);
  setComputed(view);
  if (!view.records || view.consumed) forget(view);
  return true;
}

/**
 * Gives a view that depends on no cell its value, if its bytes are computed. Such a view can be used for ever: as a
 * leaf it lets evaluations be replayed, where a view to be found again would have them walked.
 */
export function bindFreeView(node: Node): boolean {
  return !node.is(DEPENDS) && bindView(node);
}

/** The same for those among some nodes that wait. */
export function bindFreeViews(nodes: readonly Node[]): void {
  for (const node of nodes) if (!node.computed) bindFreeView(node);
}
