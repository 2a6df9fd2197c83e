/**
 * The optimizers, against the same updates written with plain numbers.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ArgumentError,
  DTypeError,
  nn,
  optim,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { DEVICE } from "./devices.ts";
import { assertCloseNumbers } from "./numeric.ts";

const START = [1, -2, 3], STEPS = 20;

/** The gradient of sum(x^4 / 4 - x). */
const slope = (x: number): number => x ** 3 - 1;

function parameterOf(values: number[]): nn.Parameter {
  return new nn.Parameter(tensor(values, { dtype: "float64" }));
}

function train(parameter: nn.Parameter, optimizer: optim.Optimizer, steps: number): void {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    parameter.pow(4).div(4).sub(parameter).sum().backward();
    optimizer.step();
  }
}

function plainSGD(x: number, { lr, momentum, weightDecay }: Required<optim.SGDOptions>): number {
  let velocity = 0;
  for (let i = 0; i < STEPS; i++) {
    velocity = momentum * velocity + slope(x) + weightDecay * x;
    x -= lr * velocity;
  }
  return x;
}

function plainAdam(
  x: number,
  { lr, betas: [b1, b2], eps, weightDecay }: Required<optim.AdamOptions>,
): number {
  let mean = 0, variance = 0;
  for (let i = 1; i <= STEPS; i++) {
    const g = slope(x) + weightDecay * x;
    mean = b1 * mean + (1 - b1) * g;
    variance = b2 * variance + (1 - b2) * g * g;
    x -= lr * (mean / (1 - b1 ** i)) / (Math.sqrt(variance / (1 - b2 ** i)) + eps);
  }
  return x;
}

for (const momentum of [0, 0.9]) {
  for (const weightDecay of [0, 0.1]) {
    Deno.test(`SGD with momentum ${momentum} and decay ${weightDecay} equals plain numbers`, () => {
      const options = { lr: 0.01, momentum, weightDecay }, parameter = parameterOf(START);
      train(parameter, new optim.SGD([parameter], options), STEPS);
      assertCloseNumbers(parameter.data, START.map((x) => plainSGD(x, options)), 1e-12);
    });
  }
}

for (const weightDecay of [0, 0.1]) {
  Deno.test(`Adam with decay ${weightDecay} equals plain numbers`, () => {
    const options: Required<optim.AdamOptions> = { lr: 0.1, betas: [0.8, 0.95], eps: 1e-8, weightDecay };
    const parameter = parameterOf(START);
    train(parameter, new optim.Adam([parameter], options), STEPS);
    assertCloseNumbers(parameter.data, START.map((x) => plainAdam(x, options)), 1e-12);
  });
}

Deno.test("the learning rate may change between steps", () => {
  const parameter = parameterOf([1]), optimizer = new optim.SGD([parameter], { lr: 1 });
  parameter.sum().backward();
  optimizer.step();
  optimizer.lr = 0.25;
  optimizer.step();
  assertEquals(parameter.toArray(), [-0.25]);
  assertThrows(() => optimizer.lr = NaN, ArgumentError, "learning rate");
});

Deno.test("a parameter without a gradient stays as it is, and its count of updates too", () => {
  const used = parameterOf([1]), unused = parameterOf([1]);
  const optimizer = new optim.Adam([used, unused], { lr: 0.1 });
  train(used, optimizer, 3);
  assertEquals(unused.toArray(), [1]);
  assertEquals(optimizer.stateDict().updates?.toArray(), [3, 0]);
});

Deno.test("a step with a gradient that does not fit changes nothing", () => {
  const first = parameterOf([1]), second = parameterOf([1, 2]);
  const optimizer = new optim.SGD([first, second], { lr: 0.5, momentum: 0.9 });
  first.add(second).sum().backward();
  second.grad = zeros([2]);
  assertThrows(() => optimizer.step(), ShapeError, "gradient of parameter 1 is float32 [2] on " + DEVICE);
  assertEquals([first.toArray(), second.toArray()], [[1], [1, 2]]);
  second.grad = zeros([2], { dtype: "float64" });
  optimizer.step();
  assertEquals([first.toArray(), second.toArray()], [[0], [1, 2]]);
});

Deno.test("an update that throws changes nothing, and the next step is as if it had not been", () => {
  class Failing extends optim.SGD {
    fail = true;
    protected override update(index: number, parameter: nn.Parameter, gradient: Tensor): void {
      if (this.fail && index === 1) throw new Error("as told");
      super.update(index, parameter, gradient);
    }
  }
  const parameters = [parameterOf([1]), parameterOf([1])], optimizer = new Failing(parameters, { lr: 0.5 });
  parameters[0]!.add(parameters[1]!).sum().backward();
  assertThrows(() => optimizer.step(), Error, "as told");
  assertEquals(parameters.map((parameter) => parameter.item()), [1, 1]);
  optimizer.fail = false;
  optimizer.step();
  assertEquals(parameters.map((parameter) => parameter.item()), [0.5, 0.5]);
});

const OPTIMIZERS: [name: string, make: (parameters: nn.Parameter[]) => optim.Optimizer][] = [
  ["SGD", (parameters) => new optim.SGD(parameters, { lr: 0.01, momentum: 0.9 })],
  ["Adam", (parameters) => new optim.Adam(parameters, { lr: 0.05 })],
];

for (const [name, make] of OPTIMIZERS) {
  Deno.test(`${name} goes on from a state dict as if it had not stopped`, () => {
    const straight = parameterOf(START), stopped = parameterOf(START);
    train(straight, make([straight]), 10);
    const before = make([stopped]);
    train(stopped, before, 4);
    const state = before.stateDict(), after = make([stopped]);
    train(parameterOf(START), before, 1);
    after.loadStateDict(state);
    train(stopped, after, 6);
    assertEquals(stopped.toArray(), straight.toArray());
  });

  Deno.test(`${name} keeps its state if a state dict does not fit`, () => {
    const parameter = parameterOf(START), optimizer = make([parameter]);
    train(parameter, optimizer, 2);
    const state = optimizer.stateDict(), memory = Object.keys(state).at(-1)!;
    const { updates: _, ...incomplete } = state;
    assertThrows(() => optimizer.loadStateDict(incomplete), ArgumentError, "missing updates");
    assertThrows(
      () => optimizer.loadStateDict({ ...state, "other.0": zeros([3]) }),
      ArgumentError,
      "other.0",
    );
    assertThrows(() => optimizer.loadStateDict({ ...state, [memory]: zeros([3]) }), DTypeError, memory);
    assertThrows(() => optimizer.loadStateDict({ ...state, updates: zeros([2]) }), ShapeError, "updates");
    const after = optimizer.stateDict();
    for (const key of Object.keys(state)) assertEquals(after[key]?.toArray(), state[key]?.toArray());
  });
}

Deno.test("an optimizer takes each parameter once and refuses other things", () => {
  const parameter = parameterOf([1]), optimizer = new optim.SGD([parameter, parameter], { lr: 0.5 });
  parameter.sum().backward();
  optimizer.step();
  assertEquals(parameter.toArray(), [0.5]);
  assert(optimizer.parameters.length === 1);
  assertThrows(() => new optim.SGD([]), ArgumentError, "none");
  assertThrows(() => new optim.SGD([zeros([1])] as unknown as nn.Parameter[]), ArgumentError, "parameters");
  assertThrows(() => new optim.SGD(5 as unknown as nn.Parameter[]), ArgumentError, "parameters");
});

Deno.test("options that make no sense are refused", () => {
  const parameters = [parameterOf([1])];
  assertThrows(() => new optim.SGD(parameters, { lr: -1 }), ArgumentError, "learning rate");
  assertThrows(() => new optim.SGD(parameters, { momentum: NaN }), ArgumentError, "momentum");
  assertThrows(
    () => new optim.SGD(parameters, { nesterov: true } as optim.SGDOptions),
    ArgumentError,
    "nesterov",
  );
  assertThrows(() => new optim.Adam(parameters, { betas: [0.9, 1] }), ArgumentError, "second beta");
  assertThrows(() => new optim.Adam(parameters, { eps: -1 }), ArgumentError, "eps");
});
