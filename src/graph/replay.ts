/**
 * Replays: an evaluation whose tape has the words of an earlier one does the same again, without a walk.
 *
 * What is noted here is what `demand.ts`, `find.ts` and `run.ts` found out, for tapes that were computed whole and
 * of which nothing from before was waiting; everything else is walked each time.
 *
 * @module
 */
import { bindFreeView } from "./bind.ts";
import { running } from "./compiled.ts";
import type { Demand } from "./demand.ts";
import { execute, giveValue } from "./execute.ts";
import { formOf, type Found } from "./find.ts";
import { ASKED_FOR, MARKED, SAVED_FOR_BACKWARD } from "./kept.ts";
import { ASKED, DEPENDS, DISPOSED, KEPT, LENT, type Node, RECORDS, RESTORED, SAVED } from "./node.ts";
import { recording } from "./pending.ts";
import type { Addition } from "./repeat.ts";
import type { Plan } from "./plan.ts";
import { closeBackwards, forgetIfHeld, lends } from "./run.ts";
import { assignedCells, clearTape, openBackwards, openLosses } from "./sinks.ts";
import { counters } from "./stats.ts";
import { forgetStructures, type Structure } from "./structure.ts";
import { EVALUATED, MAX_WORDS, tape } from "./tape.ts";

/** How many evaluations are noted. */
const MAX_TRACES = 16;

/** Stands for the number of words where they were foretold. */
const FORETOLD = -1;

/** What is done for a tape. */
export class Trace {
  /** How many values the structure was known to need when this was noted. */
  readonly marks: number;
  /** What had left the words of the tape, as far as that was known. */
  readonly known: Addition | null;

  constructor(
    readonly words: Int32Array,
    readonly plan: Plan,
    readonly structure: Structure,
    /** The bits that each kept value gets. */
    readonly bits: readonly number[],
    /** The places of the new versions. */
    readonly versions: readonly number[],
  ) {
    this.marks = structure.marks.size;
    this.known = tape.known;
  }

  get isCurrent(): boolean {
    return this.structure.marks.size === this.marks;
  }
}

/** The evaluations that are noted, the last one first. */
const traces: Trace[] = [];

/**
 * Completes the words of the tape by what is evaluated and how the leaves lie. Returns their number, or 0 if there
 * is more to an evaluation than words.
 */
export function completeWords(why: "step" | "read", roots: readonly Node[]): number {
  const { leaves, recorded, batch } = tape;
  if (tape.follower !== null) {
    if (tape.follower.arrives(why, roots)) return FORETOLD;
    tape.follower.leave();
  }
  if (!tape.replayable || recorded.length === 0 || recording.eager || lends()) return 0;
  tape.reserve(2 * leaves.length + roots.length + 2);
  const { words } = tape;
  let at = tape.length;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    if (leaf.value === null && !bindFreeView(leaf) || leaf.is(LENT | DISPOSED)) return 0;
    words[at++] = leaf.layout.id << 2 | leaf.flags & (RECORDS | DEPENDS);
    words[at++] = formOf(leaf);
  }
  words[at++] = EVALUATED;
  words[at++] = why === "step" ? -1 : roots.length;
  // The roots of a step follow from the tape.
  if (why === "step") return at;
  for (let i = 0; i < roots.length; i++) {
    if (roots[i]!.batch !== batch) return 0;
    words[at++] = roots[i]!.place;
  }
  return at;
}

/** Does again what was done for the words of the tape; returns whether that is known. */
export function replay(length: number): boolean {
  const trace = length === FORETOLD ? tape.follower!.script.trace : findTrace(length);
  if (trace === null) return false;
  const { plan, versions: places } = trace, { recorded, leaves, batch } = tape;
  tape.reserveParams(leaves.length);
  const { params } = tape;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    params[tape.paramCount + i] = leaf.value!.offset;
    if (leaf.is(RESTORED)) leaf.wasNeeded();
  }
  const ready = length === FORETOLD ? tape.follower!.collect(params) : null;
  for (let i = 0; i < places.length; i++) {
    const cell = recorded[places[i]!]!.cell!, { previous } = cell;
    if (previous !== null && previous.reader !== batch) cell.dropPrevious();
  }
  const slots = ready ?? execute(plan, leaves, params);
  counters.planHits++;
  if (length === FORETOLD) counters.foretold++;
  batch.computed = true;
  batch.structure = trace.structure;
  const { kept } = plan.assembly;
  for (let i = 0; i < kept.length; i++) {
    const node = recorded[kept[i]!.index] ?? tape.nodes[kept[i]!.index]!;
    giveValue(node, kept[i]!, slots, params);
    node.set(trace.bits[i]!);
    if (node.cell === null) forgetIfHeld(node);
    else node.inputs = null;
  }
  for (let i = 0; i < places.length; i++) {
    const version = recorded[places[i]!]!;
    version.cell!.publish(version);
  }
  assignedCells.clear();
  openLosses.clear();
  if (openBackwards.size > 0) closeBackwards();
  running.program?.note(trace);
  clearTape();
  return true;
}

/** What was done for the first words of the tape, if that is known. */
export function findTrace(length: number): Trace | null {
  for (let i = 0; i < traces.length; i++) {
    const trace = traces[i]!;
    const agreed = trace.known === tape.known ? tape.knownLength : 0;
    if (trace.words.length !== length || !tape.startsWith(trace.words, agreed)) continue;
    if (!trace.isCurrent) {
      traces.splice(i, 1);
      return null;
    }
    if (i > 0) {
      traces.splice(i, 1);
      traces.unshift(trace);
    }
    return trace;
  }
  return null;
}

/** Notes what was done for the words of the tape, if they decided it. */
export function note(length: number, demand: Demand, found: Found): void {
  if (length === 0 || length > MAX_WORDS || !isWhole(demand, found)) return;
  const { plan, structure, versions, kept } = found;
  const bits = plan.assembly.kept.map(({ index }) => bitsOf(kept[index]!));
  const trace = new Trace(
    tape.words.slice(0, length),
    plan,
    structure,
    bits,
    versions.map(({ place }) => place),
  );
  if (traces.length === MAX_TRACES) traces.pop();
  traces.unshift(trace);
  running.program?.note(trace);
}

/** Forgets all plans. */
export function forgetPlans(): void {
  traces.length = 0;
  forgetStructures();
}

/** Whether an evaluation computed what is on the tape and nothing else. */
function isWhole({ nodes, lent }: Demand, { leaves, versions }: Found): boolean {
  return lent.length === 0 && versions.length === tape.assignments &&
    nodes.length === tape.recorded.length && nodes.every((node, i) => node === tape.nodes[i]) &&
    leaves.length === tape.leaves.length && leaves.every((leaf, i) => leaf === tape.leaves[i]);
}

function bitsOf(why: number): number {
  if (why & (ASKED_FOR | MARKED)) return ASKED | KEPT;
  return why & SAVED_FOR_BACKWARD ? SAVED : KEPT;
}
