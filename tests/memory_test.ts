/**
 * Memory stays flat: the shorter version of `deno task bench:memory`. Bytes are counted by the library itself, and
 * for the process in a child that does nothing else.
 */
import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { noGrad, optim, Parameter, rand, stats, type Tensor } from "@tensaur/tensaur";
import { memoryCounters } from "../src/backend/storage.ts";
import { recording } from "../src/graph/pending.ts";
import { Training } from "./oracle/data.ts";
import { NodeWatch } from "./oracle/memory.ts";

const LONG_LOOP = new URL("./oracle/long_loop.ts", import.meta.url).pathname;

/** Bytes newly taken from the system, and bytes left to the collector, for each of some repetitions. */
function bytesEach(repetitions: number, f: () => void): { fresh: number; garbage: number } {
  for (let i = 0; i < 10; i++) f();
  const before = memoryCounters();
  for (let i = 0; i < repetitions; i++) f();
  const { fresh, live } = memoryCounters();
  return { fresh: (fresh - before.fresh) / repetitions, garbage: (live - before.live) / repetitions };
}

/** A step of gradient descent over a matrix of a million numbers. */
function largeStep(read: (loss: Tensor, step: () => void) => void): () => void {
  const x = rand([1000, 1000]), scale = new Parameter(rand([1000, 1000]));
  const optimizer = new optim.SGD([scale], { lr: 1e-3 });
  return () => {
    optimizer.zeroGrad();
    const loss = x.mul(scale).relu().square().mean();
    loss.backward();
    read(loss, () => optimizer.step());
  };
}

Deno.test("steps over 4 MB tensors take no new memory but for the loss", () => {
  const after = bytesEach(20, largeStep((loss, step) => (step(), loss.item())));
  assertLessOrEqual(after.fresh, 64);
  assertLessOrEqual(after.garbage, 64);
  const before = bytesEach(20, largeStep((loss, step) => (loss.item(), step())));
  assertLessOrEqual(before.fresh, 64);
  assertLessOrEqual(before.garbage, 64);
});

Deno.test("small steps leave their batch and their loss to the collector, and nothing else", () => {
  const training = new Training();
  const { garbage } = bytesEach(500, () => {
    const loss = training.loss();
    training.minimize(loss);
    loss.item();
  });
  assertLessOrEqual(garbage, 256);
});

Deno.test("no node stays alive after its step, in a loop that never lets the event loop turn", async () => {
  const training = new Training();
  using watch = new NodeWatch();
  const steps = (count: number): void => {
    for (let i = 0; i < count; i++) training.minimize(training.loss());
  };
  steps(20);
  const early = await watch.alive();
  steps(1000);
  const late = await watch.alive();
  assertEquals(late, early);
});

Deno.test("results that nobody reads are computed and let go before too many bytes wait", async () => {
  const { maxBytes } = recording;
  recording.maxBytes = 10 * 2 ** 20;
  try {
    using watch = new NodeWatch();
    const weight = new Parameter(rand([512, 512])), before = stats().kernels;
    for (let i = 0; i < 200; i++) noGrad(() => weight.mul(i));
    assertGreaterOrEqual(stats().kernels - before, 180);
    assertLessOrEqual((await watch.alive()).bytes, 2 * recording.maxBytes);
  } finally {
    recording.maxBytes = maxBytes;
  }
});

Deno.test("a long loop runs in a small heap, and the process does not grow in its second half", async () => {
  const heap = "--v8-flags=--max-old-space-size=16,--max-semi-space-size=2";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", heap, "--no-check", "--allow-ffi", "--allow-read", "--allow-env", LONG_LOOP],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { middle, end } = JSON.parse(new TextDecoder().decode(stdout));
  assertLessOrEqual(end, 1.05 * middle);
});
