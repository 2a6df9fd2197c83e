/**
 * The kernels on raw storage, those of the fast backend and those of CUDA, against the loops.
 */
import { assertThrows } from "@std/assert";
import { cudaAvailable, DeviceError, ShapeError } from "@tensaur/tensaur";
import {
  cudaMatmul,
  CudaOps,
  cudaOps,
  FastBackend,
  FastOps,
  fastOps,
  IndexingError,
  mmPractice,
  rand,
  type RawStorage,
  simpleOps,
  sumPractice,
  Tensor,
  TensorBackend,
  TensorData,
} from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { marked, type Test } from "./backend_tests.ts";
import { assertNear, forAll, smallInt } from "./draw.ts";
import type { CourseTest } from "./mark.ts";
import { assertSame, assertTensor, elements, orderOf, product, sizeOf, turned } from "./tensors.ts";

/** How many layouts are tried. */
const LAYOUTS = 40;

type Kernels = Pick<typeof fastOps, "tensorMap" | "tensorZip" | "tensorReduce" | "tensorMatrixMultiply">;

/** The kernels of CUDA, called as the others are: without sizes, and with what a fold begins with in its output. */
const cudaKernels: Kernels = {
  tensorMap(fn): ReturnType<Kernels["tensorMap"]> {
    const map = cudaOps.tensorMap(fn);
    return (out, shape, strides, ...input) => map(out, shape, strides, sizeOf(shape), ...input);
  },
  tensorZip(fn): ReturnType<Kernels["tensorZip"]> {
    const zip = cudaOps.tensorZip(fn);
    return (out, shape, strides, ...inputs) => zip(out, shape, strides, sizeOf(shape), ...inputs);
  },
  tensorReduce(fn): ReturnType<Kernels["tensorReduce"]> {
    const reduce = cudaOps.tensorReduce(fn);
    return (out, shape, strides, ...rest) => reduce(out, shape, strides, sizeOf(shape), ...rest, out[0]!);
  },
  tensorMatrixMultiply: (out, shape, strides, ...inputs) =>
    cudaOps.tensorMatrixMultiply(out, shape, strides, sizeOf(shape), ...inputs),
};

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

const fn = (x: number): number => x > 0 ? x * x + 1 : Math.abs(x) / 2;
const pair = (x: number, y: number): number => Math.max(x, y) * 2 - x;
const digits = (x: number, y: number): number => x * 0.5 + y;

/** What is asked of kernels on raw storage. */
function testsOf(kernels: Kernels, name: string): Test[] {
  /** Asserts that they write what the loops write, as far as the order of a sum allows. */
  const assertWrites = (
    out: RawStorage,
    write: (ops: Kernels | typeof simpleOps, out: RawStorage) => void,
  ): void => {
    const other = out.slice();
    write(kernels, out);
    write(simpleOps, other);
    const tolerance = out instanceof Float32Array ? 1e-4 : 1e-12;
    out.forEach((x, i) => assertNear(x, other[i]!, tolerance));
  };
  return [{
    name: `raw kernels (${name}) write what raw loops write: any strides, float32 and float64`,
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
        const input = [a.storage, shape, a.strides] as const;
        assertWrites(
          out.storage.slice(),
          (ops, cells) => ops.tensorMap(fn)(cells, shape, out.strides, ...input),
        );
        for (const { storage, shape: other, strides } of [{ ...b, shape }, { ...c, shape: few }]) {
          assertWrites(
            out.storage.slice(),
            (ops, to) => ops.tensorZip(pair)(to, shape, out.strides, ...input, storage, other, strides),
          );
        }
        const folded = shape.with(dim, 1), cells = stored(folded, third, double);
        for (const f of [digits, (x: number, y: number): number => x + y]) {
          assertWrites(
            cells.storage.slice().fill(0.5),
            (ops, out) => ops.tensorReduce(f)(out, folded, cells.strides, ...input, dim),
          );
        }
      }, LAYOUTS);
    },
  }, {
    name: `raw products of matrices (${name}) take any strides and a batch of one`,
    run: () =>
      forAll([smallInt, smallInt, smallInt, smallInt, fc.boolean()], (D, A, B, C, one) => {
        const left = rand([one ? 1 : D, A, B]), right = turned(rand([D, B, C]));
        const out = new Float64Array(D * A * C), shape = [D, A, C], strides = [A * C, 1, A];
        kernels.tensorMatrixMultiply(out, shape, strides, ...left.tuple(), ...right.tuple());
        const written = new Tensor(new TensorData(out, shape, strides), FastBackend);
        assertTensor(written, shape, product(left, right));
      }, LAYOUTS),
  }, {
    name: `raw functions (${name}) refuse strides that lead out of storage`,
    run(): void {
      const cells = new Float64Array(4), wrong = [[2, 3], [3, 1]] as const, right = [[2, 2], [2, 1]] as const;
      for (const { tensorMap, tensorZip, tensorReduce } of [simpleOps, kernels]) {
        assertThrows(() => tensorMap(fn)(cells, ...wrong, cells, ...right), IndexingError, "out of 4 cells");
        assertThrows(() => tensorMap(fn)(cells, ...right, cells, ...wrong), IndexingError, "out of 4 cells");
        assertThrows(() => tensorZip(pair)(cells, ...right, cells, ...right, cells, ...wrong), IndexingError);
        assertThrows(() => tensorReduce(digits)(cells, [2, 1], [9, 1], cells, ...right, 1), IndexingError);
        assertThrows(() => tensorReduce(digits)(cells, [1, 2], [2, 1], cells, ...right, 1), IndexingError);
        assertThrows(() => tensorMap(fn)(cells, [2], [1], cells, ...right), IndexingError, "to shape [2]");
      }
      const overlap = [[2, 2], [1, 1]] as const;
      assertThrows(() => kernels.tensorMap(fn)(cells, ...overlap, cells, ...right), IndexingError, "once");
    },
  }];
}

const CUDA: readonly Test[] = [{
  name: "raw kernels of CUDA want the size of their output",
  run(): void {
    const cells = new Float64Array(4), layout = [[4], [1]] as const;
    const map = cudaOps.tensorMap(fn);
    assertThrows(() => map(cells, ...layout, 3, cells, ...layout), IndexingError, "3 elements to shape [4]");
  },
}, {
  name: "the names of CUDA take tensors of any backend and layout, and give them back there",
  run(backend): void {
    const a = rand([5, 7]), b = rand([7, 3]), square = rand([9, 9]);
    assertSame(cudaMatmul(a, b), a.matmul(b));
    assertSame(cudaMatmul(turned(a), b.to(backend)), a.matmul(b));
    assertSame(mmPractice(square.permute(1, 0), square), square.permute(1, 0).matmul(square));
    assertSame(mmPractice(rand([1, 1]).mul(0), rand([1, 1])), rand([1, 1]).mul(0));
    for (const result of [cudaMatmul(a, b), mmPractice(square, square), sumPractice(rand([3]))]) {
      assertSame(result.add(rand([1]).mul(0)), result);
    }
    const column = rand([40, 2]), [first] = [column.permute(1, 0).contiguous()];
    assertTensor(sumPractice(column.view(80)), [3], sumsOf(elements(column)));
    assertTensor(sumPractice(first!.view(80)), [3], sumsOf(elements(first!)));
    assertTensor(sumPractice(rand([0])), [2], [0, 0]);
  },
}];

/** The sums of 32 neighbours each. */
function sumsOf(values: readonly number[]): number[] {
  const starts = Array.from({ length: Math.ceil(values.length / 32) }, (_, block) => 32 * block);
  return starts.map((start) => values.slice(start, start + 32).reduce((sum, x) => sum + x, 0));
}

const WITHOUT: readonly CourseTest[] = [{
  mark: "gaps",
  name: "the exercises on shared memory refuse what does not fit their blocks",
  run(): void {
    assertThrows(() => sumPractice(rand([2, 2])), ShapeError, "want one axis");
    for (const [a, b] of [[[33, 33], [33, 33]], [[2, 3], [3, 2]], [[2, 2], [3, 3]], [[2], [2]]]) {
      assertThrows(() => mmPractice(rand(a!), rand(b!)), ShapeError, "at most 32 rows");
    }
  },
}, {
  mark: "gaps",
  name: "where no GPU can be used the names of CUDA say so",
  run(): void {
    if (cudaAvailable()) return;
    const a = rand([2, 2]), { tensorMap, tensorZip, tensorReduce, tensorMatrixMultiply } = cudaOps;
    const calls = [
      () => new TensorBackend(CudaOps),
      () => new TensorBackend(FastOps, { cuda: true }),
      () => tensorMap(fn),
      () => tensorZip(pair),
      () => tensorReduce(pair),
      () => tensorMatrixMultiply(...a.tuple(), 4, ...a.tuple(), ...a.tuple()),
      () => cudaMatmul(a, a),
      () => sumPractice(rand([2])),
      () => mmPractice(a, a),
    ];
    for (const call of calls) assertThrows(call, DeviceError, "Cannot use the device cuda");
  },
}];

/** The tests of kernels on raw storage, and of the names of CUDA. */
export const RAW: readonly CourseTest[] = [
  ...testsOf(fastOps, "fast").map((test): CourseTest => ({
    mark: "gaps",
    ...test,
    run: test.run as () => void,
  })),
  ...marked("gaps", ["cuda"], [...testsOf(cudaKernels, "cuda"), ...CUDA]),
  ...WITHOUT,
];
