/**
 * Moving tensors between devices.
 *
 * @module
 */
import { readValue } from "../graph/evaluate.ts";
import { ASKED, DEPENDS, RECORDS } from "../graph/node.ts";
import { hooks, recording } from "../graph/pending.ts";
import { TO_DEVICE } from "../ops/movement.ts";
import { type Device, layoutOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The tensor on another device; itself (of a cell the current version) if it is there already. */
export function moveTo(x: Tensor, device: Device): Tensor {
  const source = x.version as Tensor, { shape, dtype } = source.layout;
  if (source.layout.device === device) return source;
  // Both devices work on bytes of the process, so that moving is sharing.
  const value = readValue(source);
  value.storage.bound = true;
  const records = source.records && recording.gradients;
  const node = hooks.make(TO_DEVICE, records ? [source] : null, layoutOf(shape, dtype, device), []);
  node.value = value;
  node.setComputed();
  node.set(ASKED | source.flags & (records ? RECORDS | DEPENDS : DEPENDS));
  if (recording.made !== null) recording.made.push(node);
  return node as Tensor;
}
