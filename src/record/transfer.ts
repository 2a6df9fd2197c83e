/**
 * Moving tensors between devices.
 *
 * @module
 */
import { backendOf, sharesMemory } from "../backend/devices.ts";
import { typed } from "../backend/storage.ts";
import { copyStrided } from "../backend/strided.ts";
import { isContiguous } from "../graph/access.ts";
import { readValue } from "../graph/evaluate.ts";
import { ASKED, DEPENDS, RECORDS, Value } from "../graph/node.ts";
import { hooks, recording } from "../graph/pending.ts";
import { TO_DEVICE } from "../ops/movement.ts";
import { type Device, type Layout, layoutOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The tensor on another device; itself (of a cell the current version) if it is there already. */
export function moveTo(x: Tensor, device: Device): Tensor {
  const source = x.version as Tensor, { shape, dtype } = source.layout;
  if (source.layout.device === device) return source;
  const value = moved(readValue(source), source.layout, device);
  const records = source.records && recording.gradients;
  const node = hooks.make(TO_DEVICE, records ? [source] : null, layoutOf(shape, dtype, device), []);
  node.value = value;
  node.setComputed();
  node.set(ASKED | source.flags & (records ? RECORDS | DEPENDS : DEPENDS));
  if (recording.made !== null) recording.made.push(node);
  return node as Tensor;
}

/** A value where a device finds it. Devices that work on bytes of the process share them. */
function moved(value: Value, { shape, size, dtype, strides: contiguous }: Layout, device: Device): Value {
  const { storage, offset, strides } = value;
  if (storage.remote === null && sharesMemory(device)) {
    storage.bound = true;
    return value;
  }
  const elements = isContiguous(strides, shape)
    ? typed(storage, dtype, offset, size)
    : copyStrided(storage, dtype, offset, strides, shape);
  return new Value(backendOf(device).copy(elements), 0, contiguous);
}
