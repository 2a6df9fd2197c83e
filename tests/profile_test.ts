/**
 * What `profile` counts: the kernels that ran, the bytes and operations of each, on both devices.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  ArgumentError,
  type Device,
  evaluate,
  explain,
  IndexError,
  type KernelProfile,
  manualSeed,
  nn,
  optim,
  type Profile,
  profile,
  type ProfileLimits,
  rand,
  setDefaultDevice,
  stats,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";
import { profiling } from "../src/graph/profiler.ts";
import { DEVICE, DEVICES } from "./devices.ts";

/** A test for each device. */
function onDevices(name: string, body: (device: Device) => void): void {
  for (const device of DEVICES) Deno.test(`${device}: ${name}`, () => body(device));
}

function made(device: Device, ...shape: number[]): Tensor {
  const x = rand(shape, { device });
  evaluate(x);
  return x;
}

function indices(device: Device, values: number[][]): Tensor {
  return tensor(values, { dtype: "int32", device });
}

/** The only kernel that computes a tensor. */
function kernelOf(x: Tensor): KernelProfile {
  const { kernels } = profile(() => evaluate(x));
  assertEquals(kernels.length, 1, kernels.map(({ name }) => name).join("; "));
  return kernels[0]!;
}

function assertTimes({ kernels, milliseconds }: Profile): void {
  for (const kernel of kernels) {
    const { gigabytesPerSecond: bytes, gigaflopsPerSecond: flops } = kernel;
    for (const told of [milliseconds, kernel.milliseconds, bytes ?? 0, flops ?? 0]) {
      assert(Number.isFinite(told) && told >= 0, kernel.name);
    }
    if (kernel.flops === null) assertEquals(flops, null, kernel.name);
  }
}

/** Trains a little; the losses. */
function train(device: Device): number[] {
  setDefaultDevice(device);
  try {
    return lossesOfTraining();
  } finally {
    setDefaultDevice(DEVICE);
  }
}

function lossesOfTraining(): number[] {
  manualSeed(5);
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const x = rand([16, 4]), losses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const loss = model.forward(x).softmax(1).square().mean();
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(loss.item());
  }
  return losses;
}

onDevices("a profile counts the kernels that stats counts, and changes no result", (device) => {
  const expected = train(device), before = stats();
  let losses: number[] = [];
  const measured = profile(() => losses = train(device));
  assertEquals(losses, expected);
  const { kernels, plansRun } = stats();
  const calls = measured.kernels.reduce((sum, kernel) => sum + kernel.calls, 0);
  assertEquals(calls, kernels - before.kernels);
  const runs = measured.kernels.filter(({ kernel }) => kernel === 1).reduce(
    (sum, each) => sum + each.calls,
    0,
  );
  assertEquals(runs, plansRun - before.plansRun);
  assertTimes(measured);
});

onDevices("kernels are named, numbered and told as explain does", (device) => {
  const x = made(device, 6, 5), y = x.add(1).softmax(1), text = explain(y);
  const { kernels } = profile(() => evaluate(y));
  assertEquals(kernels.map(({ plan, kernel }) => [plan, kernel]), kernels.map((_, i) => [1, i + 1]));
  for (const { kernel, name, path } of kernels) {
    assertStringIncludes(text, `${kernel}. ${name}\n`);
    assertStringIncludes(text, `runs: path ${path} | `);
  }
  assert(kernels.length > 1);
});

onDevices("a plan that runs again is the same plan", (device) => {
  const x = made(device, 3, 4);
  const { kernels } = profile(() => {
    for (let i = 0; i < 5; i++) x.mul(i).sum().item();
    for (let i = 0; i < 2; i++) evaluate(x.exp());
  });
  assertEquals(kernels.map(({ plan, calls }) => [plan, calls]), [[1, 5], [2, 2]]);
});

onDevices("bytes are those of the elements reached, once an operand", (device) => {
  const x = made(device, 6, 8), row = made(device, 8), column = made(device, 6, 1);
  const bytes = (y: Tensor): number => kernelOf(y).bytes;
  assertEquals(bytes(x.mul(2).exp()), 4 * (48 + 48));
  assertEquals(bytes(x.add(row)), 4 * (48 + 8 + 48));
  assertEquals(bytes(x.add(row).mul(column)), 4 * (48 + 8 + 6 + 48));
  assertEquals(bytes(x.gt(0.5)), 4 * 48 + 48);
  assertEquals(bytes(x.to("float64")), 4 * 48 + 8 * 48);
  assertEquals(bytes(x.at(":", [0, 8, 2]).exp()), 4 * (24 + 24));
  assertEquals(bytes(x.transpose(0, 1).add(1)), 4 * (48 + 48));
  assertEquals(bytes(x.sum(1)), 4 * (48 + 6));
  assertEquals(bytes(x.add(row).sum(0)), 4 * (48 + 8 + 8));
  assertEquals(bytes(x.sum()), 4 * (48 + 1));
  // The mean divides the sum in the kernel's epilogue, over the same memory.
  assertEquals(bytes(x.mean(1)), 4 * (48 + 6));
});

onDevices("a matmul tells its bytes and operations", (device) => {
  const a = made(device, 5, 3, 4), b = made(device, 4, 2), bias = made(device, 2);
  const product = kernelOf(a.matmul(b));
  assertEquals([product.bytes, product.flops], [4 * (60 + 8 + 30), 2 * 5 * 3 * 2 * 4]);
  const layer = kernelOf(a.matmul(b).add(bias).relu());
  assertEquals([layer.bytes, layer.flops], [4 * (60 + 8 + 2 + 30), product.flops]);
  const { kernels } = profile(() => {
    const kept = a.matmul(b);
    evaluate(kept, kept.add(bias));
  });
  assertEquals(kernels.map(({ bytes }) => bytes), [4 * (60 + 8 + 30 + 2 + 30)]);
  assertEquals(kernelOf(made(device, 3, 0).matmul(made(device, 0, 2))).flops, 0);
});

onDevices("moves count what they pick", (device) => {
  const x = made(device, 6, 8), few = indices(device, [[0, 5, 0, 1, 1, 2, 3, 4]]);
  assertEquals(kernelOf(x.gather(0, few)).bytes, 4 * (8 + 8 + 8));
  const many = indices(device, Array.from({ length: 20 }, () => [1, 1, 1, 1, 1, 1, 1, 1]));
  assertEquals(kernelOf(x.gather(0, many)).bytes, 4 * (48 + 160 + 160));
  const source = tensor([[1, 2, 3]], { device, requiresGrad: true });
  const { kernels } = profile(() => {
    const loss = source.gather(1, indices(device, [[0, 0]])).sum();
    loss.backward();
    evaluate(loss, source.grad!);
  });
  const scatter = kernels.find(({ name }) => name.startsWith("scatterAdd"))!;
  // A gradient of 1 that is repeated, two indices, two results that are read and written.
  assertEquals(scatter.bytes, 4 * (1 + 2 + 2 * 2));
});

onDevices("what does not run in the function is not counted", (device) => {
  const x = made(device, 4), lazy = x.add(1);
  const measured = profile(() => lazy.mul(2));
  assertEquals([measured.kernels, measured.milliseconds, `${measured}`], [[], 0, "no kernel ran"]);
  evaluate(lazy);
  assertEquals(measured.kernels, []);
});

onDevices("an outer profile counts what an inner one does", (device) => {
  const x = made(device, 4);
  let inner: Profile | undefined;
  const outer = profile(() => {
    evaluate(x.add(1));
    inner = profile(() => evaluate(x.add(2), x.sub(3).exp()));
    evaluate(x.add(1));
  });
  const calls = ({ kernels }: Profile): number => kernels.reduce((sum, kernel) => sum + kernel.calls, 0);
  assertEquals(calls(outer), calls(inner!) + 2);
  assertEquals(profiling.profiler, null);
});

onDevices("an error in the function is passed on, and nothing is left over", (device) => {
  const x = made(device, 4), error = new Error("thrown in the function");
  const thrown = assertThrows(() =>
    profile(() => {
      evaluate(x.add(1));
      throw error;
    })
  );
  assertEquals(thrown, error);
  assertEquals(profiling.profiler, null);
  const bad = indices(device, [[7]]), matrix = made(device, 2, 2);
  const measured = profile(() => {
    assertThrows(() => evaluate(matrix.gather(0, bad)), IndexError);
    evaluate(matrix.exp());
  });
  // A plan that failed is not counted, here as in stats.
  assertEquals(measured.kernels.map(({ name, calls }) => [name, calls]), [["map: exp", 1]]);
  assertThrows(() => profile(() => Promise.resolve()), ArgumentError, "asynchronous");
  assertEquals(profiling.profiler, null);
});

Deno.test("a table has the kernels in the order of their times", () => {
  const x = made("cpu", 256, 256), tiny = made("cpu", 2);
  const measured = profile(() => evaluate(tiny.add(1), x.matmul(x)));
  const [header, ...rows] = measured.toString().split("\n");
  assertMatch(header!, /^kernel +calls +ms +share +us a call +GB\/s +GFLOP\/s +of limit +path +what$/);
  assertEquals(rows.length, measured.kernels.length);
  const times = rows.map((row) => Number(row.trim().split(/ +/)[2]));
  assertEquals(times, times.toSorted((a, b) => b - a));
  assertStringIncludes(rows.join("\n"), "matmul: matmul");
  assertEquals(Deno.inspect(measured), measured.toString());
});

onDevices(
  "the share of a limit is told where one is given: of operations for a matmul, else of bytes",
  (device) => {
    const x = made(device, 64, 64);
    const both = { gigaflopsPerSecond: 50, gigabytesPerSecond: 20 };
    const shares = (limits: ProfileLimits): (number | null)[] => {
      const { kernels } = profile(() => evaluate(x.matmul(x), x.exp()), { limits });
      return kernels.map(({ flops, gigaflopsPerSecond, gigabytesPerSecond, ofLimit }) => {
        const [rate, limit] = flops === null
          ? [gigabytesPerSecond, limits.gigabytesPerSecond]
          : [gigaflopsPerSecond, limits.gigaflopsPerSecond];
        assertEquals(ofLimit, rate === null || limit === undefined ? null : rate / limit);
        return ofLimit;
      });
    };
    assertEquals(shares(both).length, 2);
    assertEquals(shares({ gigaflopsPerSecond: 50 }).filter((share) => share === null).length, 1);
    assertEquals(shares({}), [null, null]);
    const measured = profile(() => evaluate(x.matmul(x)), { limits: { gigaflopsPerSecond: 1e-3 } });
    assertMatch(`${measured}`, /\d+\.\d % {2}.*matmul: matmul/);
  },
);

Deno.test("a limit is a positive number, and a misspelt option is not ignored", () => {
  const of = (options: object): () => void => () => void profile(() => {}, options);
  assertThrows(
    of({ limits: { gigaflopsPerSecond: 0 } }),
    ArgumentError,
    "gigaflopsPerSecond must be a number",
  );
  assertThrows(of({ limits: { gigabytesPerSecond: NaN } }), ArgumentError, "gigabytesPerSecond");
  assertThrows(of({ limits: { bandwidth: 1 } }), ArgumentError, "bandwidth");
  assertThrows(of({ limit: {} }), ArgumentError, "limit");
});

Deno.test("steps that run by blocks of rows each have a part of the time", () => {
  const x = made("cpu", 1024, 1024);
  const measured = profile(() => evaluate(x.softmax(1)));
  assertEquals(measured.kernels.length, 4);
  for (const { path } of measured.kernels) assertMatch(path, /by blocks of rows/);
  assertTimes(measured);
});
