/**
 * The backend over the native library: a step is one descriptor and one call.
 *
 * @module
 */
import { IndexError, KernelError } from "../errors.ts";
import type { Backend, Executable, Step } from "./backend.ts";
import { describe, type Descriptor } from "./descriptor.ts";
import { lastError, library } from "./library.ts";
import type { Storage } from "./storage.ts";

/** The status of a call whose index was out of range. */
const INDEX_RANGE = 2;

/** The backend of the device `cpu`. */
export const nativeBackend: Backend = {
  compile(steps: readonly Step[]): Executable {
    return new NativeExecutable(steps.map(describe));
  },
};

class NativeExecutable implements Executable {
  readonly #descriptors: readonly Descriptor[];

  constructor(descriptors: readonly Descriptor[]) {
    this.#descriptors = descriptors;
  }

  run(slots: readonly Storage[], params: Float64Array): void {
    const descriptors = this.#descriptors;
    for (let i = 0; i < descriptors.length; i++) {
      const descriptor = descriptors[i]!;
      descriptor.fill(slots, params);
      const status = call(descriptor);
      if (status !== 0) fail(descriptor.kind, status);
    }
  }
}

// One call site for each symbol: a call site that sees several symbols is fifty times slower.
function call(descriptor: Descriptor): number {
  switch (descriptor.kind) {
    case "map":
      return callMap(descriptor.numbers);
    case "reduce":
      return callReduce(descriptor.numbers);
    case "matmul":
      return callMatmul(descriptor.numbers);
    case "gather":
      return callGather(descriptor.numbers);
    case "scatterAdd":
      return callScatterAdd(descriptor.numbers);
  }
}

function callMap(numbers: Float64Array<ArrayBuffer>): number {
  return library.map(numbers, numbers.length);
}

function callReduce(numbers: Float64Array<ArrayBuffer>): number {
  return library.reduce(numbers, numbers.length);
}

function callMatmul(numbers: Float64Array<ArrayBuffer>): number {
  return library.matmul(numbers, numbers.length);
}

function callGather(numbers: Float64Array<ArrayBuffer>): number {
  return library.gather(numbers, numbers.length);
}

function callScatterAdd(numbers: Float64Array<ArrayBuffer>): number {
  return library.scatterAdd(numbers, numbers.length);
}

function fail(kind: Step["kind"], status: number): never {
  const text = lastError();
  throw status === INDEX_RANGE
    ? new IndexError(`Cannot ${kind}: ${text}`)
    : new KernelError(`Cannot ${kind}: ${text}`);
}
