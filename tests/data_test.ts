/**
 * Datasets and the loader.
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  arange,
  ArgumentError,
  data,
  DeviceError,
  manualSeed,
  noGrad,
  ShapeError,
  stats,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";

const { DataLoader, datasets, TensorDataset } = data;

/** What class 1 is, written once more. */
const MEANING: Record<string, (x: number, y: number) => boolean> = {
  simple: (x) => x < 0.5,
  diag: (x, y) => x + y < 0.5,
  split: (x) => x < 0.2 || x > 0.8,
  xor: (x, y) => x < 0.5 !== y < 0.5,
  circle: (x, y) => (x - 0.5) ** 2 + (y - 0.5) ** 2 > 0.1,
};

for (const [name, make] of Object.entries(datasets)) {
  Deno.test(`${name} gives points and labels, the same for the same seed`, () => {
    const first = make(40, { seed: 3 }), second = make(40, { seed: 3 });
    assertEquals([first.points.shape, first.labels.shape], [[40, 2], [40]]);
    assertEquals(first.points.toArray(), second.points.toArray());
    assertEquals(first.labels.toArray(), second.labels.toArray());
    assert(first.labels.data.includes(0) && first.labels.data.includes(1));
    assertThrows(() => make(0), ArgumentError, name);
    assertThrows(() => make(2.5), ArgumentError, name);
    assertThrows(() => make(10, { seed: -1 }), ArgumentError, "seed");
  });
}

for (const [name, meaning] of Object.entries(MEANING)) {
  Deno.test(`${name} labels points of the unit square by its rule`, () => {
    const { points, labels } = datasets[name as keyof typeof datasets](500, { seed: 1 });
    const xy = points.data;
    assert(xy.every((value) => value >= 0 && value < 1));
    assertEquals(
      labels.toArray(),
      Array.from(labels.data, (_, i) => Number(meaning(xy[2 * i]!, xy[2 * i + 1]!))),
    );
    const other = datasets[name as keyof typeof datasets](500, { seed: 2 });
    assertNotEquals(other.points.toArray(), points.toArray());
  });
}

Deno.test("spiral has two arms, the second the mirror of the first", () => {
  const { points, labels } = datasets.spiral(10), xy = points.data;
  assertEquals(labels.toArray(), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  assertEquals(datasets.spiral(11).labels.shape, [10]);
  assert(Math.abs(xy[0]! - (10 * Math.cos(10) / 20 + 0.5)) < 1e-6);
  assert(Math.abs(xy[1]! - (10 * Math.sin(10) / 20 + 0.5)) < 1e-6);
  for (let i = 0; i < 5; i++) {
    assert(Math.abs(xy[10 + 2 * i]! - xy[2 * i + 1]!) < 1e-6);
    assert(Math.abs(xy[11 + 2 * i]! + xy[2 * i]! - 1) < 1e-6);
  }
});

function dataset(count: number): data.TensorDataset<[Tensor, Tensor]> {
  return new TensorDataset(
    arange(count).reshape([count, 1]).expand([count, 2]),
    arange(count).to("int32"),
  );
}

function samples(loader: Iterable<readonly Tensor[]>): number[] {
  return Array.from(loader, ([, y]) => Array.from(y!.data)).flat();
}

Deno.test("a dataset refuses tensors of other lengths", () => {
  assertThrows(() => new TensorDataset(arange(2), arange(3)), ShapeError, "[2], [3]");
  assertThrows(() => new TensorDataset(tensor(1)), ShapeError);
  assertThrows(() => new TensorDataset(), ShapeError);
  assertThrows(() => new TensorDataset([1] as unknown as Tensor), ArgumentError);
});

Deno.test("batches come in order, the last one shorter or left out", () => {
  const sizes = (loader: Iterable<readonly Tensor[]>): number[] => Array.from(loader, ([x]) => x!.shape[0]!);
  const all = new DataLoader(dataset(7), { batchSize: 3 });
  const full = new DataLoader(dataset(7), { batchSize: 3, dropLast: true });
  assertEquals([sizes(all), all.length], [[3, 3, 1], 3]);
  assertEquals([sizes(full), full.length], [[3, 3], 2]);
  assertEquals(samples(all), [0, 1, 2, 3, 4, 5, 6]);
  assertEquals(samples(full), [0, 1, 2, 3, 4, 5]);
  assertEquals(new DataLoader(dataset(2), { batchSize: 3, dropLast: true }).length, 0);
});

Deno.test("shuffling gives every sample once, in another order each epoch, rows kept together", () => {
  const loader = new DataLoader(dataset(50), { batchSize: 8, shuffle: true, seed: 5 });
  const first = samples(loader), second = samples(loader), inOrder = samples(new DataLoader(dataset(50)));
  assertEquals(first.toSorted((a, b) => a - b), inOrder);
  assertNotEquals(first, inOrder);
  assertNotEquals(first, second);
  for (const [x, y] of loader) {
    assertEquals(x.toArray(), Array.from(y.data, (value) => [value, value]));
    assertEquals(y.dtype, "int32");
  }
});

Deno.test("the seed decides the orders; without one manualSeed does", () => {
  const epochs = (seed?: number): number[][] => {
    const options = { batchSize: 4, shuffle: true, ...(seed === undefined ? {} : { seed }) };
    const loader = new DataLoader(dataset(20), options);
    return [samples(loader), samples(loader)];
  };
  assertEquals(epochs(1), epochs(1));
  assertNotEquals(epochs(1), epochs(2));
  manualSeed(9);
  const first = epochs();
  assertNotEquals(epochs(), first);
  manualSeed(9);
  assertEquals(epochs(), first);
});

Deno.test("batches of every epoch run the same plan", () => {
  const loader = new DataLoader(dataset(40), { batchSize: 10, shuffle: true, seed: 1 });
  const epoch = (): void => {
    noGrad(() => {
      for (const [x, y] of loader) x.mul(2).sum(1).sub(y).square().sum().item();
    });
  };
  epoch();
  const { plansBuilt } = stats();
  epoch();
  epoch();
  assertEquals(stats().plansBuilt, plansBuilt);
});

for (const device of ["cpu", "reference"] as const) {
  for (const prefetch of [0, 1, 2, 50, undefined]) {
    Deno.test(`batches on ${device} are the same, ${prefetch ?? "as many as usual"} of them ahead`, () => {
      const options = { batchSize: 3, shuffle: true, seed: 8 },
        there = prefetch === undefined ? {} : { prefetch };
      const plain = new DataLoader(dataset(10), options);
      const ahead = new DataLoader(dataset(10), { ...options, device, ...there });
      for (let epoch = 0; epoch < 2; epoch++) {
        assertEquals(
          Array.from(ahead, ([x, y]) => [x.device, x.toArray(), y.toArray()]),
          Array.from(plain, ([x, y]) => [device, x.toArray(), y.toArray()]),
        );
      }
      for (const [x] of ahead) {
        assertEquals(x.shape[0], 3);
        break;
      }
      assertEquals(Array.from(new DataLoader(dataset(2), { batchSize: 5, dropLast: true, device })), []);
    });
  }
}

Deno.test("the loader refuses options that make no sense", () => {
  const options = (given: unknown): data.DataLoaderOptions => given as data.DataLoaderOptions;
  assertThrows(() => new DataLoader(dataset(3), options({ batchSize: 0 })), ArgumentError, "batchSize");
  assertThrows(() => new DataLoader(dataset(3), options({ shuffle: 1 })), ArgumentError, "shuffle");
  assertThrows(() => new DataLoader(dataset(3), options({ workers: 2 })), ArgumentError, "workers");
  assertThrows(() => new DataLoader(dataset(3), options({ seed: 0.5 })), ArgumentError, "seed");
  assertThrows(() => new DataLoader(dataset(3), options({ prefetch: -1 })), ArgumentError, "prefetch");
  assertThrows(() => new DataLoader(dataset(3), options({ device: "gpu" })), DeviceError, "gpu");
  assertThrows(() => new DataLoader([1] as unknown as data.TensorDataset), ArgumentError);
});
