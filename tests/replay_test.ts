/**
 * Evaluations and backwards that are done again without a walk, since the tape has the words of an earlier one.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  evaluate,
  GradientError,
  IndexError,
  nn,
  noGrad,
  optim,
  Parameter,
  rand,
  stats,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";
import { newMark } from "../src/graph/node.ts";
import { hooks } from "../src/graph/pending.ts";
import { inMode } from "./oracle/run.ts";

/** How many nodes a function makes. */
function nodesMade(f: () => void): number {
  const { make } = hooks;
  let count = 0;
  hooks.make = (op, inputs, layout, params) => {
    count++;
    return make(op, inputs, layout, params);
  };
  try {
    f();
  } finally {
    hooks.make = make;
  }
  return count;
}

/** Checks that an iteration gives the same lazily, four times over, as eagerly. */
async function sameInBothModes(makeIteration: () => (i: number) => unknown): Promise<void> {
  const run = (eager: boolean): Promise<unknown[]> =>
    inMode(eager, () => {
      const iteration = makeIteration();
      return [1, 2, 3, 4].map((i) => iteration(i));
    });
  assertEquals(await run(false), await run(true));
}

Deno.test("a repeated training step makes no nodes for its backward but the gradients", () => {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 1));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const x = rand([5, 3]);
  evaluate(x);
  const made = [0, 1].map(() => {
    optimizer.zeroGrad();
    const loss = model.forward(x).square().mean();
    const count = nodesMade(() => loss.backward());
    optimizer.step();
    return count;
  });
  assert(made[0]! > 8);
  assertEquals(made[1], model.parameters().length);
});

Deno.test("steps over batches that were sliced before the loop are repeated too", () => {
  const model = new nn.Linear(3, 1), optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const points = rand([20, 3]);
  evaluate(points);
  const whole = rand([5, 3]);
  evaluate(whole);
  const batches = [0, 5, 10, 15].map((start) => points.at([start, start + 5]));
  const step = (x: Tensor): number =>
    nodesMade(() => {
      optimizer.zeroGrad();
      model.forward(x).square().mean().backward();
      optimizer.step();
    });
  const repeated = [whole, whole, whole].map(step).at(-1)!;
  for (let epoch = 0; epoch < 3; epoch++) {
    const made = batches.map(step);
    if (epoch > 0) assertEquals(made, batches.map(() => repeated));
  }
});

Deno.test("what an optimizer stages becomes the new value, whatever else is done with it", () =>
  sameInBothModes(() => {
    const a = new Parameter(tensor([1, 2])),
      b = new Parameter(tensor([3, 4])),
      c = new Parameter(tensor([5, 6]));
    let kept = a.detach();
    class Odd extends optim.Optimizer {
      protected override update(index: number, parameter: Parameter, gradient: Tensor): void {
        if (index === 1) this.stage(c, kept);
        if (index === 2) return;
        kept = index === 0 ? parameter.addcmul(gradient, -0.1) : gradient;
        this.stage(parameter, kept);
        if (index === 1) this.stage(a, parameter);
      }
    }
    const optimizer = new Odd([a, b, c], 1);
    return (i) => {
      optimizer.zeroGrad();
      a.mul(b).mul(i).sum().backward();
      const gradient = b.grad!;
      optimizer.step();
      const values = [a, b, c, kept, gradient].map((x) => x.toArray());
      return [values, a.mul(c).sum().item()];
    };
  }));

Deno.test("numbers that change from step to step reach the gradients of a repeated backward", () =>
  sameInBothModes(() => {
    const x = tensor([[0.5, -2, 3], [1, 4, -0.25]], { requiresGrad: true });
    return (i) => {
      x.grad = null;
      const part = x.at(i % 2).mul(i).clamp(-i, i).abs().add(0.5).pow(i).where(x.at(1).gt(i - 3), i);
      part.div(i).sum().backward();
      return x.grad!.toArray();
    };
  }));

Deno.test("gradients of a repeated backward can be read, used and added to", () =>
  sameInBothModes(() => {
    const weight = new Parameter(tensor([1, 2])), optimizer = new optim.SGD([weight], { lr: 0.1 });
    return (i) => {
      if (i !== 3) weight.grad = null;
      weight.mul(i).square().sum().backward();
      const before = weight.grad!.mul(2).toArray();
      const kept = weight.grad!;
      optimizer.step();
      return [before, kept.toArray(), weight.toArray()];
    };
  }));

Deno.test("two backwards on one tape are repeated one by one", () =>
  sameInBothModes(() => {
    const a = new Parameter(tensor([1, 2])), b = new Parameter(tensor([3, 4]));
    const optimizer = new optim.SGD([a, b], { lr: 0.01 });
    return (i) => {
      optimizer.zeroGrad();
      a.mul(i).square().sum().backward();
      const loss = b.mul(a.grad!).exp().mean();
      loss.backward();
      optimizer.step();
      return [a.toArray(), b.toArray(), loss.item()];
    };
  }));

Deno.test("a graph that a repeated backward used up cannot be run through again", () => {
  const x = tensor([1, 2], { requiresGrad: true });
  for (let i = 0; i < 3; i++) {
    x.grad = null;
    const loss = x.square().sum();
    loss.backward();
    assertThrows(() => loss.backward(), GradientError, "second time");
    assertEquals(x.grad!.toArray(), [2, 4]);
  }
});

Deno.test("two assignments to one cell are not taken for assignments to two", () => {
  const a = new Parameter(tensor([1])), b = new Parameter(tensor([10]));
  const assign = (first: Parameter, second: Parameter): number[] => {
    const x = a.add(b);
    first.assign(x.mul(2));
    second.assign(x.mul(3));
    evaluate(first, second);
    return [a.item(), b.item()];
  };
  noGrad(() => {
    assertEquals(assign(a, b), [22, 33]);
    assertEquals(assign(a, a), [165, 33]);
    assertEquals(assign(a, b), [396, 594]);
    assertEquals(assign(b, a), [2970, 1980]);
  });
});

Deno.test("a replayed plan that fails changes nothing, and the next one runs", () => {
  const table = tensor([10, 20, 30]), sum = new Parameter(tensor([0]));
  const add = (index: Tensor): void => {
    noGrad(() => sum.assign(sum.add(table.gather(0, index))));
    evaluate(sum);
  };
  const at = (i: number): Tensor => tensor([i], { dtype: "int32" });
  add(at(0));
  add(at(1));
  const { plansBuilt } = stats();
  assertThrows(() => add(at(3)), IndexError);
  assertEquals(sum.item(), 30);
  add(at(2));
  assertEquals([sum.item(), stats().plansBuilt - plansBuilt <= 2], [60, true]);
});

Deno.test("a leaf that was dropped once and computed again does not stand in the way of replays", () => {
  const x = rand([10]), w = rand([10]);
  const walked = [0, 1, 2, 3, 4].map(() => {
    const mark = newMark();
    evaluate(x.add(w));
    // Each walk takes a mark.
    return newMark() - mark > 1;
  });
  assertEquals(walked, [true, true, true, false, false]);
});

Deno.test("what a replay dropped is computed again when it is read, and kept from then on", () =>
  sameInBothModes(() => {
    const weight = new Parameter(tensor([1, 2])), optimizer = new optim.SGD([weight], { lr: 0.1 });
    return (i) => {
      optimizer.zeroGrad();
      const logits = weight.mul(i), loss = logits.exp().sum();
      loss.backward();
      optimizer.step();
      return i < 3 ? loss.item() : [logits.toArray(), weight.grad!.toArray(), loss.item()];
    };
  }));
