/**
 * Following: within a compiled program the words that come next are known. As long as they come, nodes are made
 * without inputs and without words; where others come, both are made up for, and all goes on as without a script.
 *
 * @module
 */
import type { Op } from "../ops/op.ts";
import type { Layout } from "../shape.ts";
import type { Storage } from "../backend/storage.ts";
import type { Ahead } from "./ahead.ts";
import { DISPOSED, type Hidden, type Node, USED } from "./node.ts";
import { hooks, recording } from "./pending.ts";
import { type Addition, endWord, nodeAt } from "./repeat.ts";
import { lends } from "./run.ts";
import type { Part, Script } from "./script.ts";
import { type Follower, tape } from "./tape.ts";

const NO_PARAMS: readonly number[] = Object.freeze([]);

/** Follows the first of some scripts of which the tape is a beginning, in a call with some arguments. */
export function follow(scripts: readonly Script[], args: readonly unknown[]): void {
  if (!tape.replayable || recording.eager || recording.made !== null || lends()) return;
  if (tape.backwards.length > 0 || tape.hidden !== null) return;
  const script = scripts.find((each) => beginsWithTape(each) && each.suits(args)) ??
    scripts.find(beginsWithTape);
  if (script !== undefined) tape.follower = new Following(script, scripts, args);
}

function beginsWithTape({ trace, leaves, length }: Script): boolean {
  if (tape.length > length || !trace.isCurrent) return false;
  for (let i = 0; i < tape.length; i++) if (tape.words[i] !== trace.words[i]) return false;
  for (let i = 0; i < tape.leaves.length; i++) if (leaves[i]?.fits(tape.leaves[i]!) !== true) return false;
  return true;
}

/** One run through a script. It also stands for the inputs of the nodes that it has made. */
export class Following implements Follower, Hidden {
  script: Script;
  /** What else may come. */
  readonly #scripts: readonly Script[];
  readonly #nodes = tape.recorded;
  readonly #leaves = tape.leaves;
  readonly #batch = tape.batch;
  /** The parts that were there before, and those that have come. */
  readonly #first: number;
  #come: number;
  /** The parts whose nodes know their inputs. */
  #shown: number;
  /** The backwards that have come. */
  #backwards = 0;
  /** The last script that was tried when another word came. */
  #tried = -1;
  readonly #args: readonly unknown[];
  /** What has begun already. */
  #ahead: Ahead | null;

  constructor(script: Script, scripts: readonly Script[], args: readonly unknown[]) {
    this.script = script;
    this.#scripts = scripts;
    this.#args = args;
    this.#ahead = script.forecast.begin(args);
    const first = script.parts.findIndex(({ at }) => at >= tape.length);
    this.#first = this.#come = this.#shown = first < 0 ? script.parts.length : first;
  }

  take(op: Op, inputs: Node[], layout: Layout, params: readonly number[]): Node | null {
    let node: Node | null;
    do node = this.#take(op, inputs, layout, params); while (node === null && this.#turn());
    return node ?? this.#lose();
  }

  #take(op: Op, inputs: Node[], layout: Layout, params: readonly number[]): Node | null {
    const part = this.#next(op);
    if (part === null || part.layout !== layout || part.inputs.length !== inputs.length) return null;
    for (let i = 0; i < inputs.length; i++) if (!this.#is(part.inputs[i]!, inputs[i]!)) return null;
    return this.#make(part, params);
  }

  /** Turns to another script that has begun like this one; each is tried once. */
  #turn(): boolean {
    const { script } = this, { length } = tape, leaves = this.#leaves.length;
    while (++this.#tried < this.#scripts.length) {
      const other = this.#scripts[this.#tried]!;
      if (other === script || !other.trace.isCurrent) continue;
      if (!other.beginsLike(script, length, leaves, this.#backwards)) continue;
      this.end();
      this.script = other;
      return true;
    }
    return false;
  }

  takeNext(op: Op, first: Node, second?: Node, third?: Node): Node | null {
    const part = this.#next(op);
    if (part === null || !this.#is(part.first, first)) return null;
    if (second !== undefined && !this.#is(part.second, second)) return null;
    if (third !== undefined && !this.#is(part.third, third)) return null;
    return this.#make(part, NO_PARAMS);
  }

  takeBackward(start: Node, retain: boolean): Addition | null {
    const known = this.script.backwards[this.#backwards];
    if (known === undefined || known.at !== tape.length) return null;
    if (recording.made !== null || start.batch !== this.#batch) return this.#lose();
    if (known.addition.key.at(-1) !== endWord(start, retain)) return this.#lose();
    return known.addition;
  }

  tookBackward({ words }: Addition): void {
    this.#backwards++;
    tape.length += words.length;
  }

  check(from: number): void {
    const { words } = tape, foretold = this.script.trace.words;
    for (let i = from; i < tape.length; i++) if (words[i] !== foretold[i]) return this.#leaveAt(from);
  }

  arrives(why: "step" | "read", roots: readonly Node[]): boolean {
    const { script } = this, { words } = script.trace, leaves = this.#leaves;
    if (tape.length !== script.length || leaves.length !== script.leaves.length) return false;
    if (!tape.replayable || !script.trace.isCurrent) return false;
    for (let i = 0; i < leaves.length; i++) {
      if (leaves[i]!.value === null || leaves[i]!.is(DISPOSED)) return false;
    }
    const at = script.length + 2 * leaves.length + 1;
    if (why === "step") return words[at] === -1;
    if (words[at] !== roots.length) return false;
    return roots.every((root, i) => root === this.#nodes[words[at + 1 + i]!]);
  }

  collect(params: Float64Array): Storage[] | null {
    const ahead = this.#ahead, { forecast } = this.script, leaves = this.#leaves;
    this.#ahead = null;
    const slots = ahead === null ? null : ahead.take(leaves, params);
    if (ahead !== null) forecast.judge(slots !== null);
    if (slots === null) forecast.learn(leaves, params, this.#args);
    return slots;
  }

  leave(): void {
    this.#leaveAt(tape.length);
  }

  end(): void {
    if (this.#ahead === null) return;
    this.#ahead.cancel();
    this.#ahead = null;
    this.script.forecast.judge(false);
  }

  show(): void {
    const nodes = this.#nodes, leaves = this.#leaves;
    for (; this.#shown < this.#come; this.#shown++) {
      const part = this.script.parts[this.#shown]!, node = nodes[part.place]!;
      const inputs = part.inputs.map((word) => nodeAt(word, nodes, leaves));
      for (const input of inputs) input.set(USED);
      // What holds its value for good has forgotten its inputs.
      if (node.from === this) node.inputs = inputs;
    }
  }

  /** The part that comes next, if it is a node of an op. */
  #next(op: Op): Part | null {
    const part = this.script.parts[this.#come];
    return part !== undefined && part.op === op && part.at === tape.length ? part : null;
  }

  /** Whether a word names a tensor's version. What is given may be anything. */
  #is(word: number, given: Node): boolean {
    if (word >= 0) return this.#nodes[word] === given || this.#nodes[word] === given?.version;
    const leaves = this.#leaves, i = -1 - word;
    if (i > leaves.length) return false;
    return i < leaves.length ? leaves[i] === given?.version : this.#admit(given?.version, i);
  }

  /** Takes in a node from outside, if it fits. */
  #admit(node: Node | undefined, i: number): boolean {
    const batch = this.#batch;
    if (node === undefined || node.batch === batch || node.reader === batch) return false;
    if (!this.script.leaves[i]!.fits(node)) return false;
    node.reader = batch;
    node.leafPlace = i;
    this.#leaves.push(node);
    return true;
  }

  #make(part: Part, params: readonly number[]): Node | null {
    const { records } = part;
    if (recording.made !== null || records !== null && records !== recording.gradients) return null;
    const node = hooks.make(part.op, null, part.layout, params);
    node.from = this;
    node.flags = part.flags;
    node.batch = this.#batch;
    node.place = part.place;
    this.#nodes.push(node);
    if (params.length > 0) tape.addParams(params);
    tape.length = part.end;
    this.#come++;
    return node;
  }

  #lose(): null {
    this.leave();
    return null;
  }

  #leaveAt(length: number): void {
    const { trace, parts, backwards } = this.script;
    this.end();
    tape.follower = null;
    tape.reserve(length - tape.length);
    tape.words.set(trace.words.subarray(0, length));
    for (const known of backwards.slice(0, this.#backwards)) tape.noteKnown(known);
    this.show();
    for (let i = this.#first; i < this.#come; i++) {
      const node = this.#nodes[parts[i]!.place]!;
      if (!node.is(USED)) recording.bytes += node.layout.bytes;
    }
  }
}
