/**
 * Repeated backwards: a backward that follows the same words on the tape as an earlier one adds the same words
 * again, and only the gradients that it hands out become nodes. The others are made when somebody looks for them.
 *
 * This holds since the rules of gradients are functions of ops and layouts: the only numbers of a graph that they
 * may pass on are the parameters of a node, as they are.
 *
 * @module
 */
import type { Op } from "../ops/op.ts";
import type { Layout } from "../shape.ts";
import { BackwardRecord } from "./backward_record.ts";
import {
  type Batch,
  DEPENDS,
  DISPOSED,
  type Hidden,
  type Node,
  RECORDS,
  reserveIds,
  SAVED,
  USED,
} from "./node.ts";
import { hooks, recording } from "./pending.ts";
import { MAX_WORDS, tape } from "./tape.ts";

/** How many backwards are remembered. */
const MAX_BACKWARDS = 16;

/** A node that a backward makes. */
interface Part {
  readonly op: Op;
  readonly layout: Layout;
  readonly flags: number;
  readonly params: readonly number[];
  /** The place of the node whose parameters these are, or -1. */
  readonly paramsOf: number;
}

/** What a backward adds to the tape. */
export interface Addition {
  /** The words before it. */
  readonly key: Int32Array;
  readonly words: Int32Array;
  readonly parts: readonly Part[];
  /** The parts that have parameters. */
  readonly withParams: readonly Part[];
  /** What it adds to those that are recorded. */
  readonly bytes: number;
  /** For each leaf that gets a gradient its name in words, then the part that is the gradient. */
  readonly gradients: readonly number[];
  /** The places of the nodes that it runs through. */
  readonly visited: readonly number[];
}

/** The remembered backwards, the last one first. */
const additions: Addition[] = [];

/** Whether a node of the graph takes gradients. */
export function isLeaf(node: Node): boolean {
  return node.cell !== null || node.op.kind === "leaf";
}

/** What a user sees of a leaf: the node that gets its gradient. */
export function holderOf(leaf: Node): Node {
  return leaf.cell?.owner ?? leaf;
}

/** The nodes of a repeated backward that nobody has looked for. */
class Ghosts implements Hidden {
  readonly #before: Hidden | null = tape.hidden;
  readonly #nodes = tape.recorded;
  readonly #leaves = tape.leaves;
  readonly #batch = tape.batch;
  readonly #first = tape.recorded.length;
  readonly #firstId: number;
  readonly #addition: Addition;
  #shown = false;

  constructor(addition: Addition) {
    this.#addition = addition;
    this.#firstId = reserveIds(addition.parts.length);
    for (let i = 0; i < addition.parts.length; i++) this.#nodes.push(null);
  }

  /** The node of a part; its inputs stay hidden. */
  part(index: number): Node {
    const place = this.#first + index, known = this.#nodes[place]!;
    if (known !== null) return known;
    const { op, layout, params, paramsOf, flags } = this.#addition.parts[index]!;
    const node = hooks.make(op, null, layout, paramsOf < 0 ? params : this.#nodes[paramsOf]!.params);
    node.id = this.#firstId + index;
    node.batch = this.#batch;
    node.place = place;
    node.set(flags);
    node.hideInputs(this);
    return this.#nodes[place] = node;
  }

  show(): void {
    if (this.#shown) return;
    this.#shown = true;
    this.#before?.show();
    const { parts, words } = this.#addition;
    for (let i = 0, at = 0; i < parts.length; i++) {
      const node = this.part(i), count = words[at + 2]!, inputs: Node[] = [];
      for (let j = 0; j < count; j++) {
        const input = nodeAt(words[at + 3 + j]!, this.#nodes, this.#leaves);
        input.set(USED);
        inputs.push(input);
      }
      // What holds its value for good has forgotten its inputs.
      if (node.from === this) node.inputs = inputs;
      at += 3 + count;
    }
  }
}

/** The node that a word names. */
export function nodeAt(word: number, nodes: readonly (Node | null)[], leaves: readonly Node[]): Node {
  return word >= 0 ? nodes[word]! : leaves[-1 - word]!;
}

/** Completes the words of the tape by what else a backward from a node depends on; 0 if there is more to it. */
export function completeForBackward(start: Node, retain: boolean): number {
  const { leaves, batch } = tape;
  if (!tape.replayable || recording.eager || recording.made !== null || start.batch !== batch) return 0;
  if (tape.follower !== null) return 0;
  tape.reserve(leaves.length + 1);
  const { words } = tape;
  let at = tape.length;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!, takes = isLeaf(leaf);
    // The way on from a leaf that was computed before is not on the tape, nor is what was held for it.
    if (leaf.is(DISPOSED | SAVED) || leaf.records && !takes) return 0;
    words[at++] = leaf.layout.id << 3 | leaf.flags & (RECORDS | DEPENDS) | (takes ? 4 : 0);
  }
  words[at++] = endWord(start, retain);
  return at;
}

/** The last word before a backward: what it goes from, and whether it keeps the graph. */
export function endWord(start: Node, retain: boolean): number {
  return start.place << 1 | Number(retain);
}

/** Repeats the backward from a node if it is known; returns what it leaves behind, or null. */
export function repeatBackward(start: Node, retain: boolean, length: number): BackwardRecord | null {
  const addition = findAddition(length);
  if (addition === null || !areFree(addition)) return null;
  const at = tape.length;
  tape.addWords(addition.words);
  tape.noteKnown({ addition, at });
  return add(addition, start, retain);
}

/** Repeats the backward that was foretold; null if none was, or if it cannot be repeated. */
export function followBackward(start: Node, retain: boolean): BackwardRecord | null {
  const { follower } = tape, addition = follower?.takeBackward(start, retain);
  if (addition == null) return null;
  if (!areFree(addition)) {
    follower!.leave();
    return null;
  }
  follower!.tookBackward(addition);
  return add(addition, start, retain);
}

/** Whether no leaf that is to get a gradient has one. */
function areFree({ gradients }: Addition): boolean {
  const { recorded, leaves } = tape;
  for (let i = 0; i < gradients.length; i += 2) {
    if (holderOf(nodeAt(gradients[i]!, recorded, leaves)).grad !== null) return false;
  }
  return true;
}

/** Adds what a backward adds beside its words. */
function add(addition: Addition, start: Node, retain: boolean): BackwardRecord {
  const { gradients, visited, withParams } = addition, { recorded, leaves } = tape;
  const trace = new BackwardRecord(start, retain), ghosts = new Ghosts(addition);
  for (let i = 0; i < withParams.length; i++) {
    const { params, paramsOf } = withParams[i]!;
    tape.addParams(paramsOf < 0 ? params : recorded[paramsOf]!.params);
  }
  tape.hidden = ghosts;
  recording.bytes += addition.bytes;
  for (let i = 0; i < gradients.length; i += 2) {
    const gradient = ghosts.part(gradients[i + 1]!);
    holderOf(nodeAt(gradients[i]!, recorded, leaves)).grad = gradient;
    trace.addGradient(gradient);
  }
  for (let i = 0; i < visited.length; i++) trace.visit(recorded[visited[i]!]!);
  return trace;
}

function findAddition(length: number): Addition | null {
  if (length === 0) return null;
  const i = additions.findIndex(({ key }) => key.length === length && tape.startsWith(key, 0));
  if (i < 0) return null;
  const addition = additions[i]!;
  if (i > 0) {
    additions.splice(i, 1);
    additions.unshift(addition);
  }
  return addition;
}

/** The tape before a backward. */
export interface Before {
  readonly key: Int32Array;
  readonly batch: Batch;
  readonly words: number;
  readonly places: number;
  readonly leaves: number;
  readonly bytes: number;
}

/** The tape before a backward whose words were completed. */
export function beforeBackward(length: number): Before | null {
  if (length === 0 || length > MAX_WORDS) return null;
  const { batch, recorded, leaves } = tape, { bytes } = recording;
  const key = tape.words.slice(0, length);
  return { key, batch, words: tape.length, places: recorded.length, leaves: leaves.length, bytes };
}

/** Remembers what a backward has added to the tape, if `leaves` are all that have got gradients, their first. */
export function rememberBackward(before: Before, visited: readonly Node[], leaves: readonly Node[]): void {
  if (tape.batch !== before.batch || tape.leaves.length !== before.leaves) return;
  const nodes = tape.nodes.slice(before.places), gradients: number[] = [];
  for (const leaf of leaves) {
    const gradient = holderOf(leaf).grad!, part = gradient.place - before.places;
    if (gradient.batch !== tape.batch || part < 0) return;
    gradients.push(leaf.batch === tape.batch ? leaf.place : -1 - leaf.leafPlace, part);
  }
  const owners = ownersOfParams(before.places);
  const parts = nodes.map(({ op, layout, flags, params }) => {
    return { op, layout, flags: flags & DEPENDS, params, paramsOf: owners.get(params) ?? -1 };
  });
  const addition = {
    key: before.key,
    words: tape.words.slice(before.words, tape.length),
    parts,
    withParams: parts.filter(({ params }) => params.length > 0),
    bytes: recording.bytes - before.bytes,
    gradients,
    visited: visited.map(({ place }) => place),
  };
  additions.unshift(addition);
  tape.noteKnown({ addition, at: before.words });
  if (additions.length > MAX_BACKWARDS) additions.pop();
}

/** Forgets all backwards. */
export function forgetBackwards(): void {
  additions.length = 0;
}

/** The places of the first nodes on the tape that have parameters, by their parameters. */
function ownersOfParams(count: number): Map<readonly number[], number> {
  const owners = new Map<readonly number[], number>(), { nodes } = tape;
  for (let i = 0; i < count; i++) {
    const { params } = nodes[i]!;
    if (params.length > 0) owners.set(params, i);
  }
  return owners;
}
