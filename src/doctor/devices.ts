/**
 * Whether devices compute what plain loops compute, on integers, where nothing is rounded.
 *
 * @module
 */
import { cudaDevices } from "../backend/cuda.ts";
import { DEVICES } from "../backend/devices.ts";
import { messageOf } from "../backend/loader/host.ts";
import { tensor } from "../create.ts";
import type { Device } from "../shape.ts";
// Gives tensors their methods.
import "../tensor.ts";

/** How a device has computed. */
export interface DeviceTest {
  /** Its name. */
  readonly device: string;
  /** Whether all was right. */
  readonly right: boolean;
  /** How often it was tested. */
  readonly rounds: number;
  /** How long that took. */
  readonly seconds: number;
  /** What went wrong; null if nothing did. */
  readonly error: string | null;
}

/** The names of the devices of this machine. */
export function deviceNames(): Device[] {
  const gpus = cudaDevices().map((_, i): Device => i === 0 ? "cuda" : `cuda:${i}`);
  return [...DEVICES, ...gpus];
}

/** Tests a device for some time, once at least. */
export function testDevice(device: Device, seconds: number): DeviceTest {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  let rounds = 0, error: string | null = null;
  try {
    do error = mistake(device, rounds++); while (error === null && elapsed() < seconds);
  } catch (thrown) {
    error = messageOf(thrown);
  }
  return { device, right: error === null, rounds, seconds: elapsed(), error };
}

/** The sides of the matrices: in their rests by any tile. */
const ROWS = 67, INNER = 45, COLUMNS = 83;

/** Small integers that differ from round to round. */
function integers(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * i + 31 * seed + (i >> 3)) % 17 - 8);
}

/** Takes a product, a map and two reductions; the first difference from plain loops, in words. */
function mistake(device: Device, round: number): string | null {
  const a = integers(ROWS * INNER, round), b = integers(INNER * COLUMNS, round + 1);
  const y = tensor(a, { device }).reshape([ROWS, INNER])
    .matmul(tensor(b, { device }).reshape([INNER, COLUMNS])).relu().mul(2).sub(5);
  const found = {
    product: y.reshape([-1]).toArray() as number[],
    sum: y.sum(1).toArray() as number[],
    max: y.max(0).toArray() as number[],
  };
  const wanted = byLoops(a, b);
  for (const name of ["product", "sum", "max"] as const) {
    const at = wanted[name].findIndex((x, i) => x !== found[name][i]);
    if (at >= 0) return `element ${at} of the ${name} is ${found[name][at]}, not ${wanted[name][at]}`;
  }
  return null;
}

function byLoops(a: readonly number[], b: readonly number[]): Record<"product" | "sum" | "max", number[]> {
  const product: number[] = [];
  const sum = new Array<number>(ROWS).fill(0), max = new Array<number>(COLUMNS).fill(-Infinity);
  for (let i = 0; i < ROWS; i++) {
    for (let j = 0; j < COLUMNS; j++) {
      let total = 0;
      for (let k = 0; k < INNER; k++) total += a[i * INNER + k]! * b[k * COLUMNS + j]!;
      const x = Math.max(total, 0) * 2 - 5;
      product.push(x);
      sum[i]! += x;
      max[j] = Math.max(max[j]!, x);
    }
  }
  return { product, sum, max };
}
