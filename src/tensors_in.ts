/**
 * The tensors that a function has returned.
 *
 * @module
 */
import type { Node } from "./graph/node.ts";
import { Tensor } from "./tensor.ts";

/** The tensors in a value: itself, or what arrays, maps and objects hold. */
export function tensorsIn(value: unknown): Set<Node> {
  const found = new Set<Node>();
  collect(value, found, new Set());
  return found;
}

function collect(value: unknown, found: Set<Node>, seen: Set<unknown>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Tensor) {
    found.add(value.version);
    return;
  }
  if (value instanceof Map) { for (const entry of value) collect(entry, found, seen); }
  else if (ArrayBuffer.isView(value)) return;
  else for (const member of Object.values(value)) collect(member, found, seen);
}
