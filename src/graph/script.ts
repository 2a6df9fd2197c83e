/**
 * Scripts: the words of an evaluation's tape, taken apart so that they can be compared one by one as they come.
 *
 * @module
 */
import type { Op } from "../ops/op.ts";
import type { Layout } from "../shape.ts";
import { Forecast, versionOf } from "./ahead.ts";
import { bindFreeView } from "./bind.ts";
import { formOf } from "./find.ts";
import { DEPENDS, DISPOSED, LENT, type Node, RECORDS, SAVED } from "./node.ts";
import { isLeaf } from "./repeat.ts";
import type { Trace } from "./replay.ts";
import { eventLength, type KnownBackward, tape } from "./tape.ts";

/** The bits of a leaf that matter; none of those beside the first two may be set. */
const LEAF_BITS = RECORDS | DEPENDS | DISPOSED | SAVED | LENT;

/** A node to come. What is compared stands first: between two kernels each line of memory is cold. */
export class Part {
  /** The words of its first inputs. */
  readonly first: number;
  readonly second: number;
  readonly third: number;

  constructor(
    readonly op: Op,
    /** Where its words begin. */
    readonly at: number,
    /** The words of its inputs. */
    readonly inputs: readonly number[],
    /** Whether gradients have to be recorded; null if it does not matter. */
    readonly records: boolean | null,
    readonly layout: Layout,
    readonly flags: number,
    /** Its place on the tape. */
    readonly place: number,
    /** Where its words end. */
    readonly end: number,
  ) {
    [this.first = 0, this.second = 0, this.third = 0] = inputs;
  }
}

function takesGradients(leaf: Node): boolean {
  return leaf.records && isLeaf(leaf);
}

/** What the tape will read from outside. */
class Outside {
  constructor(
    readonly layout: Layout,
    readonly flags: number,
    readonly form: number,
    readonly takesGradients: boolean,
  ) {}

  equals(other: Outside | undefined): boolean {
    return other !== undefined && this.layout === other.layout && this.flags === other.flags &&
      this.form === other.form && this.takesGradients === other.takesGradients;
  }

  /** Whether a node can stand for it. */
  fits(node: Node): boolean {
    return node.layout === this.layout && (node.flags & LEAF_BITS) === this.flags &&
      (node.value !== null || bindFreeView(node)) && formOf(node) === this.form &&
      takesGradients(node) === this.takesGradients;
  }
}

/** What a tape will be, if everything happens again. */
export class Script {
  /** The nodes, in order; those that known backwards add are not among them. */
  readonly parts: readonly Part[];
  /** The backwards whose words are known. */
  readonly backwards: readonly KnownBackward[] = [...tape.backwards];
  /** What is read from outside, in order of the first use. */
  readonly leaves: readonly Outside[];
  /** What the next call will read. */
  readonly forecast: Forecast;
  /** How many words the nodes and events have. */
  readonly length: number = tape.length;

  /** Made of the tape as it is when it is evaluated; `trace` is what is done then. */
  constructor(readonly trace: Trace) {
    const { words } = trace;
    this.forecast = new Forecast(trace.plan);
    this.parts = partsOf(words, this.length);
    this.leaves = tape.leaves.map((leaf, i) => {
      const at = this.length + 2 * i;
      return new Outside(leaf.layout, words[at]! & (RECORDS | DEPENDS), words[at + 1]!, takesGradients(leaf));
    });
  }

  /** Whether the arguments of a call can be what was read the last time. */
  suits(args: readonly unknown[]): boolean {
    const { sources } = this.forecast;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i]!;
      if (typeof source !== "number") continue;
      const version = versionOf(args[source]);
      if (version === undefined || !this.leaves[i]!.fits(version)) return false;
    }
    return true;
  }

  /** Whether the first words of another one mean what they mean here, with so many leaves and known backwards. */
  beginsLike(other: Script, length: number, leaves: number, backwards: number): boolean {
    const { words } = this.trace;
    for (let i = 0; i < length; i++) if (words[i] !== other.trace.words[i]) return false;
    for (let i = 0; i < leaves; i++) if (!other.leaves[i]!.equals(this.leaves[i])) return false;
    const next = this.backwards[backwards];
    if (next !== undefined && next.at < length) return false;
    for (let i = 0; i < backwards; i++) {
      if (this.backwards[i]?.addition !== other.backwards[i]!.addition) return false;
    }
    return true;
  }
}

function partsOf(words: Int32Array, length: number): Part[] {
  const parts: Part[] = [], { recorded, backwards, leaves } = tape;
  let at = 0, place = 0, backward = 0;
  while (at < length) {
    if (at === backwards[backward]?.at) {
      const { parts: added, words: skipped } = backwards[backward++]!.addition;
      at += skipped.length;
      place += added.length;
    } else if (words[at]! < 0) at += eventLength(words[at]!);
    else {
      const end = at + 3 + words[at + 2]!, { op, layout } = recorded[place]!;
      const flags = words[at]! & (RECORDS | DEPENDS), inputs = [...words.slice(at + 3, end)];
      const mayRecord = op.gradients.length > 0 &&
        inputs.some((word) => word < 0 ? leaves[-1 - word]!.records : recorded[word]?.records);
      const records = mayRecord ? (flags & RECORDS) !== 0 : null;
      parts.push(new Part(op, at, inputs, records, layout, flags, place++, end));
      at = end;
    }
  }
  return parts;
}
