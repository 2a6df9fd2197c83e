/**
 * One evaluation: the plan of what is demanded is run, and its nodes brought up to date.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import { type BackwardRecord, forget } from "./backward_record.ts";
import type { Demand } from "./demand.ts";
import { execute, giveValue } from "./execute.ts";
import { find, type Found } from "./find.ts";
import { ASKED_FOR, MARKED, SAVED_FOR_BACKWARD } from "./kept.ts";
import { ASKED, isFree, LENT, type Node, RESTORED, SAVED } from "./node.ts";
import { recording } from "./pending.ts";
import type { Plan } from "./plan.ts";
import { assignedCells, openBackwards, openLosses, setComputed } from "./sinks.ts";
import { counters } from "./stats.ts";

let params = new Float64Array(256);

/** How many plans may lend gradients that nobody has consumed yet. */
const MAX_LENDERS = 16;

/** The gradients that return to the pool when a later plan has consumed them, by the plan that computed them. */
let lenders: (readonly Node[])[] = [];

/** Computes what is demanded; returns the plan that was run for it, or null if there was none, or one for each device. */
export function run(demand: Demand): Found | null {
  const { nodes } = demand;
  if (nodes.length === 0) return null;
  const { device } = nodes[0]!.layout;
  if (nodes.some(({ layout }) => layout.device !== device)) {
    demand.byDevice().forEach(run);
    return null;
  }
  if (demand.lent.length > 0) lenders.push(demand.lent);
  const found = find(demand), { plan, leaves, versions } = found;
  collectParams(nodes, leaves);
  giveUpOldVersions(versions, leaves);
  const slots = execute(plan, leaves, params);
  for (const kept of plan.assembly.kept) giveValue(nodes[kept.index]!, kept, slots, params);
  publish(versions);
  for (let i = 0; i < nodes.length; i++) updateState(nodes[i]!, i, found);
  settle(demand, found);
  return found;
}

/** The plan that would compute what is demanded; null if nothing has to be computed. */
export function planFor(demand: Demand): Plan | null {
  return demand.nodes.length === 0 ? null : find(demand).plan;
}

/** Whether gradients are lent that no later plan has consumed yet. */
export function lends(): boolean {
  return lenders.length > 0;
}

/** The parameters of the nodes, then the offsets of the leaves. */
function collectParams(nodes: readonly Node[], leaves: readonly Node[]): void {
  let count = leaves.length, at = 0;
  for (let i = 0; i < nodes.length; i++) count += nodes[i]!.params.length;
  if (params.length < count) params = new Float64Array(2 * count);
  for (let i = 0; i < nodes.length; i++) {
    const given = nodes[i]!.params;
    for (let j = 0; j < given.length; j++) params[at++] = given[j]!;
  }
  for (let i = 0; i < leaves.length; i++) params[at++] = leaves[i]!.value!.offset;
}

/** The version before the last is given up, unless the plan itself reads it. */
function giveUpOldVersions(versions: readonly Node[], leaves: readonly Node[]): void {
  if (recording.eager) return;
  const leafMark = leaves[0]?.mark;
  for (const { cell } of versions) {
    const { previous } = cell!;
    if (previous !== null && previous.mark !== leafMark) cell!.dropPrevious();
  }
}

/** Cells move to their new versions. */
function publish(versions: readonly Node[]): void {
  for (let i = 0; i < versions.length; i++) {
    const version = versions[i]!, cell = version.cell!;
    cell.publish(version);
    if (cell.current === version) assignedCells.delete(cell);
  }
}

function updateState(node: Node, index: number, { kept, structure, versions }: Found): void {
  const first = !node.computed, why = kept[index]!;
  if (first) setComputed(node);
  else {
    // Views and constants cost nothing, and so do not count.
    if (!isFree(node)) counters.recomputed++;
    if (why !== 0) node.set(RESTORED);
  }
  if (node.cell !== null) {
    if (node.cell.latest === node) {
      node.inputs = null;
      return;
    }
    if (versions.some(({ cell }) => cell === node.cell)) node.cell.skip(node);
  }
  if (why & (ASKED_FOR | MARKED)) node.set(ASKED);
  else if (why & SAVED_FOR_BACKWARD) node.set(SAVED);
  if (node.droppedBy === null ? node.value === null || node.is(SAVED) : node.value === null && first) {
    node.dropper = structure;
    node.dropIndex = index;
  }
  forgetIfHeld(node);
}

/** A node forgets its inputs once its value is held for good and no backward will need them. */
export function forgetIfHeld(node: Node): void {
  if (node.value === null || node.records && !node.consumed) return;
  if (!node.is(SAVED) || node.is(ASKED)) forget(node);
}

/** After a plan: lent gradients that it read return to the pool, and backwards that it finished are closed. */
function settle(demand: Demand, { leaves, versions }: Found): void {
  if (lenders.length > 0) {
    for (const leaf of leaves) if (leaf.is(LENT)) returnLent(leaf);
    const most = demand.why === "step" || versions.some(({ cell }) => cell!.records) ? 0 : MAX_LENDERS;
    while (lenders.length > most) lenders.shift()!.forEach(keepLent);
    lenders = lenders.map((lent) => lent.filter((gradient) => gradient.is(LENT)))
      .filter((lent) => lent.length > 0);
  }
  closeBackwards();
}

/** Losses that are computed wait no more, and backwards whose gradients are computed are finished. */
export function closeBackwards(): void {
  openLosses.deleteWhere((loss) => loss.computed);
  openBackwards.deleteWhere(closes);
}

function closes(record: BackwardRecord): boolean {
  record.forgetInputs();
  if (!record.computed) return false;
  record.finish();
  return true;
}

function returnLent(gradient: Node): void {
  gradient.clear(LENT);
  const storage = gradient.value!.storage;
  if (gradient.is(ASKED) || storage.bound || gradient.inputs === null) return;
  gradient.value = null;
  gradient.clear(SAVED);
  release(storage);
}

/** A gradient that no plan consumed in time stays with its holder. */
function keepLent(gradient: Node): void {
  if (!gradient.is(LENT)) return;
  gradient.clear(LENT);
  if (gradient.value === null) return;
  gradient.set(ASKED);
  if (!gradient.records || gradient.consumed) forget(gradient);
}
