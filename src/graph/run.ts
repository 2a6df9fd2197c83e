/**
 * One plan: found or built for what is demanded, run, and its results handed to their nodes.
 *
 * @module
 */
import { backendOf } from "../backend/devices.ts";
import { allocate, checkAlive, release, type Storage } from "../backend/storage.ts";
import type { Access } from "./access.ts";
import { forget } from "./backward_record.ts";
import type { Cell } from "./cell.ts";
import type { Demand } from "./demand.ts";
import { reportPlan } from "./explain.ts";
import { ASKED, chooseKept, MARKED, reasonOf, SAVED } from "./kept.ts";
import { isFree, newMark, type Node, Value } from "./node.ts";
import { recording } from "./pending.ts";
import { Plan } from "./plan.ts";
import { assignedCells, noteComputed, openBackwards, openLosses } from "./sinks.ts";
import { counters } from "./stats.ts";
import { type Structure, structureOf } from "./structure.ts";

let words = new Int32Array(1024);
let sizes = new Int32Array(1024);
let params = new Float64Array(256);

/** How many plans may lend gradients that nobody has consumed yet. */
const MAX_LENDERS = 16;

/** The gradients that return to the pool when a later plan has consumed them, by the plan that computed them. */
let lenders: (readonly Node[])[] = [];

/** What a plan is run for. */
interface Found {
  readonly plan: Plan;
  readonly structure: Structure;
  readonly leaves: readonly Node[];
  readonly published: ReadonlyMap<Cell, Node>;
}

/** Computes what is demanded. */
export function run(demand: Demand): void {
  if (demand.nodes.length === 0) return;
  if (demand.lent.length > 0) lenders.push(demand.lent);
  const found = find(demand);
  const slots = execute(demand.nodes, found);
  handOver(demand.nodes, found, slots);
  settle(demand, found);
}

/** The plan that would compute what is demanded; null if nothing has to be computed. */
export function planFor(demand: Demand): Plan | null {
  return demand.nodes.length === 0 ? null : find(demand).plan;
}

function find(demand: Demand): Found {
  const { nodes } = demand;
  sortByCreation(nodes);
  const leaves = number(nodes);
  const published = publishedVersions(nodes);
  kept = chooseKept(demand, published);
  const structure = findStructure(nodes);
  for (const index of structure.marks) kept[index]! |= MARKED;
  return { plan: findPlan(structure, nodes, leaves), structure, leaves, published };
}

/** Brings demanded nodes in order of creation: mostly they are the pending ones, which stand in that order. */
function sortByCreation(nodes: Node[]): void {
  const { pending } = recording, { mark } = nodes[0]!;
  let found = 0;
  for (let i = 0; i < pending.length; i++) if (pending[i]!.mark === mark) found++;
  if (found !== nodes.length) {
    nodes.sort((a, b) => a.id - b.id);
    return;
  }
  let at = 0;
  for (let i = 0; i < pending.length; i++) if (pending[i]!.mark === mark) nodes[at++] = pending[i]!;
}

let leafMark = 0;
/** Why each node of the plan is kept. */
let kept: Uint8Array = new Uint8Array(0);

/** Numbers the nodes and the leaves that they read; grows the scratch arrays. */
function number(nodes: readonly Node[]): Node[] {
  const planMark = nodes[0]!.mark, leaves: Node[] = [];
  leafMark = newMark();
  let wordCount = 0, paramCount = 0;
  for (let i = 0; i < nodes.length; i++) nodes[i]!.index = i;
  for (let i = 0; i < nodes.length; i++) {
    const { inputs, params } = nodes[i]!;
    wordCount += 3 + inputs!.length;
    paramCount += params.length;
    for (let j = 0; j < inputs!.length; j++) {
      const input = inputs![j]!;
      if (input.mark === planMark || input.mark === leafMark) continue;
      input.mark = leafMark;
      input.index = leaves.length;
      leaves.push(input);
    }
  }
  if (words.length < wordCount) words = new Int32Array(wordCount * 2);
  if (sizes.length < nodes.length + 2 * leaves.length) {
    sizes = new Int32Array(2 * (nodes.length + 2 * leaves.length));
  }
  if (params.length < paramCount + leaves.length) params = new Float64Array(2 * (paramCount + leaves.length));
  return leaves;
}

/** The newest version of each cell among the nodes, if it is newer than the published one. */
function publishedVersions(nodes: readonly Node[]): Map<Cell, Node> {
  const newest = new Map<Cell, Node>();
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (node.cell !== null && node.id > node.cell.latest.id) newest.set(node.cell, node);
  }
  return newest;
}

function findStructure(nodes: readonly Node[]): Structure {
  let at = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!, inputs = node.inputs!;
    words[at++] = node.op.id;
    words[at++] = kept[i] === 0 ? 0 : 1;
    words[at++] = inputs.length;
    for (let j = 0; j < inputs.length; j++) {
      const input = inputs[j]!;
      words[at++] = input.mark === leafMark ? -1 - input.index : input.index;
    }
  }
  return structureOf(words, at);
}

const forms = new Map<string, number>();

/** A number for how a leaf lies: 0 if contiguous from its first byte. */
function formOf(leaf: Node): number {
  const { strides, offset } = leaf.value!;
  if (strides === leaf.layout.strides) return offset === 0 ? 0 : 1;
  const key = strides.join();
  let form = forms.get(key);
  if (form === undefined) forms.set(key, form = forms.size + 1);
  return 2 * form + (offset === 0 ? 0 : 1);
}

function findPlan(structure: Structure, nodes: readonly Node[], leaves: readonly Node[]): Plan {
  let at = 0;
  for (let i = 0; i < nodes.length; i++) sizes[at++] = nodes[i]!.layout.id;
  for (let i = 0; i < leaves.length; i++) {
    sizes[at++] = leaves[i]!.layout.id;
    sizes[at++] = formOf(leaves[i]!);
  }
  const known = structure.find(sizes, at);
  if (known !== null) {
    counters.planHits++;
    return known;
  }
  const backend = backendOf(nodes[0]!.layout.device);
  const plan = new Plan(
    sizes.slice(0, at),
    nodes,
    leaves,
    nodes.map((_, i) => reasonOf(kept[i]!)),
    (steps) => backend.compile(steps),
  );
  counters.plansBuilt++;
  reportPlan(plan);
  structure.add(plan);
  return plan;
}

/** Runs a plan over the leaves; returns the slots. If it fails, nothing has changed but versions given up. */
function execute(nodes: readonly Node[], { plan, leaves, published }: Found): Storage[] {
  const { arenaBytes, outputBytes, steps } = plan.assembly;
  const slots: Storage[] = [];
  let at = 0;
  for (let i = 0; i < nodes.length; i++) {
    const given = nodes[i]!.params;
    for (let j = 0; j < given.length; j++) params[at++] = given[j]!;
  }
  for (let i = 0; i < leaves.length; i++) {
    const { storage, offset } = leaves[i]!.value!;
    if (storage.exposed) checkAlive(storage);
    slots.push(storage);
    params[at++] = offset;
  }
  if (published.size > 0 && !recording.eager) giveUpOldVersions(published);
  try {
    slots.push(allocate(arenaBytes));
    for (let i = 0; i < outputBytes.length; i++) slots.push(allocate(outputBytes[i]!));
    plan.executable.run(slots, params);
  } catch (error) {
    for (let i = leaves.length; i < slots.length; i++) release(slots[i]!);
    throw error;
  }
  release(slots[leaves.length]!);
  counters.kernels += steps.length;
  counters.plansRun++;
  return slots;
}

/** The version before the last is given up, unless the plan itself reads it. */
function giveUpOldVersions(published: ReadonlyMap<Cell, Node>): void {
  for (const cell of published.keys()) {
    if (cell.previous !== null && cell.previous.mark !== leafMark) cell.dropPrevious();
  }
}

/** Gives the kept values to their nodes and brings their state up to date. */
function handOver(
  nodes: readonly Node[],
  { plan, structure, published }: Found,
  slots: readonly Storage[],
): void {
  for (const { index, slot, access, shares } of plan.assembly.kept) {
    const node = nodes[index]!, storage = slots[slot]!;
    node.value = new Value(storage, offsetOf(access), strideOf(access, node));
    if (shares) storage.bound = true;
  }
  for (const [cell, version] of published) {
    cell.publish(version);
    if (cell.current === version) assignedCells.delete(cell);
  }
  for (let i = 0; i < nodes.length; i++) updateState(nodes[i]!, i, kept[i]!, structure, published);
}

function offsetOf(access: Access): number {
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

function updateState(
  node: Node,
  index: number,
  why: number,
  structure: Structure,
  published: ReadonlyMap<Cell, Node>,
): void {
  const first = !node.computed;
  node.computed = true;
  if (first) {
    noteComputed(node);
    for (const input of node.inputs!) input.waiting--;
  } else {
    // Views and constants cost nothing, and so do not count.
    if (!isFree(node)) counters.recomputed++;
    if (why !== 0) node.restored = true;
  }
  if (node.cell !== null && published.has(node.cell)) {
    if (published.get(node.cell) === node) {
      node.inputs = null;
      return;
    }
    node.cell.skip(node);
  }
  if (why & (ASKED | MARKED)) node.asked = true;
  else if (why & SAVED) node.saved = true;
  if (node.droppedBy === null ? node.value === null || node.saved : node.value === null && first) {
    node.droppedBy = structure;
    node.droppedIndex = index;
  }
  if (node.value !== null && (!node.records || node.consumed) && (!node.saved || node.asked)) forget(node);
}

/** After a plan: lent gradients that it read return to the pool, and backwards that it finished are closed. */
function settle(demand: Demand, { leaves, published }: Found): void {
  if (lenders.length > 0) {
    for (const leaf of leaves) if (leaf.lent) returnLent(leaf);
    const most = demand.why === "step" || publishesParameter(published) ? 0 : MAX_LENDERS;
    while (lenders.length > most) lenders.shift()!.forEach(keepLent);
    lenders = lenders.map((lent) => lent.filter((gradient) => gradient.lent)).filter((lent) =>
      lent.length > 0
    );
  }
  for (const loss of openLosses) if (loss.computed) openLosses.delete(loss);
  for (const record of openBackwards) {
    record.forgetInputs();
    if (record.computed) {
      record.finish();
      openBackwards.delete(record);
    }
  }
}

/** Whether a plan did what a step does. */
function publishesParameter(published: ReadonlyMap<Cell, Node>): boolean {
  for (const cell of published.keys()) if (cell.records) return true;
  return false;
}

function returnLent(gradient: Node): void {
  gradient.lent = false;
  const storage = gradient.value!.storage;
  if (gradient.asked || storage.bound || gradient.inputs === null) return;
  gradient.value = null;
  gradient.saved = false;
  release(storage);
}

/** A gradient that no plan consumed in time stays with its holder. */
function keepLent(gradient: Node): void {
  if (!gradient.lent) return;
  gradient.lent = false;
  if (gradient.value === null) return;
  gradient.asked = true;
  if (!gradient.records || gradient.consumed) forget(gradient);
}
