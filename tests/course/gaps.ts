/**
 * What the course's own tests leave out.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { setThreads, stats } from "@tensaur/tensaur";
import {
  FastBackend,
  gradCheck,
  IndexingError,
  Parameter,
  rand,
  SGD,
  SimpleBackend,
  SimpleOps,
  type Tensor,
  tensor,
  TensorBackend,
  TensorData,
} from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { marked, type Test } from "./backend_tests.ts";
import { forAll } from "./draw.ts";
import type { CourseTest } from "./mark.ts";
import { RAW } from "./raw.ts";
import { assertSame, assertTensor, elements, on, orderOf, product, tensorData, turned } from "./tensors.ts";

const FOLDS: readonly Test[] = [1023, 1024, 1025, 2500].map((n): Test => ({
  name: `sums and products of ${n} elements along both axes`,
  run(backend): void {
    const wide = rand([2, n], { backend }), values = elements(wide), tall = wide.permute(1, 0);
    const rows = [values.slice(0, n), values.slice(n)], add = (x: number, y: number): number => x + y;
    const sums = rows.map((row) => row.reduce(add, 0));
    assertTensor(wide.sum(1), [2, 1], sums);
    assertTensor(wide.sum(0), [1, n], rows[0]!.map((x, i) => x + rows[1]![i]!));
    assertTensor(tall.sum(0), [1, 2], sums);
    assertTensor(wide.sum(), [1], [sums[0]! + sums[1]!]);
    const near = wide.mul(1e-3).add(1),
      products = rows.map((row) => row.reduce((p, x) => p * (x * 1e-3 + 1), 1));
    assertTensor(backend.mulReduce(near, 1), [2, 1], products);
  },
}));

const MAXIMA: Test = {
  name: "each of several largest elements gets the whole gradient",
  run(backend): void {
    const x = tensor([[3, 1, 3], [-2, -5, -2.5]], { backend, requiresGrad: true });
    const largest = x.max(1);
    assertTensor(largest, [2, 1], [3, -2]);
    largest.mul(tensor([[2], [7]], { backend })).sum().backward();
    assertTensor(x.grad!, [2, 3], [2, 0, 2, 7, 0, 0]);
    gradCheck((a) => a!.max(0), tensor([[3, 1], [-2, 5]], { backend }));
  },
};

const PRODUCTS: readonly Test[] = [
  ...[
    [[1, 1], [1, 1]],
    [[33, 45], [45, 40]],
    [[3, 1, 7], [3, 7, 2]],
    [[1, 4, 5], [3, 5, 2]],
    [[3, 4, 5], [1, 5, 2]],
    [[3, 4, 5], [5, 2]],
    [[4, 5], [3, 5, 2]],
  ].map(([left, right]): Test => ({
    name: `the product of shapes [${left}] and [${right}], permuted or not`,
    run(backend): void {
      const a = rand(left!, { backend }), b = rand(right!, { backend });
      assertSame(turned(a).matmul(turned(b)), a.matmul(b));
      const shape = a.matmul(b).shape;
      assertEquals(shape.slice(-2), [left!.at(-2), right!.at(-1)]);
      assertTensor(a.matmul(b), shape, product(a, b));
      if (a.size < 100) gradCheck((a, b) => a!.matmul(b!), turned(a), turned(b));
    },
  })),
  {
    name: "matrices whose inner lengths differ, or that are none, throw",
    run(backend): void {
      const [a, b] = [rand([2, 3], { backend }), rand([2, 3], { backend })];
      assertThrows(() => a.matmul(b), Error, "[2, 3] and [2, 3]");
      assertThrows(() => a.matmul(rand([3], { backend })), Error, "[2, 3] and [3]");
      assertThrows(() => rand([2, 2, 3], { backend }).matmul(rand([3, 3, 2], { backend })));
    },
  },
];

/** Weights that differ, so that a gradient in the wrong place shows. */
function weights(a: Tensor): Tensor {
  return a.make(new TensorData(Array.from({ length: a.size }, (_, i) => i * i + 1), a.shape));
}

const GRADIENTS: readonly Test[] = [
  {
    name: "a view after a permutation has its gradients in the right places",
    run: (backend) =>
      forAll([tensorData.chain((data) => fc.tuple(fc.constant(data), orderOf(data)))], ([data, order]) => {
        gradCheck((a) => {
          const view = a!.permute(...order).contiguous().view(a!.size);
          return view.mul(weights(view));
        }, on(backend, data));
      }, 25),
  },
  {
    name: "a gradient that arrives permuted at a view is read by what it means",
    run(backend): void {
      const a = tensor([1, 2, 3, 4, 5, 6], { backend, requiresGrad: true });
      const t = a.view(2, 3).permute(1, 0);
      t.mul(weights(t)).sum().backward();
      assertEquals(a.grad!.toNumpy(), [1, 5, 17, 2, 10, 26]);
    },
  },
  {
    name: "averages of tiles have their gradients in the right places",
    run: (backend) =>
      gradCheck((a) => {
        const tiles = a!.view(1, 1, 2, 2, 2, 2).permute(0, 1, 2, 4, 3, 5).contiguous().view(1, 1, 2, 2, 4);
        const averages = tiles.mean(4);
        return averages.mul(weights(averages));
      }, rand([1, 1, 4, 4], { backend })),
  },
  {
    name: "the gradients of all uses of a tensor are summed",
    run(backend): void {
      const x = tensor([2, 3], { backend, requiresGrad: true }), twice = x.mul(2);
      x.mul(x).add(twice.mul(twice)).add(x.sum(0)).add(twice).sum().backward();
      assertEquals(x.grad!.toNumpy(), [24, 34]);
      x.mul(5).sum().backward();
      assertEquals(x.grad!.toNumpy(), [29, 39]);
      x.zeroGrad_();
      assertEquals(x.grad, null);
    },
  },
];

const ERRORS: readonly Test[] = [{
  name: "what does not fit throws",
  run(backend): void {
    const t = rand([2, 3], { backend });
    assertThrows(() => t.add(rand([2], { backend })), IndexingError, "[2, 3] and [2]");
    assertThrows(() => t.view(4), Error, "as many elements");
    assertThrows(() => t.permute(0, 0), IndexingError, "order [0, 0]");
    assertThrows(() => t.sum(2), Error, "axis 2");
    assertThrows(() => t.item(), Error, "one element");
    assertThrows(() => t.backward(), Error, "without a gradient");
    assertThrows(() => t.sum().backward(), Error, "gradient");
    assertThrows(() => new TensorBackend({ ...SimpleOps, zip: 1 } as never), Error, "a function zip, was 1");
    const other = backend === SimpleBackend ? FastBackend : SimpleBackend;
    assertThrows(() => t.add(t.to(other)), Error, "two backends");
    assertSame(t.add(t.to(other).to(backend)), t.mul(2));
  },
}];

const THREADS: CourseTest = {
  mark: "gaps",
  name: "kernels have the same bits on one thread and on several, and maps and zips those of the loops",
  run(): void {
    const a = rand([300, 400]), b = rand([400, 300]), turnedB = b.permute(1, 0);
    const results = (): Tensor[] => {
      return [a.sigmoid(), a.mul(turnedB).add(a), a.sum(0), a.sum(1), a.sum(), a.matmul(b)];
    };
    try {
      setThreads(1);
      const alone = results().map(({ data }) => data.storage);
      setThreads(2);
      assertEquals(results().map(({ data }) => data.storage), alone);
    } finally {
      setThreads(0);
    }
    const slow = [a, turnedB].map((t) => t.to(SimpleBackend));
    assertEquals(slow[0]!.mul(slow[1]!).add(slow[0]!).data.storage, results()[1]!.data.storage);
  },
};

const FUSION: CourseTest = {
  mark: "gaps",
  name: "on kernels a chain of functions and its sum are one, and a step is planned once",
  run(): void {
    const since = (what: "kernels" | "plansBuilt", f: () => void): number => {
      const before = stats()[what];
      f();
      return stats()[what] - before;
    };
    const x = rand([7, 11]);
    assertEquals(since("kernels", () => x.mul(2).add(x).relu().log().contiguous().sum(1).data), 1);
    const w = new Parameter(rand([11, 3])), sgd = new SGD([w], 0.1);
    const step = (): void => {
      sgd.zeroGrad();
      x.matmul(w.value).sigmoid().mean().backward();
      sgd.step();
    };
    for (let i = 0; i < 3; i++) step();
    assertEquals(since("plansBuilt", step), 0);
  },
};

/** The tests that the course lacks. */
export const GAPS: readonly CourseTest[] = [
  ...marked("gaps", ["simple", "fast", "cuda"], [...FOLDS, MAXIMA, ...PRODUCTS, ...GRADIENTS, ...ERRORS]),
  ...RAW,
  THREADS,
  FUSION,
];
