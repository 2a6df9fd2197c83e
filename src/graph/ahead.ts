/**
 * Running ahead: what a compiled program will compute is begun when its call begins, on another thread, and used if the
 * call turns out to want just that. The results have bytes of their own, so what nobody wanted is given back.
 *
 * @module
 */
import type { Storage } from "../backend/storage.ts";
import { finish, giveBackSlots, takeSlots } from "./execute.ts";
import { DISPOSED, type Node } from "./node.ts";
import type { Plan } from "./plan.ts";
import { profiling } from "./profiler.ts";
import { counters } from "./stats.ts";
import { tape } from "./tape.ts";

/** Plans over more bytes than this keep several threads busy themselves. */
const MOST_BYTES = 2 ** 20;
/** After so many forecasts in a row that were wrong, hardly any are made. */
const MOST_WRONG = 12;

/**
 * How many calls pass before the first forecast; changed by tests only. During its first thousands V8 compiles what is hot
 * on other threads, and on two cores a worker beside the caller would take their time: 500 epochs of 5 steps from a cold
 * start took 5 % longer with it.
 */
export const forecasting: { patience: number } = { patience: 3000 };

/** The parameters of the run that has begun; all share the array. */
let params = new Float64Array(256);

/** What a call will read and with which parameters, if it is like the last one. */
export class Forecast {
  /** For each leaf its place among the arguments of the call, or the tensor whose newest version it is. */
  sources: readonly (number | Node)[] = [];
  #params = new Float64Array(0);
  /** How often in a row it was wrong, and how many calls pass before the next one is made. */
  #wrong = 0;
  #pause = forecasting.patience;
  /** Whether the plan is small enough. */
  readonly #worth: boolean;

  constructor(readonly plan: Plan) {
    const { arenaBytes, outputBytes } = plan.assembly;
    const bytes = outputBytes.reduce((sum, each) => sum + each, arenaBytes);
    this.#worth = plan.executable.start !== undefined && bytes <= MOST_BYTES;
  }

  /** Begins the plan over what the call will read, as far as can be known; null if that is not worth it. */
  begin(args: readonly unknown[]): Ahead | null {
    if (!this.#worth || profiling.profiler !== null) return null;
    if (this.#pause > 0) {
      this.#pause--;
      return null;
    }
    const known = tape.leaves, count = this.sources.length, leaves = new Array<Node>(count);
    for (let i = 0; i < count; i++) {
      const leaf = i < known.length ? known[i]! : this.#leaf(i, args);
      if (leaf === undefined || leaf.value === null || leaf.is(DISPOSED)) return null;
      leaves[i] = leaf;
    }
    const { length } = this.#params;
    if (params.length < length) params = new Float64Array(2 * length);
    params.set(this.#params);
    for (let i = 0; i < tape.paramCount; i++) params[i] = tape.params[i]!;
    for (let i = 0; i < count; i++) params[length - count + i] = leaves[i]!.value!.offset;
    const slots = takeSlots(this.plan, leaves);
    if (this.plan.executable.start!(slots, params)) return new Ahead(this.plan, leaves, length, slots);
    giveBackSlots(this.plan, slots);
    return null;
  }

  #leaf(i: number, args: readonly unknown[]): Node | undefined {
    const source = this.sources[i]!;
    return typeof source === "number" ? versionOf(args[source]) : source.version;
  }

  /** The last call was as foretold, or not; then the next ones are waited for, more and more of them. */
  judge(right: boolean): void {
    this.#wrong = right ? 0 : Math.min(this.#wrong + 1, MOST_WRONG);
    if (!right) this.#pause = 2 ** this.#wrong;
  }

  /** Notes what a call has read, and its parameters. */
  learn(leaves: readonly Node[], given: Float64Array, args: readonly unknown[]): void {
    const count = tape.paramCount + leaves.length;
    if (this.#params.length !== count) this.#params = new Float64Array(count);
    for (let i = 0; i < count; i++) this.#params[i] = given[i]!;
    this.sources = leaves.map((leaf) => {
      const place = args.findIndex((arg) => versionOf(arg) === leaf);
      return place >= 0 ? place : leaf.cell?.owner ?? leaf;
    });
  }
}

/** The version of what may be a tensor. */
export function versionOf(arg: unknown): Node | undefined {
  return (arg as Node | null | undefined)?.version;
}

/** A plan that has begun. It is ended by one of its methods. */
export class Ahead {
  constructor(
    readonly plan: Plan,
    readonly leaves: readonly Node[],
    readonly paramCount: number,
    readonly slots: Storage[],
  ) {}

  /** Its slots, if it was given the same and all went well; else null, and everything is given back. */
  take(leaves: readonly Node[], given: Float64Array): Storage[] | null {
    const { plan, slots } = this;
    if (plan.executable.join!() && this.#foresaw(leaves, given)) {
      finish(plan, slots);
      counters.ahead++;
      return slots;
    }
    giveBackSlots(plan, slots);
    return null;
  }

  /** Nobody wants it. */
  cancel(): void {
    this.plan.executable.join!();
    giveBackSlots(this.plan, this.slots);
  }

  #foresaw(leaves: readonly Node[], given: Float64Array): boolean {
    if (leaves.length !== this.leaves.length || tape.paramCount + leaves.length !== this.paramCount) {
      return false;
    }
    for (let i = 0; i < leaves.length; i++) if (leaves[i] !== this.leaves[i]) return false;
    for (let i = 0; i < this.paramCount; i++) if (!Object.is(given[i], params[i])) return false;
    return true;
  }
}
