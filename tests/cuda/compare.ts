/**
 * Comparing what a GPU computes with what the CPU does.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { evaluate, manualSeed, setDefaultDevice, type Tensor } from "../../mod.ts";
import type { Device } from "../../src/shape.ts";

/** The bits of elements; all NaNs count as equal. */
export function bits(x: Tensor): ArrayLike<number | bigint> {
  const { data } = x;
  if (data instanceof Float32Array) return new Int32Array(data.map((v) => v !== v ? NaN : v).buffer);
  if (data instanceof Float64Array) return new BigInt64Array(data.map((v) => v !== v ? NaN : v).buffer);
  return data;
}

/** Computes on both devices, tensors made by `f` included, and compares the bits. */
export function same(name: string, f: () => Tensor | readonly Tensor[]): void {
  Deno.test(name, () => compare(f));
}

export function compare(f: () => Tensor | readonly Tensor[], tell = ""): void {
  const [cpu, cuda] = (["cpu", "cuda"] as const).map((device) =>
    on(device, () => {
      manualSeed(5);
      const results = [f()].flat() as Tensor[];
      evaluate(...results);
      results.forEach((result) => assertEquals(result.device, device));
      return results.map(bits);
    })
  );
  cuda!.forEach((found, i) => {
    const wanted = cpu![i]!, at = firstDifference(found, wanted);
    assertEquals(found[at], wanted[at], `${tell} result ${i}, element ${at} of ${wanted.length}`);
    assertEquals(found.length, wanted.length);
  });
}

/** Where two lists begin to differ. Telling all differences of long ones would take gigabytes. */
function firstDifference<T>(found: ArrayLike<T>, wanted: ArrayLike<T>): number {
  let at = 0;
  while (at < wanted.length && found[at] === wanted[at]) at++;
  return at;
}

/** Calls a function while a device is the one where tensors are made. */
export function on<T>(device: Device, f: () => T): T {
  setDefaultDevice(device);
  try {
    return f();
  } finally {
    setDefaultDevice("cpu");
  }
}
