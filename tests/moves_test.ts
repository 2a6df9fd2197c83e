/**
 * What moves elements or multiplies matrices, against definitions by index: on each device and on each layout.
 */
import { assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  concat,
  type Device,
  type Index,
  IndexError,
  type NestedArray,
  stack,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";
import { DTYPE_BY_CODE } from "../src/dtype.ts";
import { DEVICES } from "./devices.ts";
import { layoutsOf, numbersOf } from "./layouts.ts";

type Rows = number[][];

/** Numbers 0, 1, … in a shape. */
function counted(shape: readonly number[], device: Device): Tensor {
  return arange(shape.reduce((product, length) => product * length, 1), undefined, 1, { device }).reshape(
    shape,
  );
}

/** A matrix that does not lie in row-major order. */
function permuted(rows: number, columns: number, device: Device): Tensor {
  return counted([columns, rows], device).mT();
}

/** Every element of a tensor, in row-major order, by reading one after the other. */
function elementByElement(x: Tensor): number[] {
  if (x.rank === 0) return [x.item()];
  return Array.from({ length: x.shape[0]! }, (_, i) => elementByElement(x.at(i))).flat();
}

function product(a: Rows, b: Rows): Rows {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
}

/** What a range selects of an array, as Python has it. */
function sliced(
  values: readonly number[],
  start: number | null,
  stop: number | null,
  step: number,
): number[] {
  const n = values.length, ascending = step > 0;
  const clip = (bound: number): number => {
    const index = bound < 0 ? bound + n : bound;
    return ascending ? Math.min(Math.max(index, 0), n) : Math.min(Math.max(index, -1), n - 1);
  };
  const from = start === null ? (ascending ? 0 : n - 1) : clip(start);
  const to = stop === null ? (ascending ? n : -1) : clip(stop);
  const result: number[] = [];
  for (let i = from; ascending ? i < to : i > to; i += step) result.push(values[i]!);
  return result;
}

for (const device of DEVICES) {
  const test = (name: string, f: () => void): void => Deno.test(`${device}: ${name}`, f);

  test("views of every dtype and layout hold the elements that they should", () => {
    for (const dtype of DTYPE_BY_CODE) {
      for (const { x, values } of layoutsOf(numbersOf(dtype, 12, -3, 3), dtype, device)) {
        const transposed = [0, 1, 2, 3].flatMap((j) => [0, 1, 2].map((i) => values[i * 4 + j]!));
        assertEquals([...x.data], [...values]);
        assertEquals([...x.reshape([2, -1]).data], [...values]);
        assertEquals([...x.flatten().data], [...values]);
        assertEquals([...x.mT().data], transposed);
        assertEquals([...x.mT().reshape([12]).data], transposed);
        assertEquals([...x.mT().contiguous().clone().mT().data], [...values]);
        assertEquals(elementByElement(x), [...values]);
        assertEquals([...x.unsqueeze(1).squeeze(1).at(1).data], values.slice(4, 8));
      }
    }
  });

  test("axes move where they are sent", () => {
    const x = counted([2, 3, 4], device), y = x.permute([2, 0, 1]);
    assertEquals(y.shape, [4, 2, 3]);
    for (const [i, j, k] of [[0, 0, 0], [1, 2, 3], [0, 2, 1]] as const) {
      assertEquals(y.at(k, i, j).item(), x.at(i, j, k).item());
    }
    assertEquals(x.transpose(0, -1).shape, [4, 3, 2]);
    assertEquals(x.permute([-1, -3, -2]).data, y.data);
    assertEquals(x.flatten(1).shape, [2, 12]);
    assertEquals(x.flatten(0, 1).shape, [6, 4]);
    assertEquals(x.unsqueeze(-1).shape, [2, 3, 4, 1]);
    assertEquals(x.reshape([1, 24, 1]).squeeze().shape, [24]);
    assertEquals(x.reshape([1, 24, 1]).squeeze([0, -1]).shape, [24]);
  });

  test("expand repeats", () => {
    const x = tensor([[1], [2]], { device });
    assertEquals(x.expand([2, 3]).toArray(), [[1, 1, 1], [2, 2, 2]]);
    assertEquals(x.expand([2, -1, 2]).toArray(), [[[1, 1], [2, 2]], [[1, 1], [2, 2]]]);
    assertEquals(tensor(5, { device }).expand([2]).toArray(), [5, 5]);
    assertEquals(tensor([5], { device }).expand([0]).toArray(), []);
  });

  test("a range selects what Python selects", () => {
    const bounds = [null, 0, 1, 3, 5, 7, -1, -3, -5, -7], values = [0, 1, 2, 3, 4];
    const x = counted([5], device);
    for (const start of bounds) {
      for (const stop of bounds) {
        for (const step of [1, 2, 5, -1, -2, -5]) {
          assertEquals(
            x.at([start, stop, step]).toArray(),
            sliced(values, start, stop, step),
            `${start}:${stop}:${step}`,
          );
        }
      }
    }
  });

  test("indices of all kinds mix", () => {
    const x = counted([2, 3, 4], device);
    const cases: [Index[], NestedArray][] = [
      [[1, 2, 3], 23],
      [[-1, -1], [20, 21, 22, 23]],
      [["...", 0], [[0, 4, 8], [12, 16, 20]]],
      [[0, ":", [1, 3]], [[1, 2], [5, 6], [9, 10]]],
      [[0, [null, null, -2], [3, null]], [[11], [3]]],
      [[null, 0, 0, null, [2, null]], [[[2, 3]]]],
      [[1, "...", null, 0], [[12], [16], [20]]],
      [["...", [1, 1]], [[[], [], []], [[], [], []]]],
    ];
    for (const [indices, wanted] of cases) assertEquals(x.at(...indices).toArray(), wanted);
    assertEquals(permuted(3, 4, device).at([1, 3], -1).toArray(), [10, 11]);
    assertEquals(x.at(1).at([0, 2]).at(":", 0).toArray(), [12, 16]);
    assertEquals(x.at().shape, [2, 3, 4]);
  });

  test("concat and stack join", () => {
    const a = counted([2, 2], device), b = permuted(2, 2, device);
    assertEquals(concat([a, b]).toArray(), [[0, 1], [2, 3], [0, 2], [1, 3]]);
    assertEquals(concat([a, b], -1).toArray(), [[0, 1, 0, 2], [2, 3, 1, 3]]);
    assertEquals(stack([a, b], 1).toArray(), [[[0, 1], [0, 2]], [[2, 3], [1, 3]]]);
    assertEquals(stack([a, b], -1).shape, [2, 2, 2]);
    assertEquals(concat([a, a.at([0, 0])]).shape, [2, 2]);
    assertEquals(concat([a.to("int32"), a]).dtype, "float32");
    const many = Array.from({ length: 40 }, (_, i) => tensor([i, i + 1], { device }).mul(2));
    assertEquals(concat(many).toArray(), many.flatMap((_, i) => [2 * i, 2 * i + 2]));
  });

  test("gather picks along an axis", () => {
    const x = permuted(3, 4, device), index = tensor([[2, 0], [1, 1]], { dtype: "int32", device });
    assertEquals(x.gather(0, index).toArray(), [[2, 3], [1, 4]]);
    assertEquals(x.gather(1, index).toArray(), [[6, 0], [4, 4]]);
    assertEquals(x.gather(-1, index.mT()).toArray(), [[6, 3], [1, 4]]);
    assertEquals(x.mul(2).to("uint8").gather(0, index).toArray(), [[4, 6], [2, 8]]);
    assertEquals(x.gather(0, index.at([0, 0])).shape, [0, 2]);
    for (const outside of [3, -1]) {
      const wrong = tensor([[outside]], { dtype: "int32", device });
      assertThrows(() => x.gather(0, wrong).data, IndexError, "out of range");
    }
  });

  test("gather's gradient adds up", () => {
    const x = tensor([1, 2, 3], { device, requiresGrad: true });
    const index = tensor([2, 0, 2], { dtype: "int32", device });
    x.gather(0, index).mul(tensor([1, 10, 100], { device })).sum().backward();
    assertEquals(x.grad!.toArray(), [10, 0, 101]);
  });

  test("matmul is a sum of products, on every layout and in every dtype", () => {
    for (
      const [m, k, n] of [[1, 1, 1], [2, 3, 4], [5, 1, 3], [17, 9, 33], [1, 70, 2], [3, 100, 3]] as const
    ) {
      for (
        const [a, b] of [
          [counted([m, k], device), counted([k, n], device)],
          [permuted(m, k, device), permuted(k, n, device)],
          [
            counted([m, 2 * k], device).at(":", [null, null, 2]),
            counted([k, n], device).at([null, null, -1]),
          ],
        ] as const
      ) {
        for (const dtype of ["float64", "int32", "uint8"] as const) {
          const x = a.to("int32").to(dtype), y = b.to("int32").to(dtype), result = x.matmul(y);
          assertEquals(result.dtype, dtype === "uint8" ? "int32" : dtype);
          assertEquals(result.toArray(), product(x.toArray() as Rows, y.toArray() as Rows));
        }
      }
    }
  });

  test("matmul of vectors and batches", () => {
    const v = counted([3], device), m = counted([3, 2], device), batch = counted([2, 1, 2, 3], device);
    assertEquals(v.matmul(v).item(), 5);
    assertEquals(v.matmul(v).shape, []);
    assertEquals(v.matmul(m).toArray(), [10, 13]);
    assertEquals(m.mT().matmul(v).toArray(), [10, 13]);
    assertEquals(batch.matmul(m).shape, [2, 1, 2, 2]);
    assertEquals(batch.matmul(v).shape, [2, 1, 2]);
    assertEquals(v.matmul(counted([4, 3, 2], device)).shape, [4, 2]);
    const other = counted([5, 3, 4], device), result = batch.matmul(other);
    assertEquals(result.shape, [2, 5, 2, 4]);
    const wanted = product(batch.at(1, 0).toArray() as Rows, other.at(3).toArray() as Rows);
    assertEquals(result.at(1, 3).toArray(), wanted);
    assertEquals(counted([2, 0], device).matmul(counted([0, 3], device)).toArray(), [[0, 0, 0], [0, 0, 0]]);
    assertEquals(counted([0, 2], device).matmul(counted([2, 3], device)).shape, [0, 3]);
  });

  test("moving to another device keeps the elements", () => {
    for (const other of DEVICES) {
      const x = permuted(2, 3, device), y = x.to(other);
      assertEquals([y.device, y.toArray()], [other, x.toArray()]);
      assertEquals(y.add(1).toArray(), x.add(1).toArray());
    }
  });
}
