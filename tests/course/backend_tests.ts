/**
 * The tests of tensors that the course repeats for each backend.
 */
import { assertEquals } from "@std/assert";
import { gradCheck, rand, type Tensor, tensor, type TensorBackend } from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { assertExact, forAll, smallInt } from "./draw.ts";
import { ONE_ARGUMENT, smoothAt, smoothAtPair, TWO_ARGUMENTS, type TwoArguments } from "./functions.ts";
import type { BackendName, CourseTest } from "./mark.ts";
import { assertSame, assertTensor, elements, on, orderOf, shapedData, tensorData } from "./tensors.ts";

/** A test but for its task and its backends. */
export type Test = Pick<CourseTest, "name" | "run">;

/** Tests as those of a task on some backends. */
export function marked(mark: string, backends: readonly BackendName[], tests: readonly Test[]): CourseTest[] {
  return tests.map((test) => ({ mark, backends, ...test }));
}

/** What a fold of the course is called, and how it is written. */
const FOLDS: readonly { name: string; fold: (a: Tensor) => Tensor }[] = [
  { name: "sum(0)", fold: (a) => a.sum(0) },
  { name: "mean(0)", fold: (a) => a.mean(0) },
  { name: "mean()", fold: (a) => a.mean() },
];

/** How often gradients of two tensors are compared: they take longest. */
const PAIRS = 50;
/** The same where the tensors broadcast. */
const BROADCAST_PAIRS = 25;

/** Whether a function is smooth for all pairs of elements of two tensors. */
function smoothFor(row: TwoArguments, a: Tensor, b: Tensor): boolean {
  return elements(a).every((x) => elements(b).every((y) => smoothAtPair(row, x, y)));
}

/** Values: the functions on tensors are those on numbers. */
export const VALUES: readonly Test[] = [
  ...ONE_ARGUMENT.map((row): Test => ({
    name: `${row.name} of a tensor is that of its elements`,
    run: (backend) =>
      forAll([tensorData], (data) => {
        assertTensor(row.on(on(backend, data)), data.shape, elements(data).map(row.onNumber));
      }),
  })),
  ...TWO_ARGUMENTS.map((row): Test => ({
    name: `${row.name} of tensors is that of their elements`,
    run: (backend) =>
      forAll([shapedData(2)], ([a, b]) => {
        const second = elements(b!), wanted = elements(a!).map((x, i) => row.onNumbers(x, second[i]!));
        assertTensor(row.on(on(backend, a!), on(backend, b!)), a!.shape, wanted);
      }),
  })),
];

/** Derivatives of functions of one tensor. */
export const DERIVATIVES: readonly Test[] = ONE_ARGUMENT.map((row): Test => ({
  name: `${row.name} has the gradients of central differences`,
  run: (backend) =>
    forAll([tensorData], (data) => {
      fc.pre(elements(data).every((x) => smoothAt(row, x)));
      gradCheck((a) => row.on(a!), on(backend, data));
    }),
}));

/** Derivatives of functions of two tensors of one shape. */
export const PAIR_DERIVATIVES: readonly Test[] = TWO_ARGUMENTS.map((row): Test => ({
  name: `${row.name} has the gradients of central differences in both arguments`,
  run: (backend) =>
    forAll([shapedData(2)], ([first, second]) => {
      const a = on(backend, first!), b = on(backend, second!);
      fc.pre(smoothFor(row, a, b));
      gradCheck((a, b) => row.on(a!, b!), a, b);
    }, PAIRS),
}));

/** Derivatives of functions of two tensors of which one broadcasts. */
export const BROADCAST_DERIVATIVES: readonly Test[] = TWO_ARGUMENTS.map((row): Test => ({
  name: `${row.name} has the gradients of central differences where an argument broadcasts`,
  run: (backend) =>
    forAll([shapedData(2)], ([first, second]) => {
      const a = on(backend, first!), b = on(backend, second!);
      fc.pre(smoothFor(row, a.sum(0), b) && smoothFor(row, a, b.sum(0)));
      gradCheck((a, b) => row.on(a!, b!), a.sum(0), b);
      gradCheck((a, b) => row.on(a!, b!), a.detach(), b.sum(0));
    }, BROADCAST_PAIRS),
}));

/** Derivatives of folds. */
export const FOLD_DERIVATIVES: readonly Test[] = FOLDS.map(({ name, fold }): Test => ({
  name: `${name} has the gradients of central differences`,
  run: (backend) => forAll([tensorData], (data) => gradCheck((a) => fold(a!), on(backend, data))),
}));

/** Derivatives of permuted tensors. */
export const PERMUTE_DERIVATIVES: readonly Test[] = [{
  name: "permute has the gradients of central differences",
  run: (backend) =>
    forAll([tensorData.chain((data) => fc.tuple(fc.constant(data), orderOf(data)))], ([data, order]) => {
      gradCheck((a) => a!.permute(...order), on(backend, data));
    }),
}];

/** Tensors have the elements that they were made of. */
export const CREATE: readonly Test[] = [{
  name: "a tensor has the elements that it was made of",
  run: (backend) =>
    forAll([fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 })], (list) => {
      const t = tensor(list, { backend });
      list.forEach((x, i) => assertEquals(t.get(i), x));
    }),
}];

/** The sums of the course's text. */
export const SUMS: readonly Test[] = [{
  name: "sum(0), sum(1) and sum() of [[2, 3], [4, 6], [5, 7]]",
  run(backend): void {
    const t = tensor([[2, 3], [4, 6], [5, 7]], { backend });
    assertEquals(t.sum(0).toNumpy(), [[11, 16]]);
    assertEquals(t.sum(1).toNumpy(), [[5], [10], [12]]);
    assertEquals(t.sum().toNumpy(), [27]);
    assertExact(t.mean().item(), 4.5);
  },
}];

/** The product of matrices as a view, a product that broadcasts and a sum. */
export function viewMulSum(a: Tensor, b: Tensor): Tensor {
  const left = a.contiguous().view(...a.shape, 1);
  const right = b.contiguous().view(...b.shape.slice(0, -2), 1, ...b.shape.slice(-2));
  const sums = left.mul(right).sum(a.dims - 1);
  return sums.view(...sums.shape.slice(0, -2), sums.shape.at(-1)!);
}

/** Products of batches of matrices. */
export const BATCHES: readonly Test[] = [{
  name: "a batch of matrices times one matrix",
  run: (backend) => {
    const few = fc.integer({ min: 2, max: 4 });
    forAll([few, few, few, few], (D, A, B, C) => {
      const a = rand([D, A, B], { backend }), b = rand([1, B, C], { backend });
      assertSame(a.matmul(b), viewMulSum(a, b));
    });
  },
}];

/** Products of matrices and their gradients. */
export const PRODUCTS: readonly Test[] = [{
  name: "a product of matrices and its gradients",
  run(backend): void {
    const a = rand([2, 3], { backend }), b = rand([3, 4], { backend });
    assertSame(a.matmul(b), viewMulSum(a, b));
    gradCheck((a, b) => a!.matmul(b!), a, b);
  },
}, {
  name: "products of random sizes have the gradients of central differences",
  run: (backend: TensorBackend) =>
    forAll([smallInt, smallInt, smallInt], (A, B, C) => {
      gradCheck((a, b) => a!.matmul(b!), rand([A, B], { backend }), rand([B, C], { backend }));
    }, BROADCAST_PAIRS),
}];

/** What the course asks of each backend: 3.1 of the fast one, 3.3 of CUDA. */
export const BACKEND_TESTS: readonly Test[] = [
  ...CREATE,
  ...VALUES,
  ...DERIVATIVES,
  ...PAIR_DERIVATIVES,
  ...FOLD_DERIVATIVES,
  ...BROADCAST_DERIVATIVES,
  ...PERMUTE_DERIVATIVES,
];
