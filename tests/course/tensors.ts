/**
 * The tensors that the course's property tests draw, and what is asserted of tensors.
 */
import { assertEquals } from "@std/assert";
import { Tensor, type TensorBackend, TensorData } from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { assertExact, smallFloat, smallInt } from "./draw.ts";

/** The course's shapes: one to four axes of small lengths. */
export const shapes: fc.Arbitrary<number[]> = fc.array(smallInt, { minLength: 1, maxLength: 4 });

/** Several tensors of one shape, whose elements lie in storage in one random order of the axes. */
export function shapedData(count: number): fc.Arbitrary<TensorData[]> {
  return shapes.chain((shape) => {
    const size = shape.reduce((product, length) => product * length, 1), axes = shape.map((_, axis) => axis);
    const values = fc.array(smallFloat, { minLength: size, maxLength: size });
    const order = fc.shuffledSubarray(axes, { minLength: axes.length });
    return fc.tuple(order, fc.array(values, { minLength: count, maxLength: count })).map(([order, lists]) => {
      const stored = order.map((axis) => shape[axis]!), back = axes.map((axis) => order.indexOf(axis));
      return lists.map((list) => new TensorData(list, stored).permute(...back));
    });
  });
}

/** One such tensor. */
export const tensorData: fc.Arbitrary<TensorData> = shapedData(1).map(([data]) => data!);

/** An order of the axes of a tensor. */
export function orderOf({ dims }: { dims: number }): fc.Arbitrary<number[]> {
  return fc.shuffledSubarray(Array.from({ length: dims }, (_, axis) => axis), { minLength: dims });
}

/** A tensor on a backend. */
export function on(backend: TensorBackend, data: TensorData): Tensor {
  return new Tensor(data, backend);
}

/** The elements in row-major order. */
export function elements(t: Tensor | TensorData): number[] {
  const data = t instanceof Tensor ? t.data : t;
  return [...data.indices()].map((index) => data.get(index));
}

/** Asserts a shape, and elements to 1e-9. */
export function assertTensor(t: Tensor, shape: readonly number[], wanted: readonly number[]): void {
  assertEquals(t.shape, shape);
  elements(t).forEach((element, i) => assertExact(element, wanted[i]!));
}

/** Asserts that two tensors are equal to 1e-9. */
export function assertSame(a: Tensor, b: Tensor): void {
  assertTensor(a, b.shape, elements(b));
}

/** The product by a loop. */
export function product(a: Tensor, b: Tensor): number[] {
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

/** The same elements with the last two axes stored the other way round. */
export function turned(a: Tensor): Tensor {
  const order = [...a.shape.keys()], swapped = [...order.slice(0, -2), a.dims - 1, a.dims - 2];
  return a.permute(...swapped).contiguous().permute(...swapped);
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
