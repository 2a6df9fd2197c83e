/**
 * The tape: what was recorded since the last evaluation, as nodes and as words.
 *
 * The words say everything that decides what an evaluation of the tape does. If they are those of an earlier
 * evaluation, it is replayed (`replay.ts`); else the nodes are walked.
 *
 * @module
 */
import type { Storage } from "../backend/storage.ts";
import type { Op } from "../ops/op.ts";
import type { Layout } from "../shape.ts";
import type { BackwardRecord } from "./backward_record.ts";
import type { Addition } from "./repeat.ts";
import type { Script } from "./script.ts";
import { Batch, DEPENDS, type Hidden, type Node, RECORDS, reserveIds, USED } from "./node.ts";

/** What happens beside ops, as a first word; ops have words of at least 0. */
export const EVALUATED = -2;
const ASSIGNED = -1, BACKWARD = -3, GRADIENT_MADE = -4;

/** How many words an event has, its first one included. */
export function eventLength(event: number): number {
  return event === ASSIGNED ? 3 : 2;
}

/** The bits of a node that plans depend on. */
const WORD_BITS = RECORDS | DEPENDS;

/** The longest tape of which anything is remembered, in words. */
export const MAX_WORDS = 100_000;

const FIRST_WORDS = 4096;
const FIRST_PARAMS = 256;

/** Somebody who knows which words come next (`follow.ts`): what comes so is not written down. */
export interface Follower {
  /** What comes, as far as is known. */
  readonly script: Script;
  /** Takes in a node as it was foretold; null if it was not, and then there is no follower any more. */
  take(op: Op, inputs: Node[], layout: Layout, params: readonly number[]): Node | null;
  /** The same for an op without parameters whose layout follows from its inputs; null if others may come first. */
  takeNext(op: Op, first: Node, second?: Node, third?: Node): Node | null;
  /** What is known of a backward from a node; null if none was foretold. */
  takeBackward(start: Node, retain: boolean): Addition | null;
  /** Takes in the words that a backward adds. */
  tookBackward(addition: Addition): void;
  /** Compares words that were written at a place; if others were foretold, there is no follower any more. */
  check(from: number): void;
  /** Whether what is evaluated, and nothing else, was foretold. */
  arrives(why: "step" | "read", roots: readonly Node[]): boolean;
  /** The slots of the plan, if it has run already over these parameters and what the tape reads. */
  collect(params: Float64Array): Storage[] | null;
  /** Writes down what was taken in: there is no follower any more. */
  leave(): void;
  /** Gives up what has begun for what comes. */
  end(): void;
}

/** A backward whose words on the tape are known. */
export interface KnownBackward {
  /** What is known of it. */
  readonly addition: Addition;
  /** Where its words begin. */
  readonly at: number;
}

/** What was recorded since the last evaluation. */
class Tape {
  /** The nodes, in order of creation; null for those that are hidden. */
  recorded: (Node | null)[] = [];
  /** What makes the hidden nodes. */
  hidden: Hidden | null = null;
  /** What they read and were not recorded with, in order of their first use. */
  leaves: Node[] = [];
  /** Counts the tapes. */
  number = 1;
  /** What the nodes have in common. */
  batch: Batch = new Batch();
  /** The id of the first node that is made after its beginning. */
  #firstId = 0;
  /** The words of nodes and events. */
  words: Int32Array = new Int32Array(FIRST_WORDS);
  /** How many words there are. */
  length = 0;
  /** The parameters of the nodes. */
  params: Float64Array = new Float64Array(FIRST_PARAMS);
  /** How many parameters there are. */
  paramCount = 0;
  /** How many assignments there are. */
  assignments = 0;
  /** The backwards whose words are known. */
  backwards: KnownBackward[] = [];
  /** How many words end with the last of these: two tapes of which it is the same begin with the same words. */
  knownLength = 0;
  /** Who knows the words to come, within a compiled program. */
  follower: Follower | null = null;
  /** Whether the words alone decide what an evaluation does. */
  replayable = true;

  /** The nodes, in order of creation. */
  get nodes(): Node[] {
    if (this.hidden !== null) {
      this.hidden.show();
      this.hidden = null;
    }
    return this.recorded as Node[];
  }

  /**
   * Takes in a node. Returns the bytes of the leaves that wait from now on, less those of the results of which it is the
   * first reader.
   */
  add(node: Node, inputs: readonly Node[]): number {
    const { batch, recorded } = this, { params } = node;
    this.reserve(inputs.length + 3);
    const words = this.words;
    let at = this.length, bytes = 0;
    words[at++] = node.op.id << 2 | node.flags & WORD_BITS;
    words[at++] = node.layout.id;
    words[at++] = inputs.length;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (input.batch === batch) {
        if ((input.flags & USED) === 0) bytes -= input.layout.bytes;
        words[at++] = input.place;
      } else {
        if (input.reader !== batch) bytes += this.#addLeaf(input);
        words[at++] = -1 - input.leafPlace;
      }
      input.flags |= USED;
    }
    this.length = at;
    if (params.length > 0) this.addParams(params);
    node.batch = batch;
    node.place = recorded.length;
    recorded.push(node);
    return bytes;
  }

  /** Takes in the words of nodes. */
  addWords(words: Int32Array): void {
    this.reserve(words.length);
    this.words.set(words, this.length);
    this.length += words.length;
  }

  /** Whether the words begin with others, of which the first are known to agree. */
  startsWith(others: Int32Array, agreed: number): boolean {
    const { words } = this;
    for (let i = agreed; i < others.length; i++) if (others[i] !== words[i]) return false;
    return true;
  }

  /** Notes what is known of the words so far. */
  noteKnown(backward: KnownBackward): void {
    this.backwards.push(backward);
    this.knownLength = backward.at + backward.addition.words.length;
  }

  /** What has left the words so far. */
  get known(): Addition | null {
    return this.backwards.at(-1)?.addition ?? null;
  }

  /** Takes in that a node of the tape is a new version. */
  noteAssignment(version: Node, cell: number): void {
    const from = this.length;
    this.#note(ASSIGNED, version.place);
    this.reserve(1);
    this.words[this.length++] = cell;
    if (this.follower !== null) this.follower.check(from);
  }

  /** Takes in what happened to the nodes. */
  #note(event: number, value: number): void {
    this.reserve(2);
    this.words[this.length++] = event;
    this.words[this.length++] = value;
  }

  /** Takes in a backward: what it started from, and the gradients that it made. */
  noteBackward({ loss, retain, gradients }: BackwardRecord): void {
    const from = this.length;
    this.#note(BACKWARD, this.#placeOf(loss!) << 1 | Number(retain));
    for (let i = 0; i < gradients.length; i++) this.#note(GRADIENT_MADE, this.#placeOf(gradients[i]!));
    if (this.follower !== null) this.follower.check(from);
  }

  #placeOf(node: Node): number {
    return node.batch === this.batch ? node.place : -1;
  }

  /** Makes room for words. */
  reserve(count: number): void {
    if (this.length + count <= this.words.length) return;
    const grown = new Int32Array(2 * (this.length + count));
    grown.set(this.words);
    this.words = grown;
  }

  /** Makes room for parameters. */
  reserveParams(count: number): void {
    if (this.paramCount + count <= this.params.length) return;
    const grown = new Float64Array(2 * (this.paramCount + count));
    grown.set(this.params);
    this.params = grown;
  }

  /** Begins anew. `replayable` says that nothing waits from before that an evaluation would have to look at. */
  clear(replayable: boolean): void {
    this.number++;
    this.recorded = [];
    this.follower?.end();
    this.hidden = this.follower = null;
    if (this.backwards.length > 0) this.backwards = [];
    this.knownLength = 0;
    this.leaves = [];
    this.batch = new Batch();
    this.#firstId = reserveIds(0);
    this.length = this.paramCount = this.assignments = 0;
    this.replayable = replayable;
  }

  /** Takes in a leaf. Returns its bytes; what is older than the tape was held without it. */
  #addLeaf(leaf: Node): number {
    leaf.reader = this.batch;
    leaf.leafPlace = this.leaves.length;
    this.leaves.push(leaf);
    return leaf.id >= this.#firstId ? leaf.layout.bytes : 0;
  }

  /** Takes in parameters. */
  addParams(params: readonly number[]): void {
    this.reserveParams(params.length);
    for (let i = 0; i < params.length; i++) this.params[this.paramCount++] = params[i]!;
  }
}

/** What was recorded since the last evaluation. */
export const tape: Tape = new Tape();
