/**
 * The devices, and what can be set on them.
 *
 * @module
 */
import { ArgumentError, DeviceError } from "../errors.ts";
import type { Device } from "../shape.ts";
import type { Backend } from "./backend.ts";
import { CudaBackend, type CudaMemory } from "./cuda.ts";
import { COUNTER_NAMES, library } from "./library.ts";
import { nativeBackend } from "./native.ts";
import { referenceBackend } from "./reference.ts";
import { release, type Storage } from "./storage.ts";
import { SIMD_TIERS, type SimdTier } from "./tiers.ts";

const BACKENDS: Partial<Record<Device, Backend>> = { cpu: nativeBackend, reference: referenceBackend };

/** The names of the devices that every machine has. */
export const DEVICES: readonly Device[] = ["cpu", "reference"];

/** All names of devices, for people. */
export const DEVICE_NAMES: string = `${DEVICES.join(", ")}, cuda, cuda:1 …`;

/** The backend of a device. */
export function backendOf(device: Device): Backend {
  return BACKENDS[device] ?? cudaBackend(device);
}

/** Whether a device works on bytes of the process. */
export function sharesMemory(device: Device): boolean {
  return device === "cpu" || device === "reference";
}

/** Bytes of the process where a device finds them: themselves, or a copy that takes their place. */
export function placeOn(device: Device, storage: Storage): Storage {
  const placed = backendOf(device).place(storage);
  if (placed !== storage) release(storage);
  return placed;
}

/** The backend of a GPU, which is looked for when it is first named. */
function cudaBackend(device: Device): CudaBackend {
  return (BACKENDS[device] ??= new CudaBackend(Number(device.slice("cuda:".length)))) as CudaBackend;
}

/** The number of a GPU, as part of its name. */
const NUMBERED = /^cuda:(0|[1-9][0-9]?)$/;

/** Checks a device's name that came from outside; `given` is what it was given as, if that is not plain. */
export function checkDevice(name: unknown, given = `the device ${Deno.inspect(name)}`): Device {
  if (name === "cpu" || name === "reference") return name;
  const number = name === "cuda" ? "0" : typeof name === "string" ? NUMBERED.exec(name)?.[1] : undefined;
  if (number === undefined) {
    throw new DeviceError(`Cannot use ${given}: want one of ${DEVICE_NAMES}`);
  }
  const device: Device = number === "0" ? "cuda" : `cuda:${Number(number)}`;
  backendOf(device);
  return device;
}

/** The backend of a GPU, checked; `name` came from outside. */
function gpu(what: string, name: unknown): CudaBackend {
  const device = checkDevice(name);
  if (sharesMemory(device)) {
    throw new DeviceError(`Cannot ${what} of ${device}: want cuda, cuda:1 …`);
  }
  return cudaBackend(device);
}

/**
 * What became of a GPU's memory, in bytes.
 *
 * @example
 * ```ts
 * import { cudaAvailable, cudaMemory, evaluate, ones } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * if (cudaAvailable()) {
 *   const x = ones([1024], { device: "cuda" });
 *   evaluate(x);
 *   assert(cudaMemory().live >= 4 * x.size);
 * }
 * ```
 *
 * @param device Which GPU
 * @throws {DeviceError} If it cannot be used
 */
export function cudaMemory(device: Device = "cuda"): CudaMemory {
  return gpu("tell the memory", device).figures();
}

/**
 * Waits until a GPU has done all that it was given; reads wait by themselves. What went wrong there is thrown.
 *
 * @example
 * ```ts
 * import { cudaAvailable, evaluate, ones, synchronize } from "@tensaur/tensaur";
 *
 * if (cudaAvailable()) {
 *   evaluate(ones([1024], { device: "cuda" }).exp());
 *   synchronize();
 * }
 * ```
 *
 * @param device Which GPU
 * @throws {DeviceError} If it cannot be used, or has failed
 */
export function synchronize(device: Device = "cuda"): void {
  gpu("wait for the work", device).synchronize();
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
