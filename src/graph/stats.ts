/**
 * What the engine has done so far.
 *
 * @module
 */
import { COUNTER_NAMES, library } from "../backend/library.ts";
import { memoryCounters } from "../backend/storage.ts";
import { programsMade } from "../program.ts";

/** @internal Counted by the engine as it runs. */
export const counters = {
  kernels: 0,
  plansBuilt: 0,
  plansRun: 0,
  planHits: 0,
  foretold: 0,
  ahead: 0,
  recomputed: 0,
};

/** The number of the library's counter. */
const DRIVER_CALLS = COUNTER_NAMES.indexOf("driverCalls");

/** Counts since the library was loaded. */
export interface Stats {
  /** Kernels run. */
  readonly kernels: number;
  /** Plans built: graphs of a new structure, or of new shapes. */
  readonly plansBuilt: number;
  /** Plans run. */
  readonly plansRun: number;
  /** Plans found among those built before. */
  readonly planHits: number;
  /** Evaluations within compiled programs that came as their trace foretold. */
  readonly foretold: number;
  /** Those of them whose plan had begun on another thread before the call came there. */
  readonly ahead: number;
  /** Calls of CUDA's driver: how many a step costs is their difference; 0 where no GPU was used. */
  readonly driverCalls: number;
  /** Distinct programs made. */
  readonly programs: number;
  /** Values that were dropped and computed again. */
  readonly recomputed: number;
  /** Bytes handed out and not given back. What the garbage collector took still counts. */
  readonly bytesLive: number;
  /** Bytes that wait in the pool. */
  readonly bytesPooled: number;
  /** The most bytes that were live at a time. */
  readonly bytesPeak: number;
}

/**
 * What the engine has done since it was loaded.
 *
 * @example
 * ```ts
 * import { ones, stats } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const before = stats().kernels;
 * ones([3]).mul(2).add(1).sum().item();
 * assertEquals(stats().kernels - before, 1);
 * ```
 */
export function stats(): Stats {
  const { live, pooled, peak } = memoryCounters();
  return {
    ...counters,
    driverCalls: library.counter(DRIVER_CALLS),
    programs: programsMade(),
    bytesLive: live,
    bytesPooled: pooled,
    bytesPeak: peak,
  };
}
