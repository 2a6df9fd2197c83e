/**
 * A plan run over its leaves: buffers are taken, the kernels run, and nodes get their values.
 *
 * @module
 */
import { offsetOf } from "../backend/backend.ts";
import { allocate, release, type Storage } from "../backend/storage.ts";
import { type Node, Value } from "./node.ts";
import type { Kept, Plan } from "./plan.ts";
import { profiling } from "./profiler.ts";
import { counters } from "./stats.ts";
import { tape } from "./tape.ts";

/** Runs a plan over leaves and parameters; returns the slots. If it fails, nothing has changed. */
export function execute(plan: Plan, leaves: readonly Node[], params: Float64Array): Storage[] {
  const { arenaBytes, outputBytes, steps } = plan.assembly;
  const given = leaves.length, needed = given + outputBytes.length + (arenaBytes > 0 ? 1 : 0);
  const slots = new Array<Storage>(needed);
  let taken = 0;
  for (let i = 0; i < given; i++) slots[taken++] = leaves[i]!.value!.storage;
  try {
    for (let i = 0; i < outputBytes.length; i++) slots[taken++] = allocate(outputBytes[i]!);
    if (arenaBytes > 0) slots[taken++] = allocate(arenaBytes);
    if (profiling.profiler === null) plan.executable.run(slots, params);
    else profiling.profiler.run(plan, slots, params);
  } catch (error) {
    for (let i = given; i < taken; i++) release(slots[i]!);
    tape.follower?.leave();
    throw error;
  }
  if (arenaBytes > 0) release(slots[taken - 1]!);
  counters.kernels += steps.length;
  counters.plansRun++;
  return slots;
}

/** Gives a node its value. */
export function giveValue(
  node: Node,
  { slot, access, shares }: Kept,
  slots: readonly Storage[],
  params: Float64Array,
): void {
  const storage = slots[slot]!;
  node.value = new Value(storage, offsetOf(access, params), access.strides);
  if (shares) storage.bound = true;
}
