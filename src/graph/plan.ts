/**
 * Plans: the kernels of a graph as steps over slots, ready to run again and again.
 *
 * A plan holds no tensor. Its slots are the bytes of its leaves, then one for each value that is kept, then one arena
 * for all temporaries if there are any.
 *
 * @module
 */
import type { Backend, Executable, Step } from "../backend/backend.ts";
import type { Access } from "./access.ts";
import { assemble } from "./assemble.ts";
import type { Node } from "./node.ts";

/** A value that outlives the plan. */
export interface Kept {
  /** Which node. */
  readonly index: number;
  /** The slot of its bytes. */
  readonly slot: number;
  /** Where its elements lie in the slot; contiguous values have the strides of their layout itself. */
  readonly access: Access;
  /** Whether its bytes are those of a leaf or of another kept value too. */
  readonly shares: boolean;
}

/** A step with what a person wants to know of it. */
export interface PlannedStep {
  /** The step. */
  readonly step: Step;
  /** The ops that it computes. */
  readonly ops: string;
  /** Why its results lie in memory. */
  readonly reason: string;
}

/** What `assemble` makes of nodes. */
export interface Assembly {
  /** The steps in order. */
  readonly steps: readonly PlannedStep[];
  /** How many leaves it reads. */
  readonly leaves: number;
  /** The bytes of all temporaries. */
  readonly arenaBytes: number;
  /** The bytes of each kept value's slot. */
  readonly outputBytes: readonly number[];
  /** What each of them is, for people. */
  readonly outputNames: readonly string[];
  /** The values that are kept. */
  readonly kept: readonly Kept[];
}

/** A graph made ready to run. */
export class Plan {
  /** The parts. */
  readonly assembly: Assembly;
  /** The parts made ready by the backend. */
  readonly executable: Executable;

  /** @internal `reasons[i]` says why node i is kept, or is "". */
  constructor(
    /** The words of layouts. */
    readonly sizes: Int32Array,
    nodes: readonly Node[],
    leaves: readonly Node[],
    reasons: readonly string[],
    /** Where it runs. */
    readonly backend: Backend,
  ) {
    this.assembly = assemble(nodes, leaves, reasons);
    this.executable = backend.compile(this.assembly.steps.map((planned) => planned.step));
  }
}
