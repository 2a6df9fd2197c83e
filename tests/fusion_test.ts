/** Fusion is real: the number of kernels of well-known graphs is part of what the library promises. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  evaluate,
  explain,
  manualSeed,
  nn,
  optim,
  Parameter,
  rand,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";

/** How many kernels a function's evaluations run. */
function kernelsOf(f: () => void): number {
  const before = stats().kernels;
  f();
  return stats().kernels - before;
}

Deno.test("an elementwise chain and its sum are one kernel", () => {
  const x = rand([8, 5]), w = rand([5]), b = rand([8, 1]);
  evaluate(x, w, b);
  assertEquals(kernelsOf(() => x.mul(w).add(b).relu().sum().item()), 1);
  assertEquals(kernelsOf(() => evaluate(x.mul(w).add(b).sigmoid().sub(0.5).relu().mul(x))), 1);
});

Deno.test("the gradients of an elementwise chain and its sum are one kernel", () => {
  const leaves = [0, 1, 2].map(() =>
    tensor(rand([8, 5]).data, { requiresGrad: true }).reshape([8, 5]).detach()
  );
  const [x, w, b] = leaves.map((leaf) => new Parameter(leaf)) as [Parameter, Parameter, Parameter];
  const loss = x.mul(w).add(b).relu().sum();
  loss.item();
  loss.backward();
  assertEquals(kernelsOf(() => evaluate(x.grad!, w.grad!, b.grad!)), 1);
});

Deno.test("a linear layer with its activation is one kernel", () => {
  const layer = new nn.Linear(4, 3), x = rand([5, 4]);
  evaluate(x, ...layer.parameters());
  assertEquals(kernelsOf(() => evaluate(layer.forward(x).relu())), 1);
  assertEquals(kernelsOf(() => evaluate(layer.forward(x).sigmoid().mul(2).add(1))), 1);
});

Deno.test("softmax and logSoftmax are three kernels", () => {
  const x = rand([6, 7]);
  evaluate(x);
  assertEquals(kernelsOf(() => evaluate(x.softmax(1))), 3);
  assertEquals(kernelsOf(() => evaluate(x.logSoftmax(1))), 3);
});

Deno.test("the powers of a large softmax are computed once, where the result will lie", () => {
  const x = rand([300, 400]);
  evaluate(x);
  const y = x.softmax(1), text = explain(y);
  assertEquals(text.split("= exp(").length - 1, 1);
  assertStringIncludes(text, "1 kept (480000 bytes), 1200 bytes of temporaries");
  assertEquals(kernelsOf(() => evaluate(y)), 4);
});

Deno.test("a step of SGD over six parameters with given gradients is at most two kernels", () => {
  const shapes = [[2, 10], [10], [10, 10], [10], [10, 1], [1]];
  const parameters = shapes.map((shape) => new Parameter(rand(shape)));
  const optimizer = new optim.SGD(parameters, { lr: 0.1 });
  for (const parameter of parameters) {
    parameter.grad = rand(parameter.shape);
    evaluate(parameter.grad);
  }
  const kernels = kernelsOf(() => optimizer.step());
  assert(kernels <= 2, `was ${kernels}`);
});

Deno.test("a whole training step is at most 16 kernels, and the second one finds its plan", () => {
  manualSeed(1);
  const model = new nn.Sequential(
    new nn.Linear(2, 10),
    new nn.ReLU(),
    new nn.Linear(10, 10),
    new nn.ReLU(),
    new nn.Linear(10, 1),
    new nn.Sigmoid(),
  );
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
  const x = rand([10, 2]), y = x.sum(1).gt(1).to("float32");
  evaluate(x, y);
  const step = (): Tensor => {
    optimizer.zeroGrad();
    const out = model.forward(x).reshape([10]);
    const probability = out.mul(y).add(out.sub(1).mul(y.sub(1)));
    const loss = probability.log().neg().mean();
    loss.backward();
    optimizer.step();
    return loss;
  };
  for (let i = 0; i < 3; i++) step().item();
  const { plansBuilt, recomputed } = stats();
  const kernels = kernelsOf(() => step().item());
  assert(kernels <= 16, `was ${kernels}`);
  assertEquals(stats().plansBuilt, plansBuilt);
  assertEquals(stats().recomputed, recomputed);
});

Deno.test("views are no kernels, and reading a chain of views of computed bytes runs no plan", () => {
  const x = rand([4, 6]);
  evaluate(x);
  assertEquals(kernelsOf(() => evaluate(x.reshape([2, 12]).permute([1, 0]).at([2, 8]))), 0);
  assertEquals(kernelsOf(() => x.permute([1, 0]).at([null, null, -2]).toArray()), 0);
  assertEquals(x.mT().at([null, null, -2]).toArray(), x.mT().at([null, null, -2]).contiguous().toArray());
  assertEquals(kernelsOf(() => evaluate(x.permute([1, 0]).add(1).reshape([24]))), 1);
});

Deno.test("explain prints the kernels, their programs and why their results lie in memory", () => {
  const text = explain(rand([3, 4]).matmul(zeros([4, 2])).add(1).relu());
  assertStringIncludes(text, "matmul: matmul add relu");
  assertStringIncludes(text, "acc = relu(acc)");
  assertStringIncludes(text, "asked for");
  assertStringIncludes(text, "temporaries");
});

Deno.test("explain tells how a product runs", () => {
  const matrix = rand([48, 64]), vector = rand([64]);
  evaluate(matrix, vector);
  const path = (product: Tensor): string => explain(product).match(/path ([^|]*) \|/)![1]!;
  assertEquals(path(matrix.matmul(vector)), "strided, B in squares");
  assertEquals(path(matrix.matmul(matrix.mT())), "strided, B packed");
  assertEquals(path(matrix.mT().matmul(matrix)), "strided, in place");
});
