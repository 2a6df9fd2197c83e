/**
 * Where the time goes: what each kernel took that ran in a function.
 *
 * @module
 */
import { checkNumber, checkOptions } from "./arguments.ts";
import { ArgumentError } from "./errors.ts";
import { type Measured, Profiler, profiling } from "./graph/profiler.ts";
import { describe } from "./shape.ts";

/** How much of a kernel's name is printed. */
const NAME_WIDTH = 60;

/** What a kernel of a plan did while it was profiled. */
export interface KernelProfile {
  /** The number of its plan, from 1, in the order in which plans first ran. */
  readonly plan: number;
  /** Its number in the plan, from 1, as `explain` counts. */
  readonly kernel: number;
  /** Its family and the ops that it computes, as `explain` names it. */
  readonly name: string;
  /** How it reaches its operands, as `explain` tells. */
  readonly path: string;
  /** How often it ran. */
  readonly calls: number;
  /** What all calls took together, in milliseconds. */
  readonly milliseconds: number;
  /**
   * The bytes that a call must read and write: the elements that it reaches of each operand, once an operand. What is
   * gathered or scattered counts as often as there are positions, but no more than once an element.
   */
  readonly bytes: number;
  /** The additions and multiplications of a call of a matmul; null for another kernel. */
  readonly flops: number | null;
  /** Those bytes in the time that was measured, in 10⁹ a second; null if the clock saw no time pass. */
  readonly gigabytesPerSecond: number | null;
  /** Those operations in that time, in 10⁹ a second; null also for another kernel than a matmul. */
  readonly gigaflopsPerSecond: number | null;
  /** What part of the limit that is: of operations for a matmul, else of bytes; null if that limit was not given. */
  readonly ofLimit: number | null;
}

/** What the machine can do at most, as `deno task bench:limits --json FILE` measures and writes it. */
export interface ProfileLimits {
  /** How many 10⁹ additions and multiplications it does in a second. */
  readonly gigaflopsPerSecond?: number;
  /** How many 10⁹ bytes it reads and writes in a second. */
  readonly gigabytesPerSecond?: number;
}

/** Options of `profile`. */
export interface ProfileOptions {
  /** What the machine can do at most: each kernel's part of that is told. */
  readonly limits?: ProfileLimits;
}

/**
 * What `profile` measured.
 *
 * @example
 * ```ts
 * import { profile, Profile, rand } from "@tensaur/tensaur";
 * import { assert, assertStringIncludes } from "@std/assert";
 *
 * const measured = profile(() => rand([100]).exp().sum().item());
 * assert(measured instanceof Profile);
 * assertStringIncludes(`${measured}`, "reduce: sum");
 * ```
 */
export class Profile {
  /** The kernels, in the order in which they first ran. */
  readonly kernels: readonly KernelProfile[];

  /** @internal */
  constructor(measured: readonly Measured[], limits: ProfileLimits = {}) {
    this.kernels = measured.map((kernel) => profileOf(kernel, limits));
  }

  /** What all kernels took, in milliseconds. */
  get milliseconds(): number {
    return this.kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  }

  /** A table of the kernels; those that took longest come first. */
  toString(): string {
    const { kernels, milliseconds } = this;
    if (kernels.length === 0) return "no kernel ran";
    const sorted = kernels.toSorted((a, b) => b.milliseconds - a.milliseconds);
    return columns([HEADER, ...sorted.map((kernel) => rowOf(kernel, milliseconds))]);
  }
}

/** What `console.log` shows. */
function inspect(this: Profile): string {
  return this.toString();
}

Object.defineProperty(Profile.prototype, Symbol.for("Deno.customInspect"), { value: inspect });

/**
 * Runs a function and measures each kernel that runs in it: calls, time, and what part of the machine's speed that is.
 * Only what is computed inside counts, so read results there, or call `evaluate`. Steps that the library runs by
 * blocks of rows share the time of all. What happens between kernels is not measured, nor the building of plans; a
 * function that was called before finds its memory warm. Profiles may be nested: the outer one counts everything.
 *
 * @example
 * ```ts
 * import { evaluate, profile, rand } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = rand([64, 32]), w = rand([32, 16]);
 * evaluate(x, w);
 * const measured = profile(() => {
 *   for (let i = 0; i < 10; i++) evaluate(x.matmul(w).relu());
 * });
 * console.log(`${measured}`); // kernel  calls  ms  share  us a call  GB/s  GFLOP/s  path  what
 * const [kernel] = measured.kernels;
 * assertEquals([kernel?.name, kernel?.calls], ["matmul: matmul relu", 10]);
 * assertEquals(kernel?.flops, 2 * 64 * 32 * 16);
 * ```
 *
 * @example What part of the machine's limits is reached
 * ```ts
 * import { evaluate, profile, rand } from "@tensaur/tensaur";
 * import { assert, assertStringIncludes } from "@std/assert";
 *
 * // Measured by: deno task bench:limits --json limits.json
 * const limits = { gigaflopsPerSecond: 396, gigabytesPerSecond: 33.1 };
 * const x = rand([64, 64]);
 * const measured = profile(() => evaluate(x.matmul(x)), { limits });
 * assertStringIncludes(`${measured}`, "of limit");
 * assert(measured.kernels[0]!.ofLimit! > 0);
 * ```
 *
 * @param f A function that is not asynchronous
 * @param options What the machine can do at most, if known
 * @throws {ArgumentError} If it is not a function or returns a promise, or a limit is not a positive number
 */
export function profile(f: () => unknown, options: ProfileOptions = {}): Profile {
  if (typeof f !== "function") throw new ArgumentError(`Cannot profile ${describe(f)}: want a function`);
  checkOptions("profile", options, ["limits"]);
  const { limits = {} } = options;
  checkLimits(limits);
  const outer = profiling.profiler, profiler = new Profiler(outer);
  profiling.profiler = profiler;
  try {
    if (f() instanceof Promise) {
      throw new ArgumentError("Cannot profile an asynchronous function: it goes on after its profile");
    }
  } finally {
    profiling.profiler = outer;
  }
  return new Profile(profiler.kernels, limits);
}

const LIMITS = ["gigaflopsPerSecond", "gigabytesPerSecond"] as const;

function checkLimits(limits: ProfileLimits): void {
  checkOptions("the limits of profile", limits, LIMITS);
  for (const name of LIMITS) {
    const limit = limits[name];
    if (limit !== undefined) checkNumber(`profile's limit ${name}`, limit, Number.MIN_VALUE);
  }
}

function profileOf({ nanoseconds, ...kernel }: Measured, limits: ProfileLimits): KernelProfile {
  const rate = (each: number | null): number | null =>
    each === null || nanoseconds === 0 ? null : each * kernel.calls / nanoseconds;
  const bytes = rate(kernel.bytes), flops = rate(kernel.flops);
  const [reached, limit] = kernel.flops === null
    ? [bytes, limits.gigabytesPerSecond]
    : [flops, limits.gigaflopsPerSecond];
  return {
    ...kernel,
    milliseconds: nanoseconds / 1e6,
    gigabytesPerSecond: bytes,
    gigaflopsPerSecond: flops,
    ofLimit: reached === null || limit === undefined ? null : reached / limit,
  };
}

const HEADER = ["kernel", "calls", "ms", "share", "us a call", "GB/s", "GFLOP/s", "of limit", "path", "what"];
/** The columns from here on are text, and begin at the left. */
const FIRST_TEXT = HEADER.indexOf("path");

function rowOf(kernel: KernelProfile, all: number): string[] {
  const { plan, calls, milliseconds, name, path } = kernel;
  return [
    `${plan}.${kernel.kernel}`,
    `${calls}`,
    milliseconds.toFixed(3),
    all === 0 ? "" : percent(milliseconds / all),
    (1000 * milliseconds / calls).toFixed(2),
    kernel.gigabytesPerSecond?.toFixed(2) ?? "",
    kernel.gigaflopsPerSecond?.toFixed(2) ?? "",
    kernel.ofLimit === null ? "" : percent(kernel.ofLimit),
    path,
    name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 3)}...` : name,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Rows as lines, their cells below each other. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number): string =>
    column < FIRST_TEXT ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
