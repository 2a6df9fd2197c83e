/**
 * The backend over the native library: it decodes a plan once, and each run is one call.
 *
 * @module
 */
import { IndexError, KernelError } from "../errors.ts";
import type { Backend, Executable, Step } from "./backend.ts";
import { describe } from "./descriptor.ts";
import { lastError, library, planReport } from "./library.ts";
import { addressOf, checkAlive, type Storage } from "./storage.ts";

/** The status of a run that found an index out of range. */
const INDEX_RANGE = 2;

/** The backend of the device `cpu`. */
export const nativeBackend: Backend = {
  compile(steps: readonly Step[]): Executable {
    return new NativeExecutable(steps);
  },
};

/** Frees plans that nobody can run any more and nobody has freed. */
const plans = new FinalizationRegistry((handle: number): void => void library.planFree(handle));

/** Numbers that the library reads, and where they lie: an address costs less at a call than an array does. */
class Numbers {
  readonly address: number;

  constructor(readonly array: Float64Array<ArrayBuffer>) {
    this.address = addressOf(array.buffer) + array.byteOffset;
  }
}

/** What a run is given, where the library reads it. */
class Given {
  #places = new Numbers(new Float64Array(64));
  #params = this.#places;

  /** Where its slots are told of. */
  get places(): number {
    return this.#places.address;
  }

  /** Where its parameters lie. */
  get address(): number {
    return this.#params.address;
  }

  /** Takes the slots, address and bytes of each, and the parameters: most runs share one array of these. */
  set(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): void {
    const count = slots.length;
    if (this.#places.array.length < 2 * count) this.#places = new Numbers(new Float64Array(4 * count));
    const { array } = this.#places;
    for (let i = 0; i < count; i++) {
      const storage = slots[i]!;
      if (storage.exposed) checkAlive(storage);
      array[2 * i] = storage.address;
      array[2 * i + 1] = storage.byteLength;
    }
    if (this.#params.array !== params) this.#params = new Numbers(params);
  }
}

/** Filled anew by each run, and by each that goes on beside its caller. */
const given = new Given(), givenAhead = new Given();

/** A Worker's memory may be gone before what goes on beside it has ended, so only the main thread has such runs. */
const isWorker = "WorkerGlobalScope" in globalThis;

class NativeExecutable implements Executable {
  readonly #steps: readonly Step[];
  /** Stands for the plan in the library; 0 if there is none at the moment. */
  #handle = 0;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    this.#make();
  }

  #make(): void {
    const numbers = describe(this.#steps);
    this.#handle = library.planCreate(numbers, numbers.length);
    if (this.#handle === 0) throw new KernelError(lastError());
    plans.register(this, this.#handle, this);
  }

  report(): string[] {
    if (this.#handle === 0) this.#make();
    return planReport(this.#handle);
  }

  free(): void {
    plans.unregister(this);
    library.planFree(this.#handle);
    this.#handle = 0;
  }

  run(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): void {
    const { places, address } = this.#give(given, slots, params);
    const status = library.planRun(this.#handle, places, slots.length, address, params.length);
    if (status !== 0) fail(status);
  }

  start(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): boolean {
    if (isWorker || slots.some(({ exposed }) => exposed)) return false;
    const { places, address } = this.#give(givenAhead, slots, params);
    return library.planStart(this.#handle, places, slots.length, address, params.length) !== 0;
  }

  join(): boolean {
    return library.planJoin() === 0;
  }

  profile(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): Float64Array {
    const { places, address } = this.#give(given, slots, params),
      spent = new Float64Array(this.#steps.length);
    const status = library.planProfile(
      this.#handle,
      places,
      slots.length,
      address,
      params.length,
      spent,
      spent.length,
    );
    if (status !== 0) fail(status);
    return spent;
  }

  /** Puts a run's arguments where the library reads them. */
  #give(to: Given, slots: readonly Storage[], params: Float64Array<ArrayBuffer>): Given {
    if (this.#handle === 0) this.#make();
    to.set(slots, params);
    return to;
  }
}

function fail(status: number): never {
  throw status === INDEX_RANGE ? new IndexError(lastError()) : new KernelError(lastError());
}
