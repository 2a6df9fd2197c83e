/**
 * Memory stays flat: the shorter version of `deno task bench:memory`. Bytes are counted by the library itself, and
 * for the process in a child that does nothing else.
 */
import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import {
  evaluate,
  noGrad,
  optim,
  Parameter,
  rand,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { memoryCounters } from "../src/backend/storage.ts";
import { recording } from "../src/graph/pending.ts";
import { Training } from "./oracle/data.ts";
import { NodeWatch } from "./oracle/memory.ts";

/** How many bytes may wait, for some tests. */
const LITTLE = 10 * 2 ** 20;
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

/** What a program leaves alive, if 10 MB may wait, and how many kernels it took. */
async function withLittleWaiting(f: () => void): Promise<{ alive: number; kernels: number }> {
  const { maxBytes } = recording;
  recording.maxBytes = LITTLE;
  try {
    using watch = new NodeWatch();
    const before = stats().kernels;
    f();
    const { kernels } = stats(), { bytes } = await watch.alive();
    return { alive: bytes, kernels: kernels - before };
  } finally {
    recording.maxBytes = maxBytes;
  }
}

Deno.test("results that nobody reads are computed and let go before too many bytes wait", async () => {
  const { alive, kernels } = await withLittleWaiting(() => {
    const weight = new Parameter(rand([512, 512]));
    for (let i = 0; i < 200; i++) noGrad(() => weight.mul(i));
  });
  assertGreaterOrEqual(kernels, 180);
  assertLessOrEqual(alive, 2 * LITTLE);
});

Deno.test("what a sum that nobody reads has taken in is let go before too many bytes wait", async () => {
  const { alive, kernels } = await withLittleWaiting(() => {
    let sum = zeros([2 ** 18]);
    for (let i = 0; i < 200; i++) sum = sum.add(tensor(new Float32Array(2 ** 18)));
  });
  assertGreaterOrEqual(kernels, 15);
  assertLessOrEqual(alive, 2 * LITTLE);
});

Deno.test("so is what it has taken in between evaluations that did not need it", async () => {
  const { alive, kernels } = await withLittleWaiting(() => {
    let sum = zeros([2 ** 18]);
    for (let i = 0; i < 200; i++) {
      const given = tensor(new Float32Array(2 ** 18));
      sum = sum.add(given.exp());
      given.mean().item();
    }
  });
  assertGreaterOrEqual(kernels, 200 + 15);
  assertLessOrEqual(alive, 2 * LITTLE);
});

Deno.test("a chain over tensors that are larger than what may wait is one kernel", async () => {
  const x = rand([2048, 2048]), w = rand([2048, 2048]);
  evaluate(x, w);
  const { kernels } = await withLittleWaiting(() => {
    let y = x.mul(w);
    for (let i = 0; i < 5; i++) y = y.mul(w).add(x).relu();
    evaluate(y);
  });
  assertEquals(kernels, 1);
});

Deno.test("a long loop runs in a small heap, and the process does not grow in its second half", async () => {
  const heap = "--v8-flags=--max-old-space-size=16,--max-semi-space-size=2";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", heap, "--no-check", "--allow-ffi", "--allow-read", "--allow-env", LONG_LOOP],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { middle, end } = JSON.parse(new TextDecoder().decode(stdout));
  assertLessOrEqual(end.process, 1.05 * middle.process);
});
