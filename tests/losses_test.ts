/**
 * The losses, against their definitions on plain numbers.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ArgumentError,
  gradients,
  nn,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { assertCloseNumbers, checkGradients } from "./numeric.ts";

type PairLoss = (input: Tensor, target: Tensor, options?: nn.LossOptions) => Tensor;

/** Losses that compare element with element, what they mean, and inputs that they take. */
const PAIR_LOSSES: [loss: PairLoss, meaning: (x: number, y: number) => number, inputs: number[]][] = [
  [nn.mseLoss, (x, y) => (x - y) ** 2, [-2, 0, 0.5, 3]],
  [nn.bceLoss, (x, y) => -(y * Math.log(x) + (1 - y) * Math.log(1 - x)), [0.01, 0.3, 0.5, 0.99]],
  [nn.bceWithLogits, (x, y) => (1 - y) * x + Math.log(1 + Math.exp(-x)), [-5, -0.1, 0, 4]],
];
const TARGETS = [1, 0, 0.25, 1];

for (const [loss, meaning, inputs] of PAIR_LOSSES) {
  const wanted = inputs.map((x, i) => meaning(x, TARGETS[i]!)), sum = wanted.reduce((a, b) => a + b);
  const make = (numbers: number[]): Tensor => tensor(numbers, { dtype: "float64" });

  Deno.test(`${loss.name} is what it is defined as, with each reduction`, () => {
    const x = make(inputs), y = make(TARGETS);
    assertCloseNumbers(loss(x, y, { reduction: "none" }).data, wanted, 1e-12);
    assertCloseNumbers([loss(x, y, { reduction: "sum" }).item()], [sum], 1e-12);
    assertCloseNumbers([loss(x, y).item()], [sum / 4], 1e-12);
  });

  Deno.test(`${loss.name} has the gradients of central differences`, () => {
    const x = new nn.Parameter(make(inputs)), y = new nn.Parameter(make([0.9, 0.2, 0.25, 0.7]));
    checkGradients([x, y], () => loss(x, y), 1e-6);
  });

  Deno.test(`${loss.name} refuses shapes that differ and reductions it does not know`, () => {
    assertThrows(() => loss(zeros([2, 1]), zeros([2])), ShapeError, `Cannot ${loss.name}`);
    assertThrows(() => loss(zeros([2]), 1 as unknown as Tensor), ArgumentError, "want a tensor");
    const options = { reduction: "avg" } as unknown as nn.LossOptions;
    assertThrows(() => loss(zeros([2]), zeros([2]), options), ArgumentError, '"mean", "sum", "none"');
  });
}

Deno.test("bceLoss of a certain but wrong probability is 100 and its gradient a number", () => {
  const p = new nn.Parameter(tensor([0, 1, 0, 1])),
    wrong = nn.bceLoss(p, tensor([1, 0, 0, 1]), { reduction: "none" });
  assertCloseNumbers(wrong.data, [100, 100, 0, 0], 0);
  wrong.sum().backward();
  assert([...p.grad!.data].every(Number.isFinite));
});

Deno.test("bceLoss does not hide a NaN", () => {
  assert(Number.isNaN(nn.bceLoss(tensor([NaN]), tensor([1])).item()));
});

Deno.test("bceWithLogits stays finite and exact far from 0", () => {
  const x = new nn.Parameter(tensor([1000, -1000, 1000, -1000])), y = tensor([1, 0, 0, 1]);
  const losses = nn.bceWithLogits(x, y, { reduction: "none" });
  assertEquals(losses.toArray(), [0, 0, 1000, 1000]);
  losses.sum().backward();
  assertCloseNumbers(x.grad!.data, [0, 0, 1, -1], 0);
});

Deno.test("bceWithLogits has the second derivative of the sigmoid, at 0 too", () => {
  const x = new nn.Parameter(tensor([0, 1], { dtype: "float64" }));
  const [slope] = gradients(nn.bceWithLogits(x, tensor([1, 0], { dtype: "float64" })), [x], {
    createGraph: true,
  });
  slope!.sum().backward();
  const p = 1 / (1 + Math.exp(-1));
  assertCloseNumbers(x.grad!.data, [0.125, p * (1 - p) / 2], 1e-12);
});

/** The losses of rows of logits for the classes wanted. */
function crossEntropies(rows: number[][], classes: number[]): number[] {
  return rows.map((row, i) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[classes[i]!]!);
}

const LOGITS = [[1, 2, 3], [0.5, -1, 0], [4, 4, -4]], CLASSES = [2, 0, 1];
const ONE_HOT = [[0, 0, 1], [1, 0, 0], [0, 1, 0]];

Deno.test("crossEntropy of classes and of probabilities is what it is defined as", () => {
  const wanted = crossEntropies(LOGITS, CLASSES), sum = wanted.reduce((a, b) => a + b);
  const x = tensor(LOGITS, { dtype: "float64" });
  for (const target of [tensor(CLASSES, { dtype: "int32" }), tensor(ONE_HOT, { dtype: "float64" })]) {
    assertCloseNumbers(nn.crossEntropy(x, target, { reduction: "none" }).data, wanted, 1e-12);
    assertCloseNumbers([nn.crossEntropy(x, target, { reduction: "sum" }).item()], [sum], 1e-12);
    assertCloseNumbers([nn.crossEntropy(x, target).item()], [sum / 3], 1e-12);
  }
});

Deno.test("crossEntropy takes one sample, and further axes behind the classes", () => {
  const one = nn.crossEntropy(tensor([1, 2, 3]), tensor(2, { dtype: "int32" }));
  assertCloseNumbers([one.item()], crossEntropies([[1, 2, 3]], [2]), 1e-6);
  const columns = tensor(LOGITS).mT().reshape([1, 3, 3]);
  const each = nn.crossEntropy(columns, tensor([CLASSES], { dtype: "int32" }), { reduction: "none" });
  assertEquals(each.shape, [1, 3]);
  assertCloseNumbers(each.data, crossEntropies(LOGITS, CLASSES), 1e-6);
});

Deno.test("crossEntropy has the gradients of central differences", () => {
  const x = new nn.Parameter(randn([3, 4], { dtype: "float64" }));
  checkGradients([x], () => nn.crossEntropy(x, tensor([0, 3, 1], { dtype: "int32" })));
  checkGradients(
    [x],
    () => nn.crossEntropy(x, randn([3, 4], { dtype: "float64" }).softmax(1).detach()).mul(0),
  );
});

Deno.test("crossEntropy stays finite for large logits", () => {
  assertEquals(nn.crossEntropy(tensor([[1000, 0]]), tensor([1], { dtype: "int32" })).item(), 1000);
});

Deno.test("crossEntropy refuses targets of other shapes and says which it takes", () => {
  const wrong = () => nn.crossEntropy(zeros([2, 3]), zeros([3], { dtype: "int32" }));
  assertThrows(wrong, ShapeError, "integers of shape [2], or probabilities, floats of shape [2, 3]");
  assertThrows(() => nn.crossEntropy(zeros([2, 3]), zeros([2])), ShapeError, "float32 targets [2]");
  assertThrows(() => nn.crossEntropy(zeros([]), zeros([])), ShapeError);
});
