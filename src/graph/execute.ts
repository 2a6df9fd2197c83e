/**
 * A plan run over its leaves: buffers are taken, the kernels run, and nodes get their values.
 *
 * @module
 */
import { offsetOf } from "../backend/backend.ts";
import { release, type Storage } from "../backend/storage.ts";
import { type Node, Value } from "./node.ts";
import type { Kept, Plan } from "./plan.ts";
import { profiling } from "./profiler.ts";
import { counters } from "./stats.ts";
import { tape } from "./tape.ts";

/** Runs a plan over leaves and parameters; returns the slots. If it fails, nothing has changed. */
export function execute(plan: Plan, leaves: readonly Node[], params: Float64Array): Storage[] {
  const slots = takeSlots(plan, leaves);
  try {
    if (profiling.profiler === null) plan.executable.run(slots, params);
    else profiling.profiler.run(plan, slots, params);
  } catch (error) {
    giveBackSlots(plan, slots);
    tape.follower?.leave();
    throw error;
  }
  finish(plan, slots);
  return slots;
}

/** The bytes of a plan's leaves, and new ones for what it keeps and for its arena. */
export function takeSlots({ assembly, backend }: Plan, leaves: readonly Node[]): Storage[] {
  const { arenaBytes, outputBytes, outputNames } = assembly;
  const given = leaves.length,
    slots = new Array<Storage>(given + outputBytes.length + (arenaBytes > 0 ? 1 : 0));
  let taken = 0;
  for (let i = 0; i < given; i++) slots[taken++] = leaves[i]!.value!.storage;
  try {
    // Counted once they are there: an allocation may fail.
    for (let i = 0; i < outputBytes.length; i++, taken++) {
      slots[taken] = backend.allocate(outputBytes[i]!, outputNames[i]!);
    }
    if (arenaBytes > 0) slots[taken] = backend.allocate(arenaBytes, "temporaries");
  } catch (error) {
    for (let i = given; i < taken; i++) release(slots[i]!);
    tape.follower?.leave();
    throw error;
  }
  return slots;
}

/** Gives back what `takeSlots` took. */
export function giveBackSlots({ assembly }: Plan, slots: readonly Storage[]): void {
  for (let i = assembly.leaves; i < slots.length; i++) release(slots[i]!);
}

/** A plan has run over its slots. */
export function finish({ assembly }: Plan, slots: readonly Storage[]): void {
  const { arenaBytes, steps } = assembly;
  if (arenaBytes > 0) release(slots[slots.length - 1]!);
  counters.kernels += steps.length;
  counters.plansRun++;
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
