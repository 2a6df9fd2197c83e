/**
 * What the course's own tests leave out.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { DeviceError, setThreads, stats } from "@tensaur/tensaur";
import {
  cudaMatmul,
  CudaOps,
  cudaOps,
  FastBackend,
  fastOps,
  gradCheck,
  IndexingError,
  mmPractice,
  Parameter,
  rand,
  type RawStorage,
  SGD,
  SimpleBackend,
  SimpleOps,
  simpleOps,
  sumPractice,
  Tensor,
  tensor,
  TensorBackend,
  TensorData,
} from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { marked, type Test } from "./backend_tests.ts";
import { assertNear, forAll, smallInt } from "./draw.ts";
import type { CourseTest } from "./mark.ts";
import { assertSame, assertTensor, elements, on, orderOf, tensorData } from "./tensors.ts";

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

/** The product by a loop. */
function product(a: Tensor, b: Tensor): number[] {
  const [batchA = 1, M, K] = [a.shape.at(-3), a.shape.at(-2)!, a.shape.at(-1)!];
  const [batchB = 1, N] = [b.shape.at(-3), b.shape.at(-1)!], x = elements(a), y = elements(b);
  const cell = (n: number, i: number, j: number): number => {
    const left = (batchA === 1 ? 0 : n) * M + i, right = (batchB === 1 ? 0 : n) * K;
    return Array.from({ length: K }, (_, k) => x[left * K + k]! * y[(right + k) * N + j]!)
      .reduce((sum, part) => sum + part, 0);
  };
  return Array.from({ length: Math.max(batchA, batchB) * M * N }, (_, o) => {
    return cell(Math.floor(o / (M * N)), Math.floor(o / N) % M, o % N);
  });
}

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

/** The same elements with the last two axes stored the other way round. */
function turned(a: Tensor): Tensor {
  const order = [...a.shape.keys()], swapped = [...order.slice(0, -2), a.dims - 1, a.dims - 2];
  return a.permute(...swapped).contiguous().permute(...swapped);
}

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

/** Storage that strides which are drawn at random lead through. */
function stored(shape: readonly number[], order: readonly number[], double: boolean): {
  readonly storage: RawStorage;
  readonly strides: readonly number[];
} {
  const { strides } = new TensorData(new Float64Array(sizeOf(shape)), order.map((axis) => shape[axis]!))
    .permute(...shape.map((_, axis) => order.indexOf(axis)));
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + 1) * 9);
  return { storage: double ? Float64Array.from(values) : Float32Array.from(values), strides };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Asserts that raw functions write the same, as far as the order of a sum allows. */
function assertWrites(
  out: RawStorage,
  write: (ops: typeof simpleOps | typeof fastOps, out: RawStorage) => void,
): void {
  const other = out.slice();
  write(fastOps, out);
  write(simpleOps, other);
  const tolerance = out instanceof Float32Array ? 1e-4 : 1e-12;
  out.forEach((x, i) => assertNear(x, other[i]!, tolerance));
}

const fn = (x: number): number => x > 0 ? x * x + 1 : Math.abs(x) / 2;
const pair = (x: number, y: number): number => Math.max(x, y) * 2 - x;
const digits = (x: number, y: number): number => x * 0.5 + y;

const RAW: readonly CourseTest[] = [
  {
    mark: "gaps",
    name: "raw kernels write what raw loops write: any strides, float32 and float64",
    run: () => {
      const shape = fc.array(smallInt, { minLength: 1, maxLength: 4 });
      const layouts = shape.chain((shape) => {
        const order = orderOf({ dims: shape.length });
        return fc.tuple(fc.constant(shape), order, order, order, fc.boolean(), fc.nat(shape.length - 1));
      });
      forAll([layouts], ([shape, first, second, third, double, dim]) => {
        const a = stored(shape, first, double), b = stored(shape, second, double);
        const out = stored(shape, third, double), few = shape.slice(1);
        const c = stored(few, [...few.keys()], double);
        assertWrites(
          out.storage.slice(),
          (ops, cells) => ops.tensorMap(fn)(cells, shape, out.strides, a.storage, shape, a.strides),
        );
        for (const { storage, shape: other, strides } of [{ ...b, shape }, { ...c, shape: few }]) {
          assertWrites(
            out.storage.slice(),
            (ops, cells) =>
              ops.tensorZip(pair)(
                cells,
                shape,
                out.strides,
                a.storage,
                shape,
                a.strides,
                storage,
                other,
                strides,
              ),
          );
        }
        const folded = shape.with(dim, 1), cells = stored(folded, third, double);
        for (const f of [digits, (x: number, y: number): number => x + y]) {
          assertWrites(
            cells.storage.slice().fill(0.5),
            (ops, out) => ops.tensorReduce(f)(out, folded, cells.strides, a.storage, shape, a.strides, dim),
          );
        }
      });
    },
  },
  {
    mark: "gaps",
    name: "raw products of matrices take any strides and a batch of one",
    run: () =>
      forAll([smallInt, smallInt, smallInt, smallInt, fc.boolean()], (D, A, B, C, one) => {
        const left = rand([one ? 1 : D, A, B]),
          right = turned(rand([D, B, C])),
          out = new Float64Array(D * A * C);
        fastOps.tensorMatrixMultiply(out, [D, A, C], [A * C, 1, A], ...left.tuple(), ...right.tuple());
        assertTensor(new Tensor(new TensorData(out, [D, A, C], [A * C, 1, A]), FastBackend), [D, A, C], [
          ...product(left, right),
        ]);
      }),
  },
  {
    mark: "gaps",
    name: "raw functions refuse strides that lead out of storage",
    run(): void {
      const cells = new Float64Array(4), wrong = [[2, 3], [3, 1]] as const, right = [[2, 2], [2, 1]] as const;
      for (const { tensorMap, tensorZip, tensorReduce } of [simpleOps, fastOps]) {
        assertThrows(() => tensorMap(fn)(cells, ...wrong, cells, ...right), IndexingError, "out of 4 cells");
        assertThrows(() => tensorMap(fn)(cells, ...right, cells, ...wrong), IndexingError, "out of 4 cells");
        assertThrows(() => tensorZip(pair)(cells, ...right, cells, ...right, cells, ...wrong), IndexingError);
        assertThrows(() => tensorReduce(digits)(cells, [2, 1], [9, 1], cells, ...right, 1), IndexingError);
        assertThrows(() => tensorReduce(digits)(cells, [1, 2], [2, 1], cells, ...right, 1), IndexingError);
        assertThrows(() => tensorMap(fn)(cells, [2], [1], cells, ...right), IndexingError, "to shape [2]");
      }
      assertThrows(
        () => fastOps.tensorMap(fn)(cells, [2, 2], [1, 1], cells, ...right),
        IndexingError,
        "once",
      );
    },
  },
];

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

const CUDA: CourseTest = {
  mark: "gaps",
  name: "the CUDA names say that there is no CUDA",
  run(): void {
    const a = rand([2, 2]), { tensorMap, tensorZip, tensorReduce } = cudaOps;
    const calls = [
      () => new TensorBackend(CudaOps),
      () => tensorMap(fn),
      () => tensorZip(pair),
      () => tensorReduce(pair),
      () => cudaMatmul(a, a),
      () => sumPractice(a),
      () => mmPractice(a, a),
    ];
    for (const call of calls) assertThrows(call, DeviceError, "CUDA");
  },
};

/** The tests that the course lacks. */
export const GAPS: readonly CourseTest[] = [
  ...marked("gaps", ["simple", "fast"], [...FOLDS, MAXIMA, ...PRODUCTS, ...GRADIENTS, ...ERRORS]),
  ...RAW,
  THREADS,
  FUSION,
  CUDA,
];
