/**
 * Every case of the benchmarks runs once, tiny: right on each device, and with the figures that its row gives.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tensaur from "@tensaur/tensaur";
import { type Case, makeInputs, PEERS, prepare, wordsOf, type Work } from "../bench/case.ts";
import { CASES } from "../bench/cases.ts";
import { DEVICES } from "./devices.ts";

interface Result {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What a case gives on a device, from the same numbers everywhere. */
function resultOf(work: Work, device: tensaur.Device): Result {
  tensaur.manualSeed(7);
  const result = work.ours(makeInputs(tensaur, work, device), tensaur);
  return { shape: result.shape, values: Array.from(result.data) };
}

/** What a profile of doing the work once says. */
function profiled(item: Case): { kernels: number; flops: number; bytes: number } {
  const { run } = prepare(tensaur, item, item.tiny());
  const { kernels } = tensaur.profile(run);
  const sum = (of: (kernel: tensaur.KernelProfile) => number): number =>
    kernels.reduce((total, kernel) => total + of(kernel), 0);
  return { kernels: kernels.length, flops: sum(({ flops }) => flops ?? 0), bytes: sum(({ bytes }) => bytes) };
}

for (const item of CASES) {
  Deno.test(`${item.name}: finite, and the same on ${DEVICES.join(" and ")}`, () => {
    const [first, ...others] = DEVICES.map((device) => resultOf(item.tiny(), device));
    assert(first!.values.length > 0);
    for (const value of first!.values) assert(Number.isFinite(value));
    for (const { shape, values } of others) {
      assertEquals(shape, first!.shape);
      values.forEach((value, i) => assertAlmostEquals(value, first!.values[i]!, 1e-5));
    }
  });

  Deno.test(`${item.name}: the operations and bytes are those that a profile counts`, () => {
    const work = item.tiny(), { read, written } = prepare(tensaur, item, work);
    const { kernels, flops, bytes } = profiled(item);
    assertEquals(work.flops ?? 0, flops);
    // Several kernels move also what goes from one to the next.
    if (kernels === 1) assertEquals(read + written, bytes);
    else assert(read + written <= bytes, `${read + written} > ${bytes}`);
  });
}

Deno.test("a row's goals are over peers that it has words for", () => {
  for (const { name, full } of CASES) {
    const { goals = [], peers } = full();
    const asked = goals.flatMap(({ over }) => over).filter((peer) => peer !== "limit");
    const mute = asked.filter((peer) => peer === "fused" ? !peers.fused : wordsOf(peers, peer) === undefined);
    assertEquals(mute, [], name);
  }
});

Deno.test("rows have names of their own, and no words for peers that there are not", () => {
  assertEquals(new Set(CASES.map(({ name }) => name)).size, CASES.length);
  const known = [...Object.keys(PEERS), "torchSetup"];
  for (const { full } of CASES) {
    for (const peer of Object.keys(full().peers)) assert(known.includes(peer), peer);
  }
});
