/**
 * Running programs eagerly and lazily, and measuring what an iteration costs.
 *
 * @module
 */
import { compile, manualSeed, type Stats, stats } from "@tensaur/tensaur";
import { memoryCounters, setPoison } from "../../src/backend/storage.ts";
import { forecasting } from "../../src/graph/ahead.ts";
import { lending } from "../../src/graph/lend.ts";
import { recording } from "../../src/graph/pending.ts";
import {
  assignedCells,
  openBackwards,
  openLosses,
  setComputed,
  takeAllPending,
} from "../../src/graph/sinks.ts";
import { forgetBackwards } from "../../src/graph/repeat.ts";
import { forgetPlans } from "../../src/graph/replay.ts";
import { type Alive, NodeWatch } from "./memory.ts";
import { type Limits, type Observed, type Program, STALE } from "./program.ts";

/** One thing that a program saw: its numbers, or that it was gone. */
type Seen = readonly number[] | typeof STALE;

/** What a run showed. */
export interface Run {
  /** Everything that the program observed. */
  readonly seen: readonly Seen[];
  /** How many iterations it had. */
  readonly iterations: number;
  /** What it had cost by its middle, and by its end; null if it was not measured. */
  readonly middle: Moment | null;
  readonly end: Moment | null;
}

/** The counters at one moment. */
interface Moment {
  readonly stats: Stats;
  readonly live: number;
  readonly alive: Alive;
}

/**
 * How a program runs: each node computed when it is made, or as late as can be, or each iteration as a call of a
 * compiled program.
 */
export type Mode = "eager" | "lazy" | "compiled";

/** Runs a function in one of the two modes, from a state as after loading, with poison in what is released. */
export async function inMode<T>(eager: boolean, f: () => T | Promise<T>): Promise<T> {
  const { eager: before, maxNodes, maxBytes } = recording,
    { patience } = forecasting,
    { leastSize } = lending;
  forgetEverything();
  manualSeed(7);
  setPoison(true);
  recording.eager = eager;
  forecasting.patience = 1;
  lending.leastSize = 0;
  try {
    return await f();
  } finally {
    Object.assign(recording, { eager: before, maxNodes, maxBytes });
    forecasting.patience = patience;
    lending.leastSize = leastSize;
    setPoison(false);
    forgetEverything();
  }
}

function forgetEverything(): void {
  for (const node of takeAllPending()) setComputed(node);
  openLosses.clear();
  openBackwards.clear();
  assignedCells.clear();
  forgetPlans();
  forgetBackwards();
}

/** Runs a program in a mode. */
export function runProgram(program: Program, mode: Mode): Promise<Run> {
  return inMode(mode === "eager", () => {
    const seen: Seen[] = [], iterator = program.body((...values) => note(values, seen));
    const plain = (): boolean => iterator.next().done === true;
    const iterate = mode === "compiled" ? compile(plain, { of: "tensors" }) : plain;
    let iterations = 0;
    while (!iterate()) iterations++;
    return { seen, iterations, middle: null, end: null };
  });
}

/** Runs a program lazily, and measures it in the middle and at the end of its iterations. */
export function measureProgram(program: Program, iterations: number): Promise<Run> {
  return inMode(false, async () => {
    using watch = new NodeWatch();
    const seen: Seen[] = [], iterator = program.body((...values) => note(values, seen));
    let middle: Moment | null = null, end: Moment | null = null;
    for (let i = 1; iterator.next().done !== true; i++) {
      if (i === middleOf(iterations)) middle = await moment(watch);
      if (i === iterations) end = await moment(watch);
    }
    return { seen, iterations, middle, end };
  });
}

function middleOf(iterations: number): number {
  return Math.floor(iterations / 2);
}

async function moment(watch: NodeWatch): Promise<Moment> {
  const now = stats(), { live } = memoryCounters();
  return { stats: now, live, alive: await watch.alive() };
}

/** What an iteration cost in the second half of a run. */
export function costsOf({ middle, end, iterations }: Run): Limits {
  const mean = (read: (moment: Moment) => number): number =>
    middle === null || end === null ? 0 : (read(end) - read(middle)) / (iterations - middleOf(iterations));
  return {
    kernels: mean(({ stats }) => stats.kernels),
    plans: mean(({ stats }) => stats.plansBuilt),
    programs: mean(({ stats }) => stats.programs),
    recomputed: mean(({ stats }) => stats.recomputed),
    garbage: mean(({ live }) => live),
    nodes: mean(({ alive }) => alive.nodes),
    bytes: mean(({ alive }) => alive.bytes),
  };
}

function note(values: readonly Observed[], into: Seen[]): void {
  for (const value of values) {
    if (value === STALE) into.push(STALE);
    else {
      const numbers: number[] = [];
      flatten(value, numbers);
      into.push(numbers);
    }
  }
}

function flatten(value: Observed, into: number[]): void {
  if (typeof value === "object") { for (const member of Array.from(value)) flatten(member, into); }
  else into.push(Number(value));
}

/**
 * The first place where two runs differ, as a sentence; null if they agree. Values that are gone agree; a program
 * may end with one.
 */
export function difference(lazy: readonly Seen[], all: readonly Seen[]): string | null {
  const eager = lazy.at(-1) === STALE ? all.slice(0, lazy.length) : all;
  if (lazy.length !== eager.length) return `${lazy.length} observations lazily, ${eager.length} eagerly`;
  for (let i = 0; i < lazy.length; i++) {
    const a = lazy[i]!, b = eager[i]!;
    if (a === STALE) continue;
    const at = [...b].findIndex((value, j) => !Object.is(value, a[j]));
    if (a.length !== b.length || at >= 0) {
      return `observation ${i} of ${eager.length} is [${a}] lazily, [${b}] eagerly`;
    }
  }
  return null;
}
