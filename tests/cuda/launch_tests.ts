/**
 * How a GPU is given its work: graphs of launches, copies beside the work, what waits for what. `device_test.ts` runs this
 * with the simulated driver, whose work is done when somebody waits for it; on a machine with a GPU it runs as it is.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { CudaBackend } from "../../src/backend/cuda.ts";
import { backendOf } from "../../src/backend/devices.ts";
import {
  arange,
  cudaMemory,
  data,
  evaluate,
  manualSeed,
  nn,
  ones,
  optim,
  OutOfMemoryError,
  profile,
  rand,
  randn,
  setDefaultDevice,
  stats,
  synchronize,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";

const { memory } = backendOf("cuda") as CudaBackend;

/** What the simulator counted of a call of the driver since it was last asked; null of a real driver. */
const counted = ((): ((name: string) => number) | null => {
  try {
    const { symbols } = Deno.dlopen("libcuda.so.1", {
      cudaSimulatorCalls: { parameters: ["buffer"], result: "u64" },
    });
    const before = new Map<string, number>();
    return (name) => {
      const text = name === "" ? null : new TextEncoder().encode(`${name}\0`);
      const now = Number(symbols.cudaSimulatorCalls(text)), since = now - (before.get(name) ?? 0);
      before.set(name, now);
      return since;
    };
  } catch {
    return null;
  }
})();

function onGpu<T>(f: () => T): T {
  setDefaultDevice("cuda");
  try {
    return f();
  } finally {
    setDefaultDevice("cpu");
  }
}

/** Steps of a small training, each of which gives its loss. */
function training(): () => number {
  manualSeed(11);
  const model = new nn.Sequential(new nn.Linear(8, 16), new nn.Tanh(), new nn.Linear(16, 1));
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 }), x = randn([32, 8]);
  evaluate(x);
  return () => {
    optimizer.zeroGrad();
    const loss = model.forward(x).square().mean();
    loss.backward();
    optimizer.step();
    return loss.item();
  };
}

Deno.test("a steady step is a graph: few calls of the driver, whatever its kernels", () =>
  onGpu(() => {
    const step = training();
    const calls = Array.from({ length: 12 }, () => {
      const before = stats();
      counted?.("");
      step();
      const after = stats(), made = after.driverCalls - before.driverCalls;
      if (counted !== null) assertEquals(made, counted(""), "the driver counts as we do");
      return { made, kernels: after.kernels - before.kernels };
    });
    const { made, kernels } = calls.at(-1)!;
    assert(kernels > 5, `${kernels} kernels`);
    // Words, a graph and a point; a wait, a copy, a point and a wait for the loss; a thread bound twice.
    assert(made <= 9, `${made} calls`);
    assertEquals(calls.slice(-5).map((call) => call.made), new Array(5).fill(made));
    assert(calls[1]!.made > made + kernels, "launch by launch it was more");
  }));

Deno.test("a graph runs over the memory and the numbers of each run", () => {
  const run = (): number[][] => {
    manualSeed(4);
    const kept = Array.from({ length: 9 }, (_, i) => {
      const x = rand([3, 5]);
      evaluate(x);
      const y = x.mul(i).add(1 / (i + 1)).sum(1).exp();
      evaluate(y);
      return [x, y];
    });
    return kept.flat().map((x) => [...x.data]);
  };
  assertEquals(onGpu(run), run());
});

Deno.test("a training has the CPU's losses as its launches become a graph", () => {
  const losses = (): number[] => Array.from({ length: 10 }, training());
  assertEquals(onGpu(losses), losses());
});

Deno.test("more plans than there may be graphs all run, and graphs are given back", () => {
  counted?.("cuGraphInstantiateWithFlags");
  counted?.("cuGraphExecDestroy");
  for (let length = 1; length <= 700; length++) {
    const x = ones([length], { device: "cuda" });
    evaluate(x);
    for (let i = 0; i < 4; i++) {
      assertEquals(x.add(i).sum().add(x).sum().item(), length * (length * (1 + i) + 1));
    }
  }
  if (counted === null) return;
  const made = counted("cuGraphInstantiateWithFlags"), gone = counted("cuGraphExecDestroy");
  assert(made > 256 && made - gone <= 256, `${made} made, ${gone} given back`);
});

Deno.test("the kernels of a GPU are timed, and a profile changes no result", () =>
  onGpu(() => {
    const x = rand([20, 30]), make = (): Tensor => x.matmul(x.transpose(0, 1)).add(1).log().sum(1);
    evaluate(x);
    const expected = make().toArray();
    for (let i = 0; i < 4; i++) {
      let found: Tensor | undefined;
      const measured = profile(() => evaluate(found = make()));
      assertEquals(found!.toArray(), expected);
      assert(measured.kernels.length > 1 && measured.milliseconds > 0);
      for (const kernel of measured.kernels) {
        assert(kernel.milliseconds >= 0 && kernel.bytes > 0 && kernel.ofLimit === null, kernel.name);
        if (kernel.milliseconds > 0) assert(kernel.gigabytesPerSecond! > 0, kernel.name);
      }
      const product = measured.kernels.find(({ name }) => name.startsWith("matmul"))!;
      assertEquals(product.flops, 2 * 20 * 20 * 30);
    }
    const bad = tensor([[40]], { dtype: "int32" });
    let thrown: unknown;
    profile(() => {
      try {
        evaluate(x.gather(0, bad));
      } catch (error) {
        thrown = error;
      }
    });
    assert(thrown instanceof Error && thrown.message.includes("index 40 is out of range"), `${thrown}`);
  }));

Deno.test("memory that runs out is told with who has it, and nothing is left behind", () => {
  const x = ones([1 << 16], { device: "cuda" }).mul(2), copied = tensor(new Float32Array(50)).to("cuda");
  evaluate(x);
  const count = Math.ceil(cudaMemory().total / 2 ** 35) + 1;
  const huge = (): Tensor => ones([2 ** 32], { device: "cuda", dtype: "float64" });
  const wanted = Array.from({ length: count }, huge), waiting = wanted[0]!.mul(3);
  const { message } = assertThrows(() => evaluate(...wanted), OutOfMemoryError) as Error;
  assert(
    message.includes(`${2 ** 35} bytes were wanted; values hold ${memory.live} bytes of cuda:0`),
    message,
  );
  assert(message.includes("mul [65536] float32 (262144 bytes in 1)"), message);
  for (let i = 0; i < 5; i++) assertEquals(x.add(i).at(7).item(), 2 + i);
  assertThrows(() => waiting.toArray(), OutOfMemoryError);
  assertEquals(copied.add(1).sum().item(), 50);
});

/** About the bytes of a piece of pinned memory, and several of them. */
const LENGTHS = [0, 1, 63, 1023, 1024, 1025, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 1, 5 * 2 ** 18 + 3];

Deno.test("bytes go there and come back, in pieces or together", () => {
  for (const length of LENGTHS) {
    const source = Float32Array.from({ length }, (_, i) => i % 1009), expected = source.slice();
    const x = tensor(source).to("cuda");
    source.fill(-1);
    assertEquals(x.data, expected);
    assertEquals(x.mul(2).to("cpu").data, expected.map((value) => 2 * value));
  }
});

Deno.test("many writes wait for their turn, and for no reader", () => {
  const written = Array.from({ length: 150 }, (_, i) => tensor(new Float32Array(2 ** 18).fill(i)).to("cuda"));
  const small = Array.from({ length: 3000 }, (_, i) => tensor([i]).to("cuda"));
  written.forEach((x, i) => assertEquals(x.at(2 ** 18 - 1).item(), i));
  small.forEach((x, i) => assertEquals(x.item(), i));
  written.forEach((x) => x[Symbol.dispose]());
});

Deno.test("a loader puts batches on the GPU ahead of their steps, and waits for none", () => {
  const rows = 40,
    dataset = new data.TensorDataset(arange(0, rows * 7, 1).reshape([rows, 7]), arange(0, rows, 1));
  const sums = (options: data.DataLoaderOptions): { batches: Tensor[]; waits: number } => {
    const loader = new data.DataLoader(dataset, { batchSize: 6, shuffle: true, seed: 2, ...options });
    counted?.("cuEventSynchronize");
    const batches = Array.from(loader, ([x, y]) => {
      const sum = x.sum(1).mul(y);
      evaluate(sum);
      return sum;
    });
    return { batches, waits: counted?.("cuEventSynchronize") ?? 0 };
  };
  const expected = sums({}).batches.map((sum) => sum.toArray());
  for (const prefetch of [0, 1, 3, 100]) {
    const { batches, waits } = sums({ device: "cuda", prefetch });
    assert(waits <= 1, `${waits} waits`);
    for (const batch of batches) assertEquals(batch.device, "cuda");
    assertEquals(batches.map((sum) => sum.toArray()), expected);
  }
});

Deno.test("memory that was freed is written anew only after it was read", () => {
  for (let round = 0; round < 4; round++) {
    const x = tensor(new Float32Array(50_000).fill(round + 1)).to("cuda"), y = x.mul(3);
    evaluate(y);
    // The work is under way, and what is written now has its memory.
    x[Symbol.dispose]();
    const z = tensor(new Float32Array(50_000).fill(-7)).to("cuda");
    // Writes are waited for first.
    synchronize();
    assertEquals([y, z].map((each) => each.at(49_999).item()), [3 * (round + 1), -7]);
    const w = z.add(1);
    evaluate(w);
    y[Symbol.dispose]();
    const v = tensor(new Float32Array(50_000).fill(9)).to("cuda");
    assertEquals([w, z, v].map((each) => each.at(49_999).item()), [-6, -7, 9]);
    for (const each of [z, w, v]) each[Symbol.dispose]();
  }
});

Deno.test("memory whose writing is under way when it is freed keeps what is put there next", () => {
  const one = tensor(new Float32Array(60_000).fill(1)).to("cuda");
  evaluate(one);
  tensor(new Float32Array(60_000).fill(5)).to("cuda")[Symbol.dispose]();
  const sum = one.add(one);
  evaluate(sum);
  assertEquals(sum.at(59_999).item(), 2);
  synchronize();
  assertEquals(sum.at(3).item(), 2);
});

Deno.test("a part of a value is read alone", () => {
  const x = arange(0, 3000, 1, { device: "cuda" }).reshape([50, 60]);
  evaluate(x);
  const views: readonly Tensor[] = [
    x.at(49, 59),
    x.at([3, 7]).transpose(0, 1),
    x.at([40, null, -3], [1, 50, 7]),
    x.at(5, [59, null, -1]),
    x.at([2, 2]),
    x.at(7).reshape([6, 10]).transpose(0, 1),
    zeros([], { device: "cuda" }).add(x.at(1, 1)),
  ];
  const onCpu = arange(0, 3000, 1).reshape([50, 60]), { read } = memory;
  const bytes: number[] = [];
  memory.read = function (place, offset, count): ReturnType<typeof read> {
    bytes.push(count);
    return read.call(this, place, offset, count);
  };
  try {
    views.slice(0, -1).forEach((view) => view.toArray());
  } finally {
    memory.read = read;
  }
  // From the first element that a view shows to the last one.
  assertEquals(bytes, [1, 4 * 60, 13 * 180 + 43, 60, 0, 60].map((count) => 4 * count));
  assertEquals(
    views.map((view) => view.toArray()),
    [
      onCpu.at(49, 59),
      onCpu.at([3, 7]).transpose(0, 1),
      onCpu.at([40, null, -3], [1, 50, 7]),
      onCpu.at(5, [59, null, -1]),
      onCpu.at([2, 2]),
      onCpu.at(7).reshape([6, 10]).transpose(0, 1),
      zeros([]).add(onCpu.at(1, 1)),
    ].map((view) => view.toArray()),
  );
});

Deno.test("a synchronous loop that reads its losses holds no more memory from step to step", () =>
  onGpu(() => {
    const step = training();
    for (let i = 0; i < 5; i++) step();
    const before = memory.live;
    for (let i = 0; i < 300; i++) step();
    assertEquals(memory.live, before);
  }));

Deno.test("a small value that was read can be used again", () => {
  const x = tensor([1, 2, 3]).to("cuda").mul(2);
  assertEquals(x.toArray(), [2, 4, 6]);
  (x.data as Float32Array)[0] = 100;
  assertEquals(x.add(1).toArray(), [3, 5, 7]);
  assertEquals(x.sum().item(), 12);
  assertEquals(x.toArray(), [2, 4, 6]);
});
