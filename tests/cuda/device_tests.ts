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
  setDefaultDevice,
  stats,
  synchronize,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../mod.ts";
import type { Device } from "../../src/shape.ts";
import { randomGraph, type Size } from "../random_graph.ts";

/** How many random graphs are tried: compiled, each has programs of its own. */
const GRAPHS = Number(Deno.env.get("TENSAUR_GRAPHS") ?? 20);
const SIZES: readonly Size[] = [
  { rows: 1, columns: 1 },
  { rows: 4, columns: 7 },
  { rows: 16, columns: 33 },
  { rows: 130, columns: 257 },
];

/** The bits of elements; all NaNs count as equal. */
function bits(x: Tensor): ArrayLike<number | bigint> {
  const { data } = x;
  if (data instanceof Float32Array) return new Int32Array(data.map((v) => v !== v ? NaN : v).buffer);
  if (data instanceof Float64Array) return new BigInt64Array(data.map((v) => v !== v ? NaN : v).buffer);
  return data;
}

/** Computes on both devices, tensors made by `f` included, and compares the bits. */
function same(name: string, f: () => Tensor | readonly Tensor[]): void {
  Deno.test(name, () => compare(f));
}

function compare(f: () => Tensor | readonly Tensor[], tell = ""): void {
  const [cpu, cuda] = (["cpu", "cuda"] as const).map((device) =>
    on(device, () => {
      manualSeed(5);
      const results = [f()].flat() as Tensor[];
      evaluate(...results);
      results.forEach((result) => assertEquals(result.device, device));
      return results.map(bits);
    })
  );
  assertEquals(cuda, cpu, tell);
}

/** The tensor, computed. */
function done(x: Tensor): Tensor {
  evaluate(x);
  return x;
}

function on<T>(device: Device, f: () => T): T {
  setDefaultDevice(device);
  try {
    return f();
  } finally {
    setDefaultDevice("cpu");
  }
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

Deno.test("random graphs have the CPU's bits", () => {
  for (let seed = 0; seed < GRAPHS; seed++) {
    const size = SIZES[seed % SIZES.length]!;
    compare(() => randomGraph(seed, size, false, 12).results, `seed ${seed}`);
  }
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

same("long rows are folded in blocks that are joined as a tree", () => {
  const x = randn([300_001]);
  return [x.sum(), x.square().mean(), x.max(), x.argmax(), x.to("float64").sum()];
});

for (const dtype of ["float32", "float64", "int32"] as const) {
  same(`products of ${dtype} of any shape and layout have the CPU's bits`, () => {
    const matrix = (...shape: number[]): Tensor => randn(shape).mul(10).to(dtype);
    return [[1, 1, 1], [3, 5, 2], [1, 100, 1], [1, 300, 4], [37, 53, 29], [64, 64, 64], [130, 70, 140], [
      10,
      0,
      3,
    ]]
      .flatMap((sizes) => {
        const [m, k, n] = sizes as [number, number, number];
        const a = matrix(m, k), b = matrix(k, n), turned = matrix(n, k).transpose(0, 1);
        return [a.matmul(b), a.matmul(turned), b.transpose(0, 1).matmul(a.transpose(0, 1))];
      });
  });
}

same("batches of products, with broadcast batches and epilogues", () => {
  const a = randn([5, 1, 6, 7]), b = randn([3, 7, 4]);
  return [
    a.matmul(b),
    a.matmul(b).add(randn([4])).relu(),
    randn([2, 3]).matmul(randn([3])),
    randn([20, 9]).matmul(randn([9, 100])).mul(2).tanh(),
  ];
});

same("gathers and scatter-adds, also where places repeat", () => {
  const x = randn([50, 6]),
    index = tensor(new Int32Array([3, 49, 0, 3, 3, 17])).reshape([6, 1]).expand([6, 6]);
  const leaf = tensor(x.data as Float32Array, { requiresGrad: true });
  const picked = leaf.reshape([50, 6]).gather(0, index);
  picked.mul(randn([6, 6])).sum().backward();
  return [x.gather(0, index), x.to("int32").gather(0, index), x.gt(0).gather(0, index), leaf.grad!];
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
