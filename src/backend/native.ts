/**
 * The backend over the native library: it decodes a plan once, and each run is one call.
 *
 * @module
 */
import { KernelError } from "../errors.ts";
import type { Backend, Executable, Step } from "./backend.ts";
import { describe } from "./descriptor.ts";
import { check, lastError, library, planReport } from "./library.ts";
import { addressOf, allocate, checkAlive, fromTypedArray, type Storage } from "./storage.ts";

/** The backend of the device `cpu`. */
export const nativeBackend: Backend = {
  allocate,
  place: (storage) => storage,
  copy: fromTypedArray,
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
export class Given {
  #places = new Numbers(new Float64Array(64));
  #params = this.#places;
  readonly #whereOf: (storage: Storage) => number;

  /** `whereOf` tells the number by which the library finds a slot. */
  constructor(whereOf: (storage: Storage) => number) {
    this.#whereOf = whereOf;
  }

  /** Where its slots are told of. */
  get places(): number {
    return this.#places.address;
  }

  /** Where its parameters lie. */
  get address(): number {
    return this.#params.address;
  }

  /** Takes the slots, place and bytes of each, and the parameters: most runs share one array of these. */
  set(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): this {
    const count = slots.length;
    if (this.#places.array.length < 2 * count) this.#places = new Numbers(new Float64Array(4 * count));
    const { array } = this.#places;
    for (let i = 0; i < count; i++) {
      const storage = slots[i]!;
      array[2 * i] = this.#whereOf(storage);
      array[2 * i + 1] = storage.byteLength;
    }
    if (this.#params.array !== params) this.#params = new Numbers(params);
    return this;
  }
}

/** Where a slot's bytes lie. */
function addressOfStorage(storage: Storage): number {
  if (storage.exposed) checkAlive(storage);
  return storage.address;
}

/** Filled anew by each run, and by each that goes on beside its caller. */
const given = new Given(addressOfStorage), givenAhead = new Given(addressOfStorage);

/** A Worker's memory may be gone before what goes on beside it has ended, so only the main thread has such runs. */
const isWorker = "WorkerGlobalScope" in globalThis;

/** A plan in the library, which is made again if it was freed. */
export class LibraryPlan {
  readonly #steps: readonly Step[];
  readonly #create: (numbers: Float64Array<ArrayBuffer>) => number;
  /** Stands for the plan in the library; 0 if there is none at the moment. */
  #handle = 0;

  /** Makes it by `create`, which returns its handle, or 0 if it is refused. */
  constructor(steps: readonly Step[], create: (numbers: Float64Array<ArrayBuffer>) => number) {
    this.#steps = steps;
    this.#create = create;
    this.#make();
  }

  #make(): void {
    this.#handle = this.#create(describe(this.#steps));
    if (this.#handle === 0) throw new KernelError(lastError());
    plans.register(this, this.#handle, this);
  }

  /** Stands for the plan in calls of the library. */
  get handle(): number {
    if (this.#handle === 0) this.#make();
    return this.#handle;
  }

  /** How many steps it has. */
  get steps(): number {
    return this.#steps.length;
  }

  /** Frees it in the library. */
  free(): void {
    plans.unregister(this);
    library.planFree(this.#handle);
    this.#handle = 0;
  }
}

class NativeExecutable implements Executable {
  readonly #plan: LibraryPlan;

  constructor(steps: readonly Step[]) {
    this.#plan = new LibraryPlan(steps, (numbers) => library.planCreate(numbers, numbers.length));
  }

  report(): string[] {
    return planReport(this.#plan.handle);
  }

  free(): void {
    this.#plan.free();
  }

  run(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): void {
    const { places, address } = given.set(slots, params);
    const status = library.planRun(this.#plan.handle, places, slots.length, address, params.length);
    check(status);
  }

  start(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): boolean {
    if (isWorker || slots.some(({ exposed }) => exposed)) return false;
    const { places, address } = givenAhead.set(slots, params);
    return library.planStart(this.#plan.handle, places, slots.length, address, params.length) !== 0;
  }

  join(): boolean {
    return library.planJoin() === 0;
  }

  profile(slots: readonly Storage[], params: Float64Array<ArrayBuffer>): Float64Array {
    return profilePlan(this.#plan, given.set(slots, params), slots.length, params.length);
  }
}

/** Runs a plan, and tells how many nanoseconds each of its steps took. */
export function profilePlan(
  plan: LibraryPlan,
  { places, address }: Given,
  slots: number,
  params: number,
): Float64Array {
  const spent = new Float64Array(plan.steps);
  const status = library.planProfile(plan.handle, places, slots, address, params, spent, spent.length);
  check(status);
  return spent;
}
