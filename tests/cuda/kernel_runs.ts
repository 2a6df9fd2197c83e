/**
 * Computes all cases, or those that are named, on the default device; prints hashes of their bits. On a simulated GPU it
 * also prints which kernels did not run, and what is left of its memory.
 *
 * @module
 */
import { cudaMemory, evaluate, manualSeed, scope, synchronize, type Tensor } from "@tensaur/tensaur";
import { backendOf } from "../../src/backend/devices.ts";
import type { CudaBackend } from "../../src/backend/cuda.ts";
import { DEVICE } from "../devices.ts";
import { CASES, OF_THE_GPU, type Work } from "./kernel_cases.ts";

/** How many cases run twice. */
const AGAIN = 5;

/** What a process prints. */
export interface Printed {
  /** For each case a hash of the bits of its results. */
  readonly hashes: Record<string, string>;
  /** Kernels that were compiled with others and did not run. */
  readonly idle: readonly string[];
  /** Bytes of memory. */
  readonly memory: {
    /** What the simulator knows to be allocated. */
    readonly allocated: number;
    /** What the library accounts for. */
    readonly accounted: number;
    /** What values hold. */
    readonly values: number;
    /** What plans and values hold more than before some cases ran again. */
    readonly growth: number;
  };
}

/** The bytes of elements; all NaNs count as equal. */
function bytesOf({ data }: Tensor): Uint8Array {
  const plain = data instanceof Float32Array || data instanceof Float64Array
    ? data.map((x) => x !== x ? NaN : x)
    : data;
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
}

const EVERY: Readonly<Record<string, Work>> = { ...CASES, ...OF_THE_GPU };

/** A hash of the bits of what a case computes. */
export function hashOf(name: string): string {
  const work = EVERY[name]!;
  manualSeed(7);
  return scope(() => {
    const results = [work()].flat() as Tensor[];
    evaluate(...results);
    let hash = 0xcbf29ce484222325n;
    for (const byte of results.flatMap((result) => [...bytesOf(result)])) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
    return hash.toString(16);
  });
}

function hashesOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, hashOf(name)]));
}

/** What the simulated driver knows that no other driver tells. */
function askSimulator(): { idle: string[]; allocated: number } {
  const { symbols } = Deno.dlopen("libcuda.so.1", {
    cudaSimulatorLiveBytes: { parameters: [], result: "u64" },
    cudaSimulatorIdleKernels: { parameters: [], result: "pointer" },
  });
  const names = Deno.UnsafePointerView.getCString(symbols.cudaSimulatorIdleKernels()!);
  return {
    idle: names.split("\n").filter((name) => name !== ""),
    allocated: Number(symbols.cudaSimulatorLiveBytes()),
  };
}

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(EVERY), hashes = hashesOf(names);
  const before = cudaMemory().live;
  hashesOf(names.slice(0, AGAIN));
  synchronize();
  const { idle, allocated } = askSimulator(), { live, pooled } = cudaMemory();
  const values = (backendOf(DEVICE) as CudaBackend).memory.live;
  const printed: Printed = {
    hashes,
    idle,
    memory: { allocated, accounted: live + pooled, values, growth: live - before },
  };
  // deno-lint-ignore no-console -- the test reads it
  console.log(JSON.stringify(printed));
}
