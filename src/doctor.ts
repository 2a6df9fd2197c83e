/**
 * What Tensaur finds on this machine, what works, and what to do about what does not.
 *
 * It stands on its own: it can be imported and run where the native library cannot be opened.
 *
 * @example
 * ```sh
 * deno run --allow-ffi --allow-read --allow-env src/doctor.ts
 * deno run --allow-ffi --allow-read --allow-env src/doctor.ts --json
 * ```
 *
 * @module
 */
import type { DeviceTest } from "./doctor/devices.ts";
import type { CacheState, PermissionStates } from "./doctor/system.ts";

export type { CacheState, DeviceTest, PermissionStates };

/** Something that does not work, or not as it could. */
export interface Problem {
  /** What it is. */
  readonly what: string;
  /** What to do about it. */
  readonly cure: string;
}

/** A GPU, as its driver describes it. */
export interface GpuFound {
  /** What its maker calls it. */
  readonly name: string;
  /** Bytes of memory. */
  readonly memory: number;
  /** The compute capability, for example `"9.0"`. */
  readonly computeCapability: string;
}

/** What `doctor` has found. */
export interface Diagnosis {
  /** Tensaur's version, Deno's, and those of what is in Deno. */
  readonly versions: {
    readonly tensaur: string;
    readonly deno: string;
    readonly v8: string;
    readonly typescript: string;
  };
  /** Deno's name of the target. */
  readonly target: string;
  /** The native library: its path, who put it there, and which interface it has; or why it cannot be opened. */
  readonly library:
    | { readonly path: string; readonly origin: string; readonly abi: number; readonly error: null }
    | { readonly path: null; readonly origin: null; readonly abi: null; readonly error: string };
  /** Where released libraries are kept, and what is there. */
  readonly cache: CacheState;
  /** What is permitted of what the library may need. */
  readonly permissions: PermissionStates;
  /** The SIMD tier of the kernels; null without a library. */
  readonly simd: string | null;
  /** The threads of the kernels; null without a library. */
  readonly threads: number | null;
  /** The GPUs that can be used, and if there is none, the reason. */
  readonly gpus: { readonly found: readonly GpuFound[]; readonly reason: string | null };
  /** How each device has computed what is known otherwise. */
  readonly devices: readonly DeviceTest[];
  /** What does not work, and what to do about it. */
  readonly problems: readonly Problem[];
}

/** Options of `doctor`. */
export interface DoctorOptions {
  /** For how many seconds each device is tested; 1 if not given. */
  readonly seconds?: number;
}

/**
 * Looks at all that Tensaur needs, and tests each device. It never throws: what goes wrong is part of what it returns.
 *
 * @example
 * ```ts
 * import { doctor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { library, devices } = await doctor({ seconds: 0.01 });
 * assertEquals(library.error, null);
 * assertEquals(devices.map(({ right }) => right), devices.map(() => true));
 * ```
 *
 * @param options `seconds`: how long each device is tested
 */
export async function doctor(options: DoctorOptions = {}): Promise<Diagnosis> {
  const { diagnose } = await import("./doctor/diagnose.ts");
  return await diagnose(options.seconds ?? 1);
}

if (import.meta.main) {
  const diagnosis = await doctor();
  const { describeDiagnosis } = await import("./doctor/text.ts");
  const text = Deno.args.includes("--json")
    ? JSON.stringify(diagnosis, null, 2)
    : describeDiagnosis(diagnosis);
  // deno-lint-ignore no-console -- a command reports there
  console.log(text);
  Deno.exitCode = diagnosis.problems.length === 0 ? 0 : 1;
}
