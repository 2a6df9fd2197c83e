/**
 * What a GPU must give: the bits of the CPU, typed errors, memory that does not grow. `device_test.ts` runs this with the
 * simulated driver, programs compiled and interpreted; on a machine with a GPU it runs as it is.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RemoteMemory } from "../../src/backend/remote.ts";
import { backendOf } from "../../src/backend/devices.ts";
import type { CudaBackend } from "../../src/backend/cuda.ts";
import {
  arange,
  cudaAvailable,
  cudaDevices,
  cudaMemory,
  cudaUnavailableReason,
  data,
  DeviceError,
  DisposedError,
  evaluate,
  explain,
  IndexError,
  manualSeed,
  nn,
  ones,
  optim,
  OutOfMemoryError,
  rand,
  randn,
  reduce,
  scope,
  stats,
  synchronize,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../mod.ts";
import type { Device } from "../../src/shape.ts";
import { randomGraph, type Size } from "../random_graph.ts";
import { compare, on, same } from "./compare.ts";

/** How many random graphs are tried: compiled, each has programs of its own. */
const GRAPHS = Number(Deno.env.get("TENSAUR_GRAPHS") ?? 20);
const SIZES: readonly Size[] = [
  { rows: 1, columns: 1 },
  { rows: 4, columns: 7 },
  { rows: 16, columns: 33 },
  { rows: 130, columns: 257 },
];

/** The tensor, computed. */
function done(x: Tensor): Tensor {
  evaluate(x);
  return x;
}

const gpu = backendOf("cuda") as CudaBackend;
const memory: RemoteMemory = gpu.memory;

Deno.test("a GPU is there, by all of its names", () => {
  assert(cudaAvailable(), cudaUnavailableReason() ?? "");
  assertEquals(cudaUnavailableReason(), null);
  assert(cudaDevices()[0]!.memory > 0);
  assertEquals(ones([1], { device: "cuda:0" }).device, "cuda");
  for (const name of ["cuda:7", "cuda:x", "cuda:", "gpu"]) {
    assertThrows(() => zeros([1], { device: name as Device }), DeviceError);
  }
});

same("elements go there and come back, whatever their dtype and layout", () => [
  tensor([1, NaN, -0, Infinity]),
  tensor(new Float64Array([1e300, -1e-300])),
  tensor(new Int32Array([-5, 2 ** 31 - 1])),
  tensor([true, false]),
  tensor(new Uint8Array([0, 255])),
  tensor([[1, 2, 3], [4, 5, 6]]).transpose(0, 1),
  arange(0, 24, 1).reshape([2, 3, 4]).at(":", [2, null, -1], [1, 3]),
  zeros([0, 3]).add(1),
  tensor(7).mul(2),
]);

Deno.test("moving between devices keeps what views show", () => {
  const x = arange(0, 12, 1).reshape([3, 4]).transpose(0, 1).at([1, 3]);
  assertEquals(x.to("cuda").toArray(), x.toArray());
  assertEquals(x.to("cuda").to("reference").add(1).toArray(), x.add(1).toArray());
  const there = arange(0, 12, 1, { device: "cuda" }).reshape([3, 4]);
  assertEquals(there.at(1, 2).item(), 6);
  assertEquals(there.transpose(0, 1).to("cpu").toArray(), there.to("cpu").transpose(0, 1).toArray());
});

/** From this depth on, products with few results are cut into pieces, whose sums are not the CPU's to the last bit. */
const CUT_DEPTH = 1024;

function isCut(plan: string): boolean {
  return Array.from(plan.matchAll(/\] by (\d+):/g)).some(([, depth]) => Number(depth) >= CUT_DEPTH);
}

Deno.test("random graphs have the CPU's bits", () => {
  let compared = 0;
  for (let seed = 0; seed < GRAPHS; seed++) {
    const graph = () => randomGraph(seed, SIZES[seed % SIZES.length]!, false, 12).results;
    if (isCut(explain(...graph()))) continue;
    compare(graph, `seed ${seed}`);
    compared++;
  }
  assert(compared > .8 * GRAPHS, `${compared} of ${GRAPHS}`);
});

for (const combine of ["sum", "mean", "prod", "max", "min", "argmax", "argmin"] as const) {
  same(
    `${combine} of any length, along rows and columns, folds as the CPU does`,
    () =>
      [1, 5, 31, 64, 65, 127, 129, 300, 1025, 4096, 4097, 9000].flatMap((length) => {
        const x = randn([3, length]).mul(combine === "prod" ? .01 : 1).add(combine === "prod" ? 1 : 0);
        return [x[combine](1), x.transpose(0, 1).contiguous()[combine](0), x[combine]()];
      }),
  );
}

same("folds know NaN, infinities, signed zeros, flags and integers", () => {
  const x = tensor([[1, NaN, 3], [-0, 0, -0], [Infinity, -Infinity, 2]]);
  const whole = arange(0, 3000, 1, { dtype: "int32" }).mul(1_000_003);
  return [
    x.max(1),
    x.min(1),
    x.argmax(1),
    x.argmin(1),
    x.sum(1),
    whole.sum(),
    whole.max(),
    x.gt(0).any(1),
    x.ge(0).all(1),
  ];
});

same("folds of nothing are what each begins with", () => {
  const dtypes = ["float32", "int32", "bool"] as const;
  return dtypes.flatMap((dtype) => {
    const x = zeros([3, 0], { dtype });
    return [x.sum(1), x.prod(1), x.any(1), x.all(1), x.transpose(0, 1).any(0), x.all()];
  });
});

same("long rows are folded in blocks that are joined as a tree", () => {
  const x = randn([300_001]);
  return [x.sum(), x.square().mean(), x.max(), x.argmax(), x.to("float64").sum()];
});

same("gathers and scatter-adds, also where places repeat", () => {
  const x = randn([50, 6]),
    index = tensor(new Int32Array([3, 49, 0, 3, 3, 17])).reshape([6, 1]).expand([6, 6]);
  const leaf = tensor(x.data as Float32Array, { requiresGrad: true });
  const picked = leaf.reshape([50, 6]).gather(0, index);
  picked.mul(randn([6, 6])).sum().backward();
  return [x.gather(0, index), x.to("int32").gather(0, index), x.gt(0).gather(0, index), leaf.grad!];
});

/** What works row by row in several steps. */
function overRows(x: Tensor): Tensor[] {
  const centred = x.sub(x.mean(1, { keepdim: true }));
  const deviation = centred.square().mean(1, { keepdim: true }).add(1e-5).sqrt();
  return [
    x.softmax(1),
    x.logSoftmax(1),
    centred.div(deviation).mul(2).add(1),
    x.sub(x.max(1, { keepdim: true })),
  ];
}

for (const dtype of ["float32", "float64"] as const) {
  same(
    `steps over the same rows of ${dtype} give what they give one by one, whether rows fit on chip or not`,
    () =>
      [[1, 40], [7, 3], [5, 101], [300, 64], [9, 1024], [3, 4096], [2, 5000], [2, 9001], [2, 14000]].flatMap(
        (shape) => {
          const x = randn(shape).to(dtype);
          evaluate(x);
          return overRows(x);
        },
      ),
  );
}

Deno.test({
  name: "a softmax is one launch where its rows fit on chip",
  ignore: Deno.env.get("TENSAUR_CUDA_PROGRAMS") !== "compiled",
  fn: () => {
    const joined = [64, 31].map((length) => {
      // Values in memory: a pending constant would be made anew by each step, with nothing to hold on chip.
      const rows = done(randn([3, length], { device: "cuda" }));
      return explain(rows.softmax(1)).toString().split("the kernel of the rows before").length - 1;
    });
    assertEquals(joined, [2, 0]);
  },
});

same(
  "sums at many places of few lines are added in the order of the positions",
  () =>
    [[40, 7, 7], [1024, 1, 1], [2500, 10, 9], [5000, 3000, 2999]].flatMap(([count, size, named]) => {
      const place = (length: number): Tensor =>
        tensor(Int32Array.from({ length }, (_, i) => (i * 7919 + i * i) % named!));
      const sums = (shape: number[], axis: number, index: Tensor): Tensor => {
        const leaf = zeros(shape, { requiresGrad: true });
        leaf.gather(axis, index).mul(randn(index.shape)).sum().backward();
        return leaf.grad!;
      };
      return [
        sums([size!], 0, place(count!)),
        sums([size!, 6], 0, place(count!).reshape([-1, 1]).expand([count!, 6])),
        sums([6, size!], 1, place(6 * count!).reshape([6, count!])),
        sums([size!, 6], 0, place(6 * count!).reshape([6, count!]).transpose(0, 1)),
      ];
    }),
);

Deno.test({
  name: "more than 2^31 elements are folded",
  // Interpreted, such a fold would first write its 8 GiB of elements.
  ignore: Deno.env.get("TENSAUR_CUDA_PROGRAMS") !== "compiled",
  fn: () => {
    const length = 2 ** 31 + 100, x = tensor([3], { dtype: "int32", device: "cuda" }).expand([length]);
    assertEquals(x.sum().item(), Math.imul(3, length));
  },
});

same("rounds of a fold go in order", () => {
  const x = randn([40, 9]);
  return [
    reduce(x, (a, b) => a / 2 + b, 1, { axis: 0 }),
    reduce(x, (a, b) => a > b ? a - b : b, 0, { axis: 1 }),
  ];
});

same(
  "random numbers are the same numbers",
  () => [rand([1000]), randn([77, 3]), rand([5], { dtype: "float64" })],
);

same("casts, choices and comparisons", () => {
  const x = randn([33]).mul(300);
  return [
    x.to("int32"),
    x.to("uint8"),
    x.to("bool"),
    x.to("float64").exp(),
    where(x.gt(0), x, 0),
    x.eq(x),
    x.div(0),
  ];
});

Deno.test("an index out of range is told, with its axis and its size", () => {
  const x = ones([130, 3], { device: "cuda" }),
    index = (i: number): Tensor =>
      tensor(new Int32Array([0, i, 5]), { device: "cuda" }).reshape([3, 1]).expand([3, 3]);
  for (const i of [130, -1]) {
    const error = assertThrows(() => x.gather(0, index(i)).toArray(), IndexError) as Error;
    assert(error.message.includes(`index ${i} is out of range for axis 0 with size 130`), error.message);
  }
  assertEquals(x.gather(0, index(129)).sum().item(), 9);
});

Deno.test("tensors of two devices are not mixed, but computed by one evaluation", () => {
  const here = ones([2]), there = ones([2], { device: "cuda" });
  assertThrows(() => here.add(there), DeviceError);
  const results = [here.add(1), there.add(2)];
  evaluate(...results);
  assertEquals(results.map((x) => x.toArray()), [[2, 2], [3, 3]]);
});

/** Losses of a few steps of a network's training. */
function losses(device: Device, steps: number): number[] {
  return on(device, () => {
    manualSeed(3);
    const model = new nn.Sequential(
      new nn.Linear(2, 20),
      new nn.ReLU(),
      new nn.Linear(20, 1),
      new nn.Sigmoid(),
    );
    const { points, labels } = data.datasets.xor(50);
    const x = points.to(device), y = labels.reshape([-1, 1]).to(device);
    const optimizer = new optim.Adam(model.parameters(), { lr: .05 });
    return Array.from({ length: steps }, () => {
      optimizer.zeroGrad();
      const p = model.forward(x), loss = p.sub(y).square().mean();
      loss.backward();
      optimizer.step();
      return loss.item();
    });
  });
}

Deno.test("training has the CPU's losses, bit for bit, and its memory does not grow", () => {
  assertEquals(losses("cuda", 30), losses("cpu", 30));
  const before = memory.live;
  losses("cuda", 60);
  assert(memory.live <= before + 64 * 1024, `${before} to ${memory.live}`);
});

Deno.test("a synchronous loop that frees nothing is kept below the watermark", () => {
  const before = memory.setWatermark(memory.live + 1_000_000);
  try {
    const kept: Tensor[] = [];
    for (let i = 0; i < 60; i++) kept.push(done(ones([10_000], { device: "cuda" }).mul(i)));
    assert(memory.live <= before, "nothing beyond the watermark");
    kept.forEach((x, i) => assertEquals(x.sum().item(), 10_000 * i));
  } finally {
    memory.setWatermark(before);
  }
});

Deno.test("so are many small values, which lie elsewhere until somebody reads them", () => {
  const few = 50, before = memory.setWatermark(2 ** 30, memory.values + few);
  try {
    const most = memory.values + few;
    const kept = Array.from({ length: 4 * few }, (_, i) => done(ones([2], { device: "cuda" }).mul(i)));
    assert(memory.values <= most, `${memory.values} values`);
    kept.forEach((x, i) => assertEquals(x.add(1).toArray(), [i + 1, i + 1]));
    assert(memory.values <= most, `${memory.values} values`);
  } finally {
    memory.setWatermark(before);
  }
});

Deno.test("scope and using free memory at once", () => {
  const before = memory.live;
  scope(() => done(ones([5000], { device: "cuda" }).exp()).sum().item());
  assertEquals(memory.live, before);
  const x = done(ones([5000], { device: "cuda" }).exp());
  assert(memory.live > before);
  {
    using _freed = x;
  }
  assertEquals(memory.live, before);
  assertThrows(() => x.toArray(), DisposedError);
});

Deno.test("what does not fit is an OutOfMemoryError, and nothing is lost", () => {
  const x = done(ones([4], { device: "cuda" }));
  const count = Math.ceil(cudaMemory().total / 2 ** 35) + 1;
  const huge = Array.from(
    { length: count },
    () => ones([2 ** 32], { device: "cuda", dtype: "float64" }),
  );
  assertThrows(() => evaluate(...huge), OutOfMemoryError);
  huge.forEach((given) => given[Symbol.dispose]());
  assertEquals(x.add(1).toArray(), [2, 2, 2, 2]);
});

Deno.test("figures of memory are those of the device", () => {
  const x = done(ones([1 << 20], { device: "cuda" })), figures = cudaMemory();
  assert(figures.live >= 4 * x.size && figures.peak >= figures.live);
  assert(figures.total >= figures.free);
  synchronize();
  assert(stats().kernels > 0);
});
