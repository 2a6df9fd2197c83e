/**
 * While a profiler is set, each plan runs by the way that measures its kernels.
 *
 * @module
 */
import type { Storage } from "../backend/storage.ts";
import { bytesOf, flopsOf } from "../backend/work.ts";
import { kernelName } from "./explain.ts";
import type { Plan } from "./plan.ts";

/** Who measures at the moment; null in ordinary times. */
export const profiling: { profiler: Profiler | null } = { profiler: null };

/** What was measured of a kernel. */
export interface Measured {
  /** The number of its plan, from 1, in the order in which plans first ran. */
  readonly plan: number;
  /** Its number in the plan, from 1, as `explain` counts. */
  readonly kernel: number;
  /** What `explain` calls it. */
  readonly name: string;
  /** How it reaches its operands, as it ran first. */
  readonly path: string;
  /** The bytes that a call must read and write. */
  readonly bytes: number;
  /** The additions and multiplications of a call; null unless it is a matmul. */
  readonly flops: number | null;
  /** How often it ran. */
  calls: number;
  /** What all calls took. */
  nanoseconds: number;
}

/** Measures the plans that run. */
export class Profiler {
  /** The kernels of the plans, in the order in which they first ran. */
  readonly kernels: Measured[] = [];
  readonly #plans = new Map<Plan, readonly Measured[]>();

  /** @internal `outer` learns of every run too. */
  constructor(readonly outer: Profiler | null) {}

  /** Runs a plan; one that fails is not counted. */
  run(plan: Plan, slots: readonly Storage[], params: Float64Array): void {
    this.#add(plan, plan.executable.profile(slots, params));
  }

  #add(plan: Plan, spent: Float64Array): void {
    let kernels = this.#plans.get(plan);
    if (kernels === undefined) {
      this.#plans.set(plan, kernels = kernelsOf(plan, this.#plans.size + 1));
      this.kernels.push(...kernels);
    }
    kernels.forEach((kernel, i) => {
      kernel.calls++;
      kernel.nanoseconds += spent[i]!;
    });
    if (this.outer !== null) this.outer.#add(plan, spent);
  }
}

function kernelsOf({ assembly, executable }: Plan, plan: number): Measured[] {
  const runs = executable.report();
  return assembly.steps.map((planned, i) => ({
    plan,
    kernel: i + 1,
    name: kernelName(planned),
    path: (runs[i] ?? "").split(" | ")[0]!.replace(/^path /, ""),
    bytes: bytesOf(planned.step),
    flops: flopsOf(planned.step),
    calls: 0,
    nanoseconds: 0,
  }));
}
