/**
 * What lazy engines get wrong: each promise that laziness could break.
 */
import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  evaluate,
  explain,
  GradientError,
  manualSeed,
  nn,
  noGrad,
  Parameter,
  rand,
  StaleValueError,
  stats,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { learn, Training, weights } from "./oracle/data.ts";

/** More elements than fit into a slab: their `data` is no copy. */
const MANY = 2000;

Deno.test("a host array that changes after tensor() does not change the tensor", () => {
  for (const count of [3, MANY]) {
    const typed = new Float32Array(count).fill(1), nested = [Array.from(typed), Array.from(typed)];
    const one = tensor(typed), two = tensor(nested), part = tensor(typed.subarray(1));
    const later = one.add(1);
    typed.fill(7);
    nested[0]!.fill(7);
    assertEquals(one.sum().item(), count);
    assertEquals(two.sum().item(), 2 * count);
    assertEquals(part.sum().item(), count - 1);
    assertEquals(later.sum().item(), 2 * count);
  }
});

Deno.test("data that was read stays, whatever happens to the parameter afterwards", () => {
  for (const count of [3, MANY]) {
    const parameter = new Parameter(zeros([count])), seen = [parameter.data];
    for (let i = 1; i <= 4; i++) {
      noGrad(() => parameter.assign(parameter.add(1)));
      seen.push(parameter.data);
    }
    assertEquals(seen.map((data) => [data[0], data[count - 1]]), [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]);
  }
});

Deno.test("data of a result stays when its tensor is used on", () => {
  const x = tensor(new Float32Array(MANY).fill(2)), y = x.square(), data = y.data;
  for (let i = 0; i < 5; i++) y.add(i).exp().sum().item();
  assertEquals([data[0], data[MANY - 1]], [4, 4]);
});

Deno.test("a read inside noGrad does not cut the graph that was recorded outside", () => {
  const parameter = new Parameter(tensor([1, 2, 3]));
  const doubled = parameter.mul(2), total = doubled.square().sum();
  assertEquals(noGrad(() => [total.item(), doubled.toArray()]), [56, [2, 4, 6]]);
  total.backward();
  assertEquals(parameter.grad?.toArray(), [8, 16, 24]);
});

Deno.test("what is made inside noGrad records nothing, also when it is read outside", () => {
  const parameter = new Parameter(tensor([1, 2]));
  const made = noGrad(() => parameter.mul(2).sum());
  assertEquals([made.item(), made.requiresGrad], [6, false]);
  assertThrows(() => made.backward(), GradientError);
});

Deno.test("a second backward throws, before and after the first was computed, and adds nothing", () => {
  const parameter = new Parameter(tensor([1, 2]));
  const loss = parameter.square().sum();
  loss.backward();
  assertThrows(() => loss.backward(), GradientError, "retainGraph");
  assertEquals(parameter.grad?.toArray(), [2, 4]);
  assertThrows(() => loss.backward(), GradientError, "retainGraph");
  assertEquals([loss.item(), parameter.grad?.toArray()], [5, [2, 4]]);
});

Deno.test("with retainGraph backwards add up, read between or not", () => {
  for (const read of [false, true]) {
    const parameter = new Parameter(tensor([1, 2]));
    const loss = parameter.square().sum();
    for (let i = 1; i <= 3; i++) {
      loss.backward(undefined, { retainGraph: true });
      if (read) assertEquals(parameter.grad?.toArray(), [2 * i, 4 * i]);
    }
    assertEquals(parameter.grad?.toArray(), [6, 12]);
  }
});

Deno.test("random numbers do not depend on the order of reads", () => {
  const draw = (): Tensor[] => (manualSeed(3), [rand([4]), rand([4]).mul(2), rand([4])]);
  const forwards = draw().map((x) => x.toArray());
  assertEquals(draw().reverse().map((x) => x.toArray()).reverse(), forwards);
  const together = draw();
  evaluate(...together);
  assertEquals(together.map((x) => x.toArray()), forwards);
});

Deno.test("looking at a plan or a counter computes nothing", () => {
  const parameter = new Parameter(tensor([1, 2])), loss = parameter.square().sum();
  loss.backward();
  const before = stats();
  assert(explain(loss).includes("sum"));
  assertEquals(stats().kernels, before.kernels);
  assertEquals([loss.item(), parameter.grad?.toArray()], [5, [2, 4]]);
});

Deno.test("a value whose version is gone names the parameter and the cure, and is never a wrong number", () => {
  const layer = new nn.Linear(2, 2), { weight } = layer;
  assertEquals(layer.parameters().length, 2);
  const dropped = (): Tensor =>
    noGrad(() => {
      const doubled = weight.mul(2);
      doubled.add(1).sum().item();
      return doubled;
    });
  const assign = (): void => {
    noGrad(() => weight.assign(weight.add(1)));
    evaluate(weight);
  };
  const expected = Array.from(weight.data, (x) => 2 * x), one = dropped(), two = dropped();
  assign();
  assertEquals([...one.data], expected);
  assign();
  const error = assertThrows(() => two.data, StaleValueError);
  for (const part of ["parameter weight", "evaluate(tensor)", "detach()"]) {
    assertStringIncludes(error.message, part);
  }
  assertEquals([...one.data], expected);
});

Deno.test("reading views of computed values runs no plan", () => {
  const x = rand([4, 6]);
  evaluate(x);
  const before = stats().plansRun;
  evaluate(x.at([1, 3]).mT().at([0, null, 2]));
  assertEquals(x.detach().unsqueeze(0).flatten().at(7).item(), x.at(1, 1).item());
  assertEquals(stats().plansRun, before);
});

Deno.test("numbers, seeds and starts of slices are no part of a plan", () => {
  const x = rand([20, 3]);
  evaluate(x);
  const compute = (i: number): void => {
    manualSeed(i);
    x.at([i, i + 5]).mul(i + 0.5).add(rand([5, 3])).clamp(0, i + 1).sum(0).data.slice();
  };
  compute(0);
  compute(1);
  const { plansBuilt } = stats();
  for (let i = 2; i < 10; i++) compute(i);
  assertEquals(stats().plansBuilt, plansBuilt);
});

Deno.test("TENSAUR_EAGER=1 computes each node when it is made", async () => {
  const kernels = async (eager: string): Promise<string> => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `import { stats, tensor } from "@tensaur/tensaur"; tensor([1, 2]).add(1).exp(); console.log(stats().kernels);`,
      ],
      env: { TENSAUR_EAGER: eager },
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await kernels("0"), "0");
  assertNotEquals(await kernels("1"), "0");
});

/** A forward and backward through a chain of nodes: the kernels and the time. */
function runChain(length: number): { kernels: number; time: number } {
  const start = performance.now(), before = stats().kernels;
  const parameter = new Parameter(tensor([1, -1]));
  let x: Tensor = parameter;
  for (let i = 0; i < length; i++) x = i % 2 === 0 ? x.mul(0.5) : x.div(0.5);
  x.sum().backward();
  assertEquals([x.toArray(), parameter.grad?.toArray()], [[1, -1], [1, 1]]);
  return { kernels: stats().kernels - before, time: performance.now() - start };
}

Deno.test("a chain of 200,000 nodes, forward and backward, takes linear time", () => {
  const median = (length: number): { kernels: number; time: number } =>
    [1, 2, 3].map(() => runChain(length)).sort((a, b) => a.time - b.time)[1]!;
  runChain(25_000);
  const quarter = median(50_000), whole = median(200_000);
  assertLessOrEqual(whole.kernels, 4.2 * quarter.kernels);
  // Four times the nodes; quadratic time would be sixteen times as much.
  assertLessOrEqual(whole.time, 9 * quarter.time);
});

Deno.test("two models that take turns learn as they do alone", () => {
  const make = (seed: number): Training => (manualSeed(seed), new Training());
  const one = make(1), other = make(2);
  for (let i = 0; i < 10; i++) one.minimize(one.loss());
  for (let i = 0; i < 10; i++) other.minimize(other.loss());
  const oneInTurn = make(1), otherInTurn = make(2);
  for (let i = 0; i < 10; i++) {
    const loss = oneInTurn.loss();
    otherInTurn.minimize(otherInTurn.loss());
    oneInTurn.minimize(loss);
  }
  assertEquals(weights(oneInTurn.model), weights(one.model));
  assertEquals(weights(otherInTurn.model), weights(other.model));
});

Deno.test("a worker uses the library at the same time, and learns the same", async () => {
  const expected = learn();
  const workers = [1, 2].map(() =>
    new Worker(new URL("./oracle/worker.ts", import.meta.url), { type: "module" })
  );
  const answers = workers.map((worker) =>
    new Promise<number[][]>((resolve, reject) => {
      worker.onmessage = ({ data }): void => resolve(data);
      worker.onerror = ({ message }): void => reject(new Error(message));
    })
  );
  assertEquals(learn(), expected);
  for (const learned of await Promise.all(answers)) assertEquals(learned, expected);
  for (const worker of workers) worker.terminate();
});
