/**
 * The devices, and what can be set on them.
 *
 * @module
 */
import { ArgumentError, DeviceError } from "../errors.ts";
import type { Device } from "../shape.ts";
import type { Backend } from "./backend.ts";
import { COUNTER_NAMES, library } from "./library.ts";
import { nativeBackend } from "./native.ts";
import { referenceBackend } from "./reference.ts";
import { SIMD_TIERS, type SimdTier } from "./tiers.ts";

const BACKENDS: Readonly<Record<Device, Backend>> = { cpu: nativeBackend, reference: referenceBackend };

/** The names of the devices of this build. */
export const DEVICES: readonly Device[] = ["cpu", "reference"];

/** The backend of a device. */
export function backendOf(device: Device): Backend {
  return BACKENDS[device];
}

/** Checks a device's name that came from outside. */
export function checkDevice(name: unknown): Device {
  const device = DEVICES.find((known) => known === name);
  if (device !== undefined) return device;
  const known = DEVICES.join(", ");
  if (name === "cuda") throw new DeviceError(`The device cuda is not part of this build: it has ${known}`);
  throw new DeviceError(`Cannot use the device ${Deno.inspect(name)}: want one of ${known}`);
}

/**
 * Sets how many threads the CPU kernels may use; 0 means one a core. Results have the same bits with any number. No more
 * of them work at once than there are cores, and than the size of the work pays for.
 *
 * @example
 * ```ts
 * import { setThreads, threads } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * setThreads(2);
 * assertEquals(threads(), 2);
 * setThreads(0);
 * ```
 *
 * @param count How many threads, an integer from 0 to 1024
 * @returns The number in force
 */
export function setThreads(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > 1024) {
    throw new ArgumentError(`Cannot set ${count} threads: want an integer from 0 (one a core) to 1024`);
  }
  return library.setThreads(count);
}

/**
 * The number of threads that the CPU kernels may use.
 *
 * @example
 * ```ts
 * import { threads } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(threads() >= 1);
 * ```
 */
export function threads(): number {
  return library.threads();
}

/** The SIMD tier in force. */
export function simd(): SimdTier {
  return SIMD_TIERS[library.simd()]!;
}

/** Lowers the SIMD tier, for tests. Returns the tier in force: the machine may not have the one asked for. */
export function setSimd(tier: SimdTier): SimdTier {
  return SIMD_TIERS[library.setSimd(SIMD_TIERS.indexOf(tier))]!;
}

/** How often the kernels took each of their paths since the library was loaded. */
export function kernelCounters(): Record<string, number> {
  return Object.fromEntries(COUNTER_NAMES.map((name, i) => [name, library.counter(i)]));
}
