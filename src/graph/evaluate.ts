/**
 * Evaluation: when and what is computed (DESIGN rules 1 to 3).
 *
 * @module
 */
import { DisposedError } from "../errors.ts";
import { forget } from "./backward_record.ts";
import { bindFreeViews, bindView } from "./bind.ts";
import { running } from "./compiled.ts";
import { showPlan } from "./explain.ts";
import { Demand, type Why } from "./demand.ts";
import { ASKED, DISPOSED, LENT, type Node, RESTORED, SAVED, USED, type Value } from "./node.ts";
import { hooks } from "./pending.ts";
import { recover } from "./recover.ts";
import { completeWords, note, replay } from "./replay.ts";
import { planFor, run } from "./run.ts";
import {
  assignedCells,
  openLosses,
  putBackPending,
  sinks,
  sweepLeftovers,
  sweepPending,
  takeAllPending,
} from "./sinks.ts";
import { tape } from "./tape.ts";

/** Makes the values of some nodes available. */
export function evaluateNodes(nodes: readonly Node[]): void {
  // Made at its first member: an array that grows from nothing takes room for many.
  let missing: Node[] | null = null;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!.version;
    if (node.is(DISPOSED)) throw new DisposedError(`Cannot read a tensor that was disposed`);
    if (node.value === null && !bindView(node)) {
      if (missing === null) missing = [node];
      else missing.push(node);
    } else if (node.is(RESTORED | SAVED)) node.wasNeeded();
  }
  if (missing !== null) read(missing);
  for (let i = 0; i < nodes.length; i++) keepForGood(nodes[i]!.version);
}

function keepForGood(node: Node): void {
  node.set(ASKED);
  node.clear(LENT);
  if (node.inputs !== null && (!node.records || node.consumed)) forget(node);
}

/** The plan that a read of some nodes would run, as text. */
export function explainNodes(nodes: readonly Node[]): string {
  const plan = planFor(new Demand(nodes.map((node) => node.version), "explain"));
  return plan === null ? "nothing to compute" : showPlan(plan);
}

/** The value of a node, computed if need be. */
export function readValue(node: Node): Value {
  const { version } = node;
  if (version.value === null || !version.is(ASKED)) evaluateNodes([version]);
  return version.value!;
}

/** Publishes all pending assignments, and what an eager library would have computed by now. */
export function stepEvaluate(): void {
  const length = completeWords("step", []);
  if (!replay(length)) {
    const roots: Node[] = [];
    for (const cell of assignedCells) roots.push(cell.current);
    for (const loss of openLosses) roots.push(loss);
    for (const sink of sinks()) roots.push(sink);
    if (roots.length > 0) compute(roots, "step", length);
    sweepLeftovers();
  }
  running.program?.next();
}

function read(roots: readonly Node[]): void {
  const length = completeWords("read", roots);
  if (!replayOrRecover(roots, length)) compute(roots, "read", length);
  running.program?.next();
}

function replayOrRecover(roots: readonly Node[], length: number): boolean {
  try {
    return replay(length);
  } catch (error) {
    recoverAll(roots);
    throw error;
  }
}

/** Walks from the roots and computes what is found; the first words of the tape stand for it from then on. */
function compute(roots: readonly Node[], why: Why, length: number): void {
  const demand = new Demand(roots, why);
  try {
    const found = run(demand);
    if (found !== null) note(length, demand, found);
  } catch (error) {
    if (why === "read") recoverAll(roots);
    throw error;
  }
  bindFreeViews(tape.nodes);
  sweepPending();
}

/**
 * Too much waits: each connected part of the graph is computed, but for the newest. Nobody has asked, so what fails is
 * given up and its reader gets the error; only an assignment that is lost has no reader.
 */
function relieve(): void {
  const pending = takeAllPending(), groups = connectedGroups(pending);
  const newest = groups.length > 1 ? groups.pop()! : [];
  const rootsOf = (group: readonly Node[]): Node[] =>
    group.filter((node) => !node.is(USED) && !node.computed);
  try {
    for (const group of groups) {
      const roots = rootsOf(group);
      if (roots.length > 0) run(new Demand(roots, "bound"));
    }
    putBackPending(newest);
  } catch (error) {
    putBackPending(pending);
    const published = recoverAll(rootsOf(groups.flat()));
    if (!published) throw error;
  }
}

/** Recovers from a failure; what still waits counts, and nothing else. Returns whether every cell has its next version. */
function recoverAll(wanted: readonly Node[]): boolean {
  const published = recover(wanted);
  sweepPending();
  return published;
}

/** The connected parts of the pending graph, in order of creation; the one of the newest node comes last. */
function connectedGroups(pending: readonly Node[]): Node[][] {
  const index = new Map<Node, number>();
  pending.forEach((node, i) => index.set(node, i));
  const parent = pending.map((_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  pending.forEach((node, i) => {
    for (const input of node.inputs!) {
      const j = index.get(input);
      if (j !== undefined) parent[find(i)] = find(j);
    }
  });
  const groups = new Map<number, Node[]>();
  const last = pending.length > 0 ? find(pending.length - 1) : -1;
  pending.forEach((node, i) => {
    const root = find(i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [node]);
    else group.push(node);
  });
  return [...groups].sort(([a], [b]) => Number(a === last) - Number(b === last)).map(([, group]) => group);
}

/** The eager mode: a node is computed when it is made, and kept. */
function computeAtOnce(node: Node): void {
  if (!bindView(node)) run(new Demand([node], "read"));
  node.set(ASKED);
}

hooks.relieve = relieve;
hooks.compute = computeAtOnce;
