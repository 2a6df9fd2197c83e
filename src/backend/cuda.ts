/**
 * The backend over NVIDIA GPUs: one for each that is used, made when it is first named.
 *
 * @module
 */
import type { TypedArray } from "../dtype.ts";
import { DeviceError, OutOfMemoryError } from "../errors.ts";
import type { Backend, Executable, Step } from "./backend.ts";
import { check, lastError, library, linesAt, planReport } from "./library.ts";
import { Given, LibraryPlan, profilePlan } from "./native.ts";
import { RemoteMemory } from "./remote.ts";
import { bytesOf, checkAlive, type Storage } from "./storage.ts";

/** What is known of a GPU. */
export interface CudaDevice {
  /** What its maker calls it. */
  readonly name: string;
  /** Bytes of memory. */
  readonly memory: number;
  /** The compute capability, for example `"9.0"`. */
  readonly computeCapability: string;
}

/** What became of a GPU's memory, in bytes. */
export interface CudaMemory {
  /** Held by values and plans. */
  readonly live: number;
  /** The most that was ever held. */
  readonly peak: number;
  /** Waiting to be handed out again. */
  readonly pooled: number;
  /** Taken by nobody, other programs included. */
  readonly free: number;
  /** All there is. */
  readonly total: number;
}

/** What the driver was found to be, once somebody has asked. */
let found: { readonly devices: readonly CudaDevice[]; readonly reason: string | null } | null = null;

function probe(): NonNullable<typeof found> {
  if (found !== null) return found;
  const lines = library.cudaDevices();
  if (lines === null) return found = { devices: [], reason: lastError() };
  const devices = linesAt(lines).map((line) => {
    const [name, memory, computeCapability] = line.split("\t");
    return { name: name!, memory: Number(memory), computeCapability: computeCapability! };
  });
  return found = { devices, reason: null };
}

/**
 * Whether a GPU can be used. The driver is first looked for when this, or a device named `cuda`, is asked for.
 *
 * @example
 * ```ts
 * import { cudaAvailable, cudaDevices } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cudaAvailable(), cudaDevices().length > 0);
 * ```
 */
export function cudaAvailable(): boolean {
  return probe().reason === null;
}

/**
 * Why no GPU can be used, with what to do about it; null if one can.
 *
 * @example
 * ```ts
 * import { cudaAvailable, cudaUnavailableReason } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(cudaUnavailableReason() === null, cudaAvailable());
 * ```
 */
export function cudaUnavailableReason(): string | null {
  return probe().reason;
}

/**
 * The GPUs of this machine, in the order of their numbers; none if CUDA cannot be used.
 *
 * @example
 * ```ts
 * import { cudaDevices } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * for (const { name, memory } of cudaDevices()) assert(name !== "" && memory > 0);
 * ```
 */
export function cudaDevices(): readonly CudaDevice[] {
  return probe().devices;
}

/** The backend of one GPU. */
export class CudaBackend implements Backend {
  /** Its number. */
  readonly number: number;
  /** Its memory. */
  readonly memory: RemoteMemory;
  readonly #given: Given;

  /** The backend of the GPU of a number; refused if it cannot be used. */
  constructor(number: number) {
    const { devices, reason } = probe();
    if (reason !== null) throw new DeviceError(`Cannot use the device cuda: ${reason}`);
    const device = devices[number];
    if (device === undefined) {
      throw new DeviceError(
        `Cannot use the device cuda:${number}: the driver shows ${devices.length} of them`,
      );
    }
    this.number = number;
    this.memory = new RemoteMemory(number, device.memory);
    this.#given = new Given((storage) => this.memory.handleOf(storage));
    this.figures();
  }

  /** @inheritdoc */
  allocate(bytes: number, what: string): Storage {
    return this.memory.allocate(bytes, what);
  }

  /** @inheritdoc */
  place(storage: Storage): Storage {
    if (storage.remote !== null) return storage;
    if (storage.exposed) checkAlive(storage);
    return this.memory.store(bytesOf(storage));
  }

  /** @inheritdoc */
  copy({ buffer, byteOffset, byteLength }: TypedArray): Storage {
    return this.memory.store(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  }

  /** @inheritdoc */
  compile(steps: readonly Step[]): Executable {
    const { number } = this, given = this.#given;
    const plan = new LibraryPlan(steps, (numbers) => {
      const handle = new Uint32Array(1);
      this.memory.makeRoom(() => library.cudaPlanCreate(number, numbers, numbers.length, handle));
      return handle[0]!;
    });
    const give = (slots: readonly Storage[], params: Float64Array<ArrayBuffer>): Given => {
      given.set(slots, params);
      // Bringing one value back may have moved another away.
      if (!slots.every((storage) => this.memory.has(storage))) {
        const bytes = slots.reduce((sum, { byteLength }) => sum + byteLength, 0);
        throw new OutOfMemoryError(
          `Cannot run a plan over ${bytes} bytes at once: cuda:${number} has not so many; ${this.memory.holders()}`,
        );
      }
      return given;
    };
    return {
      run(slots, params): void {
        const { places, address } = give(slots, params as Float64Array<ArrayBuffer>);
        const status = library.planRun(plan.handle, places, slots.length, address, params.length);
        check(status);
      },
      profile(slots, params): Float64Array {
        return profilePlan(
          plan,
          give(slots, params as Float64Array<ArrayBuffer>),
          slots.length,
          params.length,
        );
      },
      report: () => planReport(plan.handle),
      free: () => plan.free(),
    };
  }

  /** What became of its memory. */
  figures(): CudaMemory {
    const figures = new Float64Array(5), status = library.cudaMemory(this.number, figures);
    check(status);
    const [live, peak, pooled, free, total] = figures as unknown as [number, number, number, number, number];
    return { live, peak, pooled, free, total };
  }

  /** Waits until it has done all that it was given. */
  synchronize(): void {
    const status = library.cudaSynchronize(this.number);
    check(status);
  }
}
