/**
 * Module 2: tensors, on plain loops and on kernels alike.
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  gradCheck,
  IndexingError,
  rand,
  shapeBroadcast,
  stridesFromShape,
  tensor,
  TensorData,
} from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import {
  BROADCAST_DERIVATIVES,
  CREATE,
  DERIVATIVES,
  FOLD_DERIVATIVES,
  marked,
  PAIR_DERIVATIVES,
  PERMUTE_DERIVATIVES,
  SUMS,
  type Test,
  VALUES,
} from "./backend_tests.ts";
import { forAll } from "./draw.ts";
import type { CourseTest } from "./mark.ts";
import { elements, on, orderOf, tensorData } from "./tensors.ts";

const BOTH = ["simple", "fast"] as const;

const LAYOUT: readonly CourseTest[] = [
  {
    mark: "2_1",
    name: "strides lead to elements",
    run(): void {
      const rows = new TensorData(new Float64Array(15), [3, 5], [5, 1]);
      assert(rows.isContiguous());
      assertEquals([rows.shape, rows.index([1, 0]), rows.index([1, 2])], [[3, 5], 5, 7]);
      const columns = new TensorData(new Float64Array(15), [5, 3], [1, 5]);
      assertEquals([columns.shape, columns.isContiguous()], [[5, 3], false]);
      assertEquals(stridesFromShape([4, 2, 2]), [4, 2, 1]);
      assertEquals(new TensorData(new Float64Array(16), [4, 2, 2]).strides, [4, 2, 1]);
    },
  },
  {
    mark: "2_1",
    name: "as many indices as elements, all different, all in range",
    run: () =>
      forAll([tensorData], (data) => {
        const indices = [...data.indices()];
        assertEquals(indices.length, data.size);
        assertEquals(new Set(indices.map(String)).size, data.size);
        assert(
          indices.every((index) => index.every((place, axis) => place >= 0 && place < data.shape[axis]!)),
        );
        assertEquals(new Set(indices.map((index) => data.index(index))).size, data.size);
      }),
  },
  {
    mark: "2_1",
    name: "indices lead to cells that exist, others throw",
    run: () =>
      forAll([tensorData], (data) => {
        for (const index of data.indices()) assert(data.index(index) < data.size);
        assertThrows(() => data.index([-1, ...data.shape.slice(1)]), IndexingError);
        assertThrows(() => data.index(data.shape), IndexingError);
        assertThrows(() => data.index(data.shape.slice(1).map(() => 0)), IndexingError);
        assert(data.index(data.sample()) < data.size);
      }),
  },
  {
    mark: "2_1",
    name: "permuted indices lead to the same cells, and a permutation undone to the same strides",
    run: () =>
      forAll([tensorData], (data) => {
        const reversed = data.permute(...data.shape.map((_, axis) => axis).reverse());
        for (const index of data.indices()) {
          assertEquals(reversed.index(index.toReversed()), data.index(index));
        }
        const twice = reversed.permute(...data.shape.map((_, axis) => axis).reverse());
        assertEquals([twice.shape, twice.strides], [data.shape, data.strides]);
      }),
  },
  {
    mark: "unmarked 2",
    name: "strides that do not fit the shape throw",
    run(): void {
      assertThrows(() => new TensorData([0, 0, 0, 0], [2, 2], [1]), IndexingError, "a stride for each");
      assertThrows(() => new TensorData([0, 0, 0, 0], [2, 2], [4, 1]), IndexingError, "out of 4 cells");
      assertThrows(() => new TensorData([0, 0, 0], [2, 2]), IndexingError, "as many");
      assertThrows(() => new TensorData([0, 0], [2]).permute(1), IndexingError, "order [1]");
    },
  },
  {
    mark: "unmarked 2",
    name: "data prints as nested brackets",
    run(): void {
      assertEquals(new TensorData([1, 2, 3, 4], [2, 2]).toString(), "[[1.00 2.00]\n [3.00 4.00]]");
    },
  },
];

const BROADCASTS: readonly CourseTest[] = [{
  mark: "2_2",
  name: "shapes broadcast aligned at the end, or throw",
  run(): void {
    assertEquals(shapeBroadcast([1], [5, 5]), [5, 5]);
    assertEquals(shapeBroadcast([5, 5], [1]), [5, 5]);
    assertEquals(shapeBroadcast([1, 5, 5], [5, 5]), [1, 5, 5]);
    assertEquals(shapeBroadcast([5, 1, 5, 1], [1, 5, 1, 5]), [5, 5, 5, 5]);
    assertThrows(() => shapeBroadcast([5, 7, 5, 1], [1, 5, 1, 5]), IndexingError);
    assertThrows(() => shapeBroadcast([5, 2], [5]), IndexingError);
    assertEquals(shapeBroadcast([2, 5], [5]), [2, 5]);
  },
}];

const UNMARKED: readonly Test[] = [
  {
    name: "a gradient has the shape of its tensor",
    run(backend): void {
      const a = tensor([1], { backend, requiresGrad: true });
      const b = tensor([[1, 1]], { backend, requiresGrad: true });
      a.mul(b).sum().backward();
      assertEquals([a.grad!.shape, b.grad!.shape], [[1], [1, 2]]);
      assertEquals([a.grad!.toNumpy(), b.grad!.toNumpy()], [[2], [[1, 1]]]);
    },
  },
  {
    name: "nested lists give shapes",
    run(backend): void {
      assertEquals(tensor([[2, 3, 4], [4, 5, 7]], { backend }).shape, [2, 3]);
      assertEquals(tensor([[[2, 3, 4], [4, 5, 7]]], { backend }).shape, [1, 2, 3]);
    },
  },
  {
    name: "views of views have the elements of the first",
    run(backend): void {
      const t = tensor([[2, 3, 4], [4, 5, 7]], { backend });
      const there = t.view(6), other = there.view(1, 6), back = other.view(6, 1).view(2, 3);
      assertEquals([there.shape, other.shape, back.toNumpy()], [[6], [1, 6], t.toNumpy()]);
    },
  },
  {
    name: "contiguous().view() has the gradients of central differences",
    run: (backend) =>
      forAll([tensorData], (data) => gradCheck((a) => a!.contiguous().view(a!.size), on(backend, data))),
  },
  {
    name: "what was permuted has no view until it is contiguous",
    run(backend): void {
      const turned = tensor([[2, 3, 4], [4, 5, 7]], { backend }).permute(1, 0);
      assertThrows(() => turned.view(6), Error, "strides that do not increase");
      assertEquals(turned.contiguous().view(6).toNumpy(), [2, 4, 3, 5, 4, 7]);
    },
  },
  {
    name: "indices out of range throw",
    run(backend): void {
      const t = tensor([[1, 2], [3, 4]], { backend });
      assertThrows(() => t.get([2, 0]), IndexingError);
      assertThrows(() => t.get(0), IndexingError);
      assertThrows(() => t.set([0, -1], 1), IndexingError);
    },
  },
  {
    name: "nested arrays and back, also of what was permuted",
    run: (backend) =>
      forAll([tensorData.chain((data) => fc.tuple(fc.constant(data), orderOf(data)))], ([data, order]) => {
        const t = on(backend, data).permute(...order);
        assertEquals(elements(tensor(t.toNumpy() as number[], { backend })), elements(t));
      }),
  },
  {
    name: "an element that is set counts from then on",
    run(backend): void {
      const t = tensor([1, 2], { backend, requiresGrad: true }), before = t.mul(10);
      const [detached, view] = [t.detach(), t.view(2, 1)];
      detached.set(0, 5);
      assertEquals([detached.mul(10).toNumpy(), before.toNumpy()], [[50, 20], [10, 20]]);
      assertEquals([t.toNumpy(), t.get(0), view.toNumpy()], [[1, 2], 1, [[1], [2]]]);
      assertThrows(() => t.set(0, 5), Error, "tracks gradients");
    },
  },
  {
    name: "all() tells whether no element is 0, also of what was permuted",
    run(backend): void {
      const t = tensor([[1, 1], [0, 1]], { backend });
      assertEquals([t.all().toNumpy(), t.all(0).toNumpy()], [[0], [[0, 1]]]);
      assertEquals([t.permute(1, 0).all(0).toNumpy(), t.permute(1, 0).all().shape], [[[1, 0]], [1]]);
    },
  },
  {
    name: "isClose tells what differs by less than 0.01",
    run(backend): void {
      const a = tensor([1, 1], { backend });
      assertEquals(a.isClose(tensor([1.009, 1.02], { backend })).toNumpy(), [1, 0]);
    },
  },
  {
    name: "random tensors lie from 0 to 1",
    run(backend): void {
      const { storage } = rand([20, 20], { backend }).data;
      assert(storage.every((x) => x >= 0 && x < 1));
      assertAlmostEquals(storage.reduce((sum, x) => sum + x, 0) / storage.length, 0.5, 0.1);
    },
  },
];

/** The tests of module 2. */
export const MODULE2: readonly CourseTest[] = [
  ...LAYOUT,
  ...BROADCASTS,
  ...marked("2_3", BOTH, [...VALUES, ...SUMS]),
  ...marked("2_4", BOTH, [
    ...DERIVATIVES,
    ...PAIR_DERIVATIVES,
    ...FOLD_DERIVATIVES,
    ...PERMUTE_DERIVATIVES,
    ...BROADCAST_DERIVATIVES,
  ]),
  ...marked("unmarked 2", BOTH, [...CREATE, ...UNMARKED]),
];
