/**
 * Compiled programs: what they give is what the program gives, whatever changes between calls. The oracle's programs
 * run compiled as well (`oracle_test.ts`, `oracle_fuzz_test.ts`).
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ArgumentError,
  compile,
  CompileError,
  data,
  evaluate,
  GradientError,
  IndexError,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  Parameter,
  rand,
  scope,
  setThreads,
  ShapeError,
  stats,
  type Tensor,
  tensor,
  threads,
} from "@tensaur/tensaur";
import { forecasting } from "../src/graph/ahead.ts";

// As soon as can be, so that a few calls show what thousands would.
forecasting.patience = 1;

/** How many evaluations of a function came as foretold. */
function foretoldIn(f: () => void): number {
  const before = stats().foretold;
  f();
  return stats().foretold - before;
}

/** A model in training, and its step. */
function training(
  momentum = 0,
): { optimizer: optim.SGD; step: (x: Tensor, y: Tensor) => Tensor; weights: () => number[] } {
  manualSeed(3);
  const model = new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 1), new nn.Sigmoid());
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.5, momentum });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const p = model.forward(x), right = p.mul(y).add(p.sub(1).mul(y.sub(1)));
    const loss = right.log().neg().mean();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { optimizer, step, weights: () => model.parameters().flatMap((p) => [...p.data]) };
}

/** Batches of some points, shuffled anew in each epoch. */
function batches(epochs: number, batchSize = 10): [Tensor, Tensor][] {
  const { points, labels } = data.datasets.xor(50, { seed: 1 });
  const dataset = new data.TensorDataset(points, labels.reshape([-1, 1]));
  const loader = new data.DataLoader(dataset, { batchSize, shuffle: true, seed: 5 });
  return Array.from({ length: epochs }, () => [...loader]).flat() as [Tensor, Tensor][];
}

for (const momentum of [0, 0.9]) {
  Deno.test(`compiled programs: a training step, momentum ${momentum}`, () => {
    const all = batches(6), plain = training(momentum);
    const losses = all.map(([x, y]) => plain.step(x, y).item());
    const { step, weights } = training(momentum), compiled = compile(step);
    const followed = foretoldIn(() => {
      assertEquals(all.map(([x, y]) => compiled(x, y).item()), losses);
    });
    assertEquals(weights(), plain.weights());
    assert(followed >= all.length - 6, `${followed} of ${all.length} steps came as foretold`);
  });
}

/** How many plans had begun before a function came to them, and were what it wanted. */
function aheadIn(f: () => void): number {
  const before = stats().ahead;
  f();
  return stats().ahead - before;
}

Deno.test("compiled programs: plans begin before the call comes to them, if there are threads", () => {
  const plain = training(), other = training(), compiled = compile(other.step), all = batches(8);
  const train = (): void => {
    for (const [x, y] of all) assertEquals(compiled(x, y).item(), plain.step(x, y).item());
  };
  train();
  const number = threads();
  try {
    setThreads(2);
    assert(aheadIn(train) > all.length / 2);
    setThreads(1);
    assertEquals(aheadIn(train), 0);
  } finally {
    setThreads(number);
  }
  assertEquals(other.weights(), plain.weights());
});

Deno.test("compiled programs: numbers are taken as they are at each call", () => {
  let factor = 1;
  const settings = { shift: 0 }, x = rand([5]);
  const f = compile((x: Tensor, by: number) => x.mul(factor).add(settings.shift).div(by));
  const followed = foretoldIn(() => {
    for (let i = 1; i <= 8; i++) {
      factor = i;
      settings.shift = -i;
      assertEquals(f(x, 2 * i).toArray(), x.mul(i).add(-i).div(2 * i).toArray());
    }
  });
  assert(followed >= 5);
});

Deno.test("compiled programs: a rate that changes", () => {
  const [[x, y]] = batches(1) as [[Tensor, Tensor]], plain = training(), other = training();
  const compiled = compile(other.step);
  for (let i = 0; i < 8; i++) {
    plain.optimizer.lr = other.optimizer.lr = 1 / (i + 1);
    assertEquals(compiled(x, y).item(), plain.step(x, y).item());
  }
  assertEquals(other.weights(), plain.weights());
});

Deno.test("compiled programs: other shapes, dtypes and layouts are other traces", () => {
  const f = compile((x: Tensor) => x.mul(3).sum(0).exp());
  const inputs = [[4, 3], [4, 3], [4, 3], [2, 3], [2, 3], [4, 3], [0, 3], [1, 1]].map((shape) => rand(shape));
  inputs.push(inputs[0]!.to("float64"), inputs[0]!.mT(), inputs[1]!.at([1, 3]), inputs[2]!);
  for (let round = 0; round < 3; round++) {
    for (const x of inputs) assertEquals(f(x).toArray(), x.mul(3).sum(0).exp().toArray());
  }
});

Deno.test("compiled programs: branches and reads in the middle", () => {
  const f = compile((x: Tensor) => {
    const sum = x.sum();
    return sum.item() > 0 ? sum.mul(2).add(x) : x.mul(x).sub(sum);
  });
  const g = (x: Tensor): Tensor => {
    const sum = x.sum();
    return sum.item() > 0 ? sum.mul(2).add(x) : x.mul(x).sub(sum);
  };
  for (const sign of [1, 1, 1, -1, -1, 1, -1, 1, 1, -1]) {
    const x = ones([3]).mul(sign);
    assertEquals(f(x).toArray(), g(x).toArray());
  }
  const x = tensor([1, 1, 1]);
  const followed = foretoldIn(() => {
    for (let i = 0; i < 5; i++) f(x);
  });
  assert(followed >= 6, `${followed} evaluations came as foretold`);
});

Deno.test("compiled programs: calls with and without a backward, and backwards to other leaves", () => {
  const [v, w] = [new Parameter(rand([3, 3])), new Parameter(rand([3, 3]))];
  const run = (x: Tensor, kind: number): number[] => {
    v.grad = w.grad = null;
    if (kind === 0) return [...x.matmul(v).sum(0).data];
    const loss = (kind === 1 ? x.matmul(v) : v.detach().matmul(w)).tanh().sum();
    loss.backward();
    return [loss.item(), ...(v.grad as Tensor | null)?.data ?? [], ...(w.grad as Tensor | null)?.data ?? []];
  };
  const f = compile(run, { of: "tensors" });
  for (let i = 0; i < 60; i++) {
    const x = rand([3, 3]), kind = [0, 0, 1, 1, 2, 2, 0, 1, 2, 1, 0, 2][i % 12]!;
    assertEquals(f(x, kind), run(x, kind));
  }
});

Deno.test("compiled programs: a read that was not there", () => {
  const { step } = training(), plain = training(), [[x, y]] = batches(1) as [[Tensor, Tensor]];
  const seen: number[][] = [[], []];
  const watched = (train: typeof step, into: number[]) => (x: Tensor, y: Tensor, watch: boolean): Tensor => {
    const twice = x.mul(2);
    if (watch) into.push(...twice.sum(0).data);
    return train(twice, y);
  };
  const f = compile(watched(step, seen[0]!)), g = watched(plain.step, seen[1]!);
  for (let i = 0; i < 12; i++) assertEquals(f(x, y, i % 5 === 4).item(), g(x, y, i % 5 === 4).item());
  assertEquals(seen[0], seen[1]);
});

Deno.test("compiled programs: tensors of earlier calls stay what they were", () => {
  const kept: Tensor[] = [], w = new Parameter(tensor([1, 2, 3]));
  const f = compile((x: Tensor) => {
    const y = x.mul(w), before = kept.at(-1);
    kept.push(y);
    return before === undefined ? y.sum() : y.sub(before).sum();
  });
  const xs = [1, 2, 4, 8, 16, 32, 64].map((n) => ones([3]).mul(n));
  assertEquals(xs.map((x) => f(x).item()), [6, 6, 12, 24, 48, 96, 192]);
  assertEquals(kept.map((y) => y.toArray()), [1, 2, 4, 8, 16, 32, 64].map((n) => [n, 2 * n, 3 * n]));
  const g = compile((x: Tensor, use: boolean) => {
    const y = x.add(1), old = kept[0]!;
    kept[0] = y;
    return use ? y.mul(old) : y.mul(y);
  });
  kept[0] = tensor([5]);
  const got = [false, false, false, true, true, false, true].map((use, i) => g(tensor([i]), use).item());
  assertEquals(got, [1, 4, 9, 12, 20, 36, 42]);
});

Deno.test("compiled programs: what is returned is computed, in arrays and objects too", () => {
  const f = compile((x: Tensor) => ({ double: x.mul(2), list: [x.add(1), x] }), { of: "tensors" });
  for (let i = 0; i < 4; i++) {
    const x = tensor([i]);
    const { double, list } = f(x), kernels = stats().kernels;
    assertEquals([double.item(), list[0]!.item(), list[1]!.item()], [2 * i, i + 1, i]);
    assertEquals(stats().kernels, kernels);
  }
});

Deno.test("compiled programs: without gradients, within scope, within one another", () => {
  const w = new Parameter(tensor([2]));
  const inner = compile((x: Tensor) => x.mul(w).exp());
  const outer = compile((x: Tensor) => inner(x).add(inner(x.neg())));
  for (let i = 0; i < 9; i++) {
    const x = tensor([i / 10]), wanted = x.mul(w).exp().add(x.neg().mul(w).exp()).item();
    const run = (): Tensor => outer(x);
    assertEquals((i % 3 === 0 ? run() : i % 3 === 1 ? noGrad(run) : scope(run)).item(), wanted);
    assertEquals(outer(x).requiresGrad, true);
    assertEquals(noGrad(run).requiresGrad, false);
  }
});

Deno.test("compiled programs: gradients of what they return", () => {
  const w = new Parameter(tensor([2, 3])), f = compile((x: Tensor) => x.mul(w).square().sum());
  for (let i = 1; i < 6; i++) {
    const x = ones([2]).mul(i);
    w.grad = null;
    f(x).backward();
    assertEquals(w.grad!.toArray(), [4 * i * i, 6 * i * i]);
    const y = f(x);
    y.backward();
    assertThrows(() => y.backward(), GradientError, "a second time");
    assertEquals((w.grad as Tensor | null)?.toArray(), [8 * i * i, 12 * i * i]);
  }
});

Deno.test("compiled programs: errors leave everything as without compiling", () => {
  const w = new Parameter(tensor([1, 2]));
  let fail = false;
  const f = compile((x: Tensor) => {
    const y = x.mul(w);
    if (fail) throw new RangeError("no");
    return y.add(x).sum();
  });
  for (let i = 0; i < 4; i++) assertEquals(f(ones([2])).item(), 5);
  fail = true;
  assertThrows(() => f(ones([2])), RangeError, "no");
  fail = false;
  assertThrows(() => f(ones([3])), ShapeError, "mul");
  assertThrows(() => f(null as unknown as Tensor), TypeError);
  for (let i = 0; i < 4; i++) assertEquals(f(ones([2])).item(), 5);
  const g = compile((x: Tensor, y: unknown) => x.mul(y as Tensor).sum());
  for (let i = 0; i < 4; i++) assertEquals(g(ones([2]), ones([2])).item(), 2);
  for (const bad of [null, undefined, "2", {}]) {
    assertThrows(() => g(ones([2]), bad), Error, "mul");
    assertEquals(g(ones([2]), ones([2])).item(), 2);
  }
});

Deno.test("compiled programs: pending arguments and work of others", () => {
  const f = compile((x: Tensor) => x.exp().sum());
  for (let i = 0; i < 6; i++) {
    const x = ones([4]).mul(i), other = x.add(1);
    assertEquals(f(x).item(), x.exp().sum().item());
    assertEquals(other.toArray(), [i + 1, i + 1, i + 1, i + 1]);
  }
});

Deno.test("compiled programs: what was begun in vain changes nothing", () => {
  const table = new Parameter(rand([4, 3])), inputs = [0, 1, 2, 3].map((n) => rand([2, 3]).add(n));
  evaluate(...inputs);
  const pick = (rows: Tensor, x: Tensor, by: number): Tensor =>
    table.gather(0, rows.reshape([2, 1]).expand([2, 3])).mul(x).mul(by).sum();
  const f = compile(pick),
    rows = tensor([0, 3], { dtype: "int32" }),
    bad = tensor([1, 4], { dtype: "int32" });
  for (let i = 0; i < 40; i++) {
    const x = inputs[i % 7 === 6 ? 1 + i % 3 : 0]!, by = i % 11 === 10 ? i : 2;
    if (i % 9 === 8) {
      assertThrows(() => f(bad, x, by), IndexError);
      continue;
    }
    if (i % 13 === 12) noGrad(() => table.assign(table.add(1)));
    assertEquals(f(rows, x, by).item(), pick(rows, x, by).item());
  }
});

Deno.test("compiled programs: which functions they are", () => {
  const w = ones([2]);
  assertEquals(compile((x: Tensor) => w.mul(x))(ones([2])).toArray(), [1, 1]);
  assertEquals(compile(() => w.add(w).sum())().item(), 4);
  const helper = (x: Tensor): Tensor => x.sum();
  assertEquals(compile((x: Tensor) => helper(x), { of: "tensors" })(w).item(), 2);
  assertEquals(compile((x) => Math.sqrt(x) * 2)(ones([2])).toArray(), [2, 2]);
  class Doubler {
    #by = 2;
    step = compile((x: Tensor) => x.mul(this.#by));
  }
  assertEquals(new Doubler().step(w).toArray(), [2, 2]);
  // Not programs: a comment, globals of JavaScript.
  assertEquals(compile((x) => x * 2 /* w.add(x) */)(w).toArray(), [2, 2]);
  assertThrows(() => compile((x) => x + Date.now()), CompileError, "Date");
  assertThrows(() => compile((x: Tensor) => x, { of: "numbers" as "tensors" }), ArgumentError, '"tensors"');
  assertThrows(() => compile(3 as unknown as () => void), ArgumentError, "want a function");
  const later = compile(async (x: Tensor) => {
    await Promise.resolve();
    return x.sum();
  });
  assertThrows(() => void later(w), ArgumentError, "asynchronous");
});
