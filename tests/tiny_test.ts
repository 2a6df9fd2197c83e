/**
 * A few essential checks of everything, in a few seconds: to be run before each commit.
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  concat,
  evaluate,
  gradcheck,
  gradients,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randn,
  ShapeError,
  stats,
  sub,
  tensor,
  threads,
  where,
} from "@tensaur/tensaur";
import { ROWS, type Unary } from "../src/ops/elementwise.ts";
import { DEVICES } from "./devices.ts";

for (const device of DEVICES) {
  Deno.test(`${device}: elementwise ops are what their rows say`, () => {
    for (
      const [name, { f, domain: [low, high] }] of Object.entries<Unary>(
        ROWS as unknown as Record<string, Unary>,
      )
    ) {
      if (f.length !== 1) continue;
      const values = Float64Array.from({ length: 33 }, (_, i) => low + (high - low) * i / 33);
      const result = tensor(values, { device })[name as "exp"]().data;
      values.forEach((x, i) => assertAlmostEquals(result[i]!, f(x), 1e-12 * Math.max(1, Math.abs(f(x)))));
    }
  });

  Deno.test(`${device}: dtypes, views, reductions and products`, () => {
    const x = arange(6, undefined, 1, { device }).reshape([2, 3]);
    assertEquals(sub(1, x).sum(1).toArray(), [0, -9]);
    assertEquals(x.at([null, null, -1], [1, null]).toArray(), [[4, 5], [1, 2]]);
    assertEquals(x.matmul(x.mT()).toArray(), [[5, 14], [14, 50]]);
    assertEquals(concat([x, x.mul(2)], 1).max(0).toArray(), [3, 4, 5, 6, 8, 10]);
    assertEquals(where(x.gt(2), x, 0).to("int32").argmax(1).toArray(), [0, 2]);
    assertAlmostEquals(x.softmax(1).sum().item(), 2, 1e-6);
    assertEquals(`${x.to("int32").add(1).div(2).at(0)}`.slice(0, 31), "tensor([0.5000, 1.0000, 1.5000]");
    assertThrows(() => x.add(x.mT()), ShapeError, "[2, 3] and [3, 2]");
  });

  Deno.test(`${device}: gradients of both orders`, () => {
    const x = tensor([0.5, 1, 2], { dtype: "float64", device });
    assert(gradcheck((x) => x.mul(x.sigmoid()).log().cos(), [x]));
    assert(gradcheck((x) => gradients(x.tanh().pow(2).sum(), [x], { createGraph: true })[0]!, [x]));
  });

  Deno.test(`${device}: a network learns`, () => {
    manualSeed(1);
    const points = randn([40, 2], { device }), labels = points.prod(1, { keepdim: true }).gt(0).to("float32");
    const options = { device };
    const model = new nn.Sequential(
      new nn.Linear(2, 16, options),
      new nn.Tanh(),
      new nn.Linear(16, 1, options),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 });
    for (let step = 0; step < 150; step++) {
      optimizer.zeroGrad();
      nn.bceWithLogits(model.forward(points), labels).backward();
      optimizer.step();
    }
    const right = noGrad(() => model.forward(points).gt(0).eq(labels).mean().item());
    assert(right > 0.9, `${right} correct`);
  });
}

Deno.test("a chain and its sum are one kernel, and a known graph builds no plan", () => {
  const x = rand([100]);
  evaluate(x);
  const total = (): number => x.exp().mul(2).add(1).relu().sum().item();
  const first = total(), before = stats();
  assertEquals(total(), first);
  assertEquals(stats().kernels - before.kernels, 1);
  assertEquals(stats().plansBuilt, before.plansBuilt);
});

Deno.test("the native library runs on at least one thread", () => {
  assert(threads() >= 1);
});
