/**
 * Module 3: the same tensors on fast kernels, products of matrices, and CUDA.
 */
import { assertEquals } from "@std/assert";
import {
  matmul,
  matrixMultiply,
  mmPractice,
  rand,
  SimpleBackend,
  sumPractice,
  tensor,
} from "@tensaur/tensaur/minitorch";
import { BACKEND_TESTS, BATCHES, marked, PRODUCTS, type Test, viewMulSum } from "./backend_tests.ts";
import { assertNear } from "./draw.ts";
import type { CourseTest } from "./mark.ts";
import { assertSame, elements } from "./tensors.ts";

const NAMES_OF_2020: readonly Test[] = [{
  name: "matrixMultiply and matmul, as the course of 2020 has them",
  run(backend): void {
    for (const [left, right] of [[[2, 3], [3, 4]], [[2, 2, 3], [2, 3, 4]]]) {
      const a = rand(left!, { backend }), b = rand(right!, { backend });
      assertSame(matrixMultiply(a, b), viewMulSum(a, b));
      assertSame(matmul(a, b), viewMulSum(a, b));
    }
  },
}];

/** The sums of up to 32 neighbours, by the exercise's kernel and by a loop. */
const SUM_PRACTICE: readonly Test[] = [16, 64, 48].map((n): Test => ({
  name: `sumPractice of ${n} elements`,
  run(backend): void {
    const a = rand([n], { backend }), cells = elements(sumPractice(a)), wanted = [0, 0];
    elements(a).forEach((x, i) => wanted[Math.floor(i / 32)]! += x);
    wanted.forEach((sum, i) => assertNear(cells[i]!, sum));
  },
}));

const CUDA_SUMS: readonly Test[] = [[[32], 0], [[500], 0], [[16, 32], 1]].map(([shape, dim]): Test => ({
  name: `the sum of shape [${shape}] along axis ${dim}`,
  run(backend): void {
    const a = rand(shape as number[]), wanted = a.to(SimpleBackend).sum(dim as number);
    assertSame(a.to(backend).sum(dim as number), wanted);
  },
}));

const CUDA_PRODUCTS: readonly Test[] = [
  ...[2, 32].map((n): Test => ({
    name: `mmPractice of ${n} rows`,
    run(backend): void {
      const a = rand([n, n], { backend }), b = rand([n, n], { backend });
      assertSame(mmPractice(a, b), viewMulSum(a, b));
    },
  })),
  ...[[[2, 2], [2, 2]], [[33, 33], [33, 33]], [[2, 33, 33], [2, 33, 33]], [[2, 45, 33], [2, 33, 40]]].map(
    ([left, right]): Test => ({
      name: `the product of shapes [${left}] and [${right}]`,
      run(backend): void {
        const a = rand(left!), b = rand(right!);
        assertSame(a.to(backend).matmul(b.to(backend)), a.matmul(b));
      },
    }),
  ),
];

const TRAINS: readonly Test[] = [{
  name: "a step against the gradient of a small network makes its loss smaller",
  run(backend): void {
    const x = tensor([[0.1, 0.9], [0.8, 0.2], [0.4, 0.4]], { backend });
    const loss = (w: typeof x): typeof x =>
      x.matmul(w).relu().sum(1).sub(1).mul(0.5).sigmoid().log().neg().sum();
    const w = tensor([[0.5, -0.3], [0.2, 0.9]], { backend, requiresGrad: true }), before = loss(w);
    before.backward();
    const after = loss(w.detach().sub(w.grad!.mul(0.1)));
    assertEquals(after.item() < before.item(), true);
  },
}];

/** The tests of module 3. */
export const MODULE3: readonly CourseTest[] = [
  ...marked("3_1", ["simple", "fast"], [...BACKEND_TESTS, ...TRAINS]),
  ...marked("3_2", ["simple", "fast"], [...PRODUCTS, ...BATCHES, ...NAMES_OF_2020]),
  ...marked("3_3", ["cuda"], [...BACKEND_TESTS, ...SUM_PRACTICE, ...CUDA_SUMS]),
  ...marked("3_4", ["cuda"], [...PRODUCTS, ...BATCHES, ...CUDA_PRODUCTS]),
];
