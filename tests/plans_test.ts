/**
 * The library's plans: what their handles stand for, and how long.
 */
import {
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertStringIncludes,
} from "@std/assert";
import { evaluate, ones } from "../mod.ts";
import type { Executable } from "../src/backend/backend.ts";
import { describe } from "../src/backend/descriptor.ts";
import { backendOf, kernelCounters } from "../src/backend/devices.ts";
import { addressOf, fromTypedArray, typed } from "../src/backend/storage.ts";
import { lastError, library } from "../src/backend/library.ts";
import { DEVICE } from "./devices.ts";
import { collectGarbage } from "./oracle/memory.ts";
import { contiguous, opProgram } from "./steps.ts";

const NONE = new Float64Array(0);

function negate(): Parameters<typeof describe>[0] {
  const operands = [contiguous(0, "float32", [4]), contiguous(1, "float32", [4])];
  return [{
    kind: "map",
    program: opProgram("neg", "float32", 1),
    constants: [],
    jobs: [{ shape: [4], operands }],
  }];
}

/** Plans that the library keeps, of all threads. */
function living(): number {
  const { planMade, planFreed } = kernelCounters();
  return planMade! - planFreed!;
}

/** Collects garbage until so few plans are left, at most for some seconds. */
async function awaitPlans(most: number): Promise<number> {
  for (let tries = 0; living() > most && tries < 200; tries++) {
    await collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return living();
}

Deno.test("plans that nobody can run any more are freed", async () => {
  const before = living();
  let plans: Executable[] = Array.from({ length: 100 }, () => backendOf(DEVICE).compile(negate()));
  assertGreaterOrEqual(living(), before + plans.length);
  plans = [];
  assertLessOrEqual(await awaitPlans(before), before);
});

Deno.test("a loop over many shapes keeps few plans, though it never awaits", () => {
  const before = living();
  for (let length = 1; length <= 200; length++) evaluate(ones([length]).add(1));
  assertLessOrEqual(living(), before + 64);
});

Deno.test("a plan that was freed is made anew by its next run", () => {
  const before = living(), backend = backendOf(DEVICE), plan = backend.compile(negate());
  const slots = [Float32Array.of(1, 2, 3, 4), new Float32Array(4)]
    .map((array) => backend.place(fromTypedArray(array)));
  for (let turn = 0; turn < 2; turn++) {
    plan.run(slots, NONE);
    plan.free();
    plan.free();
    assertLessOrEqual(living(), before);
  }
  assertEquals(typed(slots[1]!, "float32", 0, 4), Float32Array.of(-1, -2, -3, -4));
});

Deno.test("a worker that is terminated leaves no plans", async () => {
  const before = living();
  const worker = new Worker(new URL("./oracle/worker.ts", import.meta.url), { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  assertGreater(living(), before);
  worker.terminate();
  assertLessOrEqual(await awaitPlans(before), before);
});

Deno.test("handles of no plan, and addresses that are none, are refused", () => {
  const numbers = describe(negate());
  const handle = library.planCreate(numbers, numbers.length);
  assertEquals(library.planRun(handle, 0, 0, 0, 0), 1);
  assertStringIncludes(lastError(), "Cannot map: there is no slot 0");
  const bytes = new Float32Array(8), slots = new Float64Array(4);
  const address = addressOf(bytes.buffer), place = addressOf(slots.buffer);
  for (
    const [at, length] of [[NaN, 16], [address, NaN], [address + 0.5, 16], [-8, 16], [address, 15], [0, 16]]
  ) {
    slots.set([address, 16, at!, length!]);
    assertEquals(library.planRun(handle, place, 2, 0, 0), 1, `${at}, ${length}`);
  }
  slots.set([address, 16, address + 16, 16]);
  for (const wrong of [0, NaN, -8, place + 4]) assertEquals(library.planRun(handle, wrong, 2, 0, 0), 1);
  assertEquals(library.planRun(handle, place, 2, 0, 0), 0);
  for (const places of [0, 1, 2]) {
    const spent = new Float64Array(places).fill(-1), status = places === 1 ? 0 : 1;
    assertEquals(library.planProfile(handle, place, 2, 0, 0, spent, places), status, `${places}`);
    assertEquals(spent.every((time) => time >= 0), status === 0 || places === 0);
  }
  assertEquals(library.planFree(handle), 1);
  for (const none of [handle, 0, 1, 2 ** 32 - 1]) {
    assertEquals(library.planRun(none, 0, 0, 0, 0), 1);
    assertEquals(library.planFree(none), 0);
  }
  assertEquals(library.planCreate(NONE, 0), 0);
  assertStringIncludes(lastError(), "Cannot run a plan: the descriptor ends too early");
});
