/**
 * Finding the plan for what is demanded: its words are compared with those of plans that are known.
 *
 * @module
 */
import { backendOf } from "../backend/devices.ts";
import type { Cell } from "./cell.ts";
import type { Demand } from "./demand.ts";
import { reportPlan } from "./explain.ts";
import { chooseKept, MARKED, reasonOf } from "./kept.ts";
import { newMark, type Node } from "./node.ts";
import { Plan } from "./plan.ts";
import { counters } from "./stats.ts";
import { type Structure, structureOf } from "./structure.ts";
import { tape } from "./tape.ts";

let words = new Int32Array(1024);
let sizes = new Int32Array(1024);

/** A plan, and what it is run for. */
export interface Found {
  /** The plan. */
  readonly plan: Plan;
  /** What the plan has in common with those for other sizes. */
  readonly structure: Structure;
  /** The nodes that it reads. */
  readonly leaves: readonly Node[];
  /** The newest version of each cell among the nodes. */
  readonly versions: readonly Node[];
  /** Why each node is kept: bits, or 0. Valid until the next plan is looked for. */
  readonly kept: Uint8Array;
}

/** Finds or builds the plan for what is demanded. */
export function find(demand: Demand): Found {
  const { nodes } = demand;
  sortByCreation(nodes);
  const leaves = number(nodes);
  const versions = newestVersions(nodes), kept = chooseKept(demand, versions);
  const structure = findStructure(nodes, kept);
  for (const index of structure.marks) kept[index]! |= MARKED;
  return { plan: findPlan(structure, nodes, leaves, kept), structure, leaves, versions, kept };
}

/** Brings demanded nodes in order of creation: mostly they are those of the tape, which stand in that order. */
function sortByCreation(nodes: Node[]): void {
  const recorded = tape.nodes, { mark } = nodes[0]!;
  let found = 0;
  for (let i = 0; i < recorded.length; i++) if (recorded[i]!.mark === mark) found++;
  if (found !== nodes.length) {
    nodes.sort((a, b) => a.id - b.id);
    return;
  }
  let at = 0;
  for (let i = 0; i < recorded.length; i++) if (recorded[i]!.mark === mark) nodes[at++] = recorded[i]!;
}

let leafMark = 0;

/** Numbers the nodes and the leaves that they read; grows the scratch arrays. */
function number(nodes: readonly Node[]): Node[] {
  const planMark = nodes[0]!.mark, leaves: Node[] = [];
  leafMark = newMark();
  let wordCount = 0;
  for (let i = 0; i < nodes.length; i++) nodes[i]!.index = i;
  for (let i = 0; i < nodes.length; i++) {
    const inputs = nodes[i]!.inputs!;
    wordCount += 3 + inputs.length;
    for (let j = 0; j < inputs.length; j++) {
      const input = inputs[j]!;
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
  return leaves;
}

/** The newest version of each cell among the nodes, if it is newer than the published one. */
function newestVersions(nodes: readonly Node[]): Node[] {
  const newest = new Map<Cell, Node>();
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    if (node.cell !== null && node.id > node.cell.latest.id) newest.set(node.cell, node);
  }
  return [...newest.values()];
}

function findStructure(nodes: readonly Node[], kept: Uint8Array): Structure {
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
export function formOf(leaf: Node): number {
  const { strides, offset } = leaf.value!;
  if (strides === leaf.layout.strides) return offset === 0 ? 0 : 1;
  const key = strides.join();
  let form = forms.get(key);
  if (form === undefined) forms.set(key, form = forms.size + 1);
  return 2 * form + (offset === 0 ? 0 : 1);
}

function findPlan(
  structure: Structure,
  nodes: readonly Node[],
  leaves: readonly Node[],
  kept: Uint8Array,
): Plan {
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
    backend,
  );
  counters.plansBuilt++;
  reportPlan(plan);
  structure.add(plan);
  return plan;
}
