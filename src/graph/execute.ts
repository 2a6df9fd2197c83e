/**
 * A plan run over its leaves: buffers are taken, the kernels run, and nodes get their values.
 *
 * @module
 */
import { allocate, checkAlive, release, type Storage } from "../backend/storage.ts";
import type { Access } from "./access.ts";
import { type Node, Value } from "./node.ts";
import { recording } from "./pending.ts";
import type { Kept, Plan } from "./plan.ts";
import { counters } from "./stats.ts";

/** The arena of plans without temporaries. */
const NO_ARENA = allocate(0);

/**
 * Runs a plan over leaves and parameters; returns the slots. If it fails, nothing has changed but that old
 * versions of the cells that were to get new ones are given up.
 */
export function execute(
  plan: Plan,
  leaves: readonly Node[],
  params: Float64Array,
  versions: readonly Node[],
  isRead: (version: Node) => boolean,
): Storage[] {
  const { arenaBytes, outputBytes, steps } = plan.assembly;
  const slots = new Array<Storage>(leaves.length + 1 + outputBytes.length);
  let taken = 0;
  for (let i = 0; i < leaves.length; i++) {
    const { storage } = leaves[i]!.value!;
    if (storage.exposed) checkAlive(storage);
    slots[taken++] = storage;
  }
  if (!recording.eager) giveUpOldVersions(versions, isRead);
  const given = leaves.length + (arenaBytes === 0 ? 1 : 0);
  try {
    slots[taken++] = arenaBytes === 0 ? NO_ARENA : allocate(arenaBytes);
    for (let i = 0; i < outputBytes.length; i++) slots[taken++] = allocate(outputBytes[i]!);
    plan.executable.run(slots, params);
  } catch (error) {
    for (let i = given; i < taken; i++) release(slots[i]!);
    throw error;
  }
  if (arenaBytes > 0) release(slots[leaves.length]!);
  counters.kernels += steps.length;
  counters.plansRun++;
  return slots;
}

/** The version before the last is given up, unless the plan itself reads it. */
function giveUpOldVersions(versions: readonly Node[], isRead: (version: Node) => boolean): void {
  for (let i = 0; i < versions.length; i++) {
    const cell = versions[i]!.cell!;
    if (cell.previous !== null && !isRead(cell.previous)) cell.dropPrevious();
  }
}

/** Gives a node its value. */
export function giveValue(
  node: Node,
  { slot, access, shares }: Kept,
  slots: readonly Storage[],
  params: Float64Array,
): void {
  const storage = slots[slot]!;
  node.value = new Value(storage, offsetOf(access, params), strideOf(access, node));
  if (shares) storage.bound = true;
}

function offsetOf(access: Access, params: Float64Array): number {
  let offset = access.offset;
  for (const { param, stride } of access.shifts) offset += params[param]! * stride;
  return offset;
}

/** The layout's own array for contiguous values, so that they are told by identity. */
function strideOf(access: Access, node: Node): readonly number[] {
  const own = node.layout.strides, given = access.strides;
  for (let i = 0; i < own.length; i++) if (own[i] !== given[i] && node.layout.shape[i] !== 1) return given;
  return own;
}
