/**
 * Random programs for the oracle: a script of actions drawn from a seed, repeated like a training loop.
 *
 * @module
 */
import {
  Buffer,
  concat,
  evaluate,
  GradientError,
  gradients,
  type nn,
  noGrad,
  optim,
  rand,
  scope,
  StaleValueError,
  type Tensor,
} from "@tensaur/tensaur";
import { recording } from "../../src/graph/pending.ts";
import { Source } from "./data.ts";
import { type FailingPlans, InjectedFailure } from "./failure.ts";
import { type Observe, type Observed, type Program, program, STALE, unlessStale } from "./program.ts";

/** How many tensors a program holds at a time. */
const HELD = 9;

/** How often a program may take derivatives that can be derived again: the graph grows with each many times. */
const MOST_DERIVATIVES = 3;

/** The state that actions work on. All tensors are square matrices of one size. */
class World {
  readonly source: Source;
  readonly size: number;
  readonly parameters: nn.Parameter[];
  readonly buffer: Buffer;
  readonly optimizers: optim.Optimizer[];
  readonly held: Tensor[];
  /** How often derivatives were taken that can be derived again. */
  derivatives = 0;

  constructor(seed: number, readonly observe: Observe, readonly failing: FailingPlans) {
    this.source = new Source(seed * 7919 + 13);
    // Every fifth program works on results that do not come from slabs.
    this.size = seed % 5 === 0 ? 33 : 3;
    this.parameters = [0, 1, 2].map(() => this.source.parameter(this.size, this.size));
    this.buffer = new Buffer(this.fresh());
    const [first, second] = this.parameters as [nn.Parameter, nn.Parameter];
    this.optimizers = [
      new optim.SGD(this.parameters, { lr: 0.05, weightDecay: 0.1 }),
      new optim.SGD([first], { lr: 0.05, momentum: 0.5 }),
      new optim.Adam([first, second], { lr: 0.01 }),
    ];
    this.held = [0, 1, 2, 3].map(() => this.fresh());
  }

  fresh(): Tensor {
    return this.source.points(this.size, this.size);
  }

  get cells(): (nn.Parameter | Buffer)[] {
    return [...this.parameters, this.buffer];
  }

  /** A cell or a held tensor. */
  pick(choice: number): Tensor {
    return choice % 3 === 0 ? this.cells[choice % 4]! : this.held[choice % this.held.length]!;
  }

  put(tensor: Tensor, place: number): void {
    if (this.held.length < HELD) this.held.push(tensor);
    else this.held[place % HELD] = tensor;
  }

  read(read: () => Observed): void {
    this.observe(unlessStale(read));
  }

  /** A row or column of numbers, for all rows or columns. */
  spread(tensor: Tensor): Tensor {
    return tensor.expand([this.size, this.size]);
  }
}

/** One line of a script: what it does with the numbers that were drawn for it. */
type Action = (world: World, a: number, b: number, c: number) => void;

/** An action that makes a tensor from two others. */
function makes(f: (a: Tensor, b: Tensor, world: World, c: number) => Tensor): Action {
  return (world, a, b, c) => world.put(f(world.pick(a), world.pick(b), world, c), c);
}

/** The actions with how often they are drawn. */
const ACTIONS: readonly (readonly [weight: number, Action])[] = [
  [2, makes((a, b) => a.add(b))],
  [2, makes((a, b) => a.mul(b))],
  [1, makes((a, b) => a.maximum(b).sub(b.mul(0.5)))],
  [3, makes((a, b) => a.matmul(b).tanh())],
  [1, makes((a, b) => a.mT().matmul(b.detach()).sigmoid())],
  [1, makes((a) => a.tanh())],
  [1, makes((a) => a.mul(0.5).relu())],
  [1, makes((a) => a.detach())],
  [1, makes((a, _, world) => a.reshape([-1]).mul(0.9).reshape([world.size, world.size]))],
  [1, makes((a, _, world) => world.spread(a.sum().mul(0.1)))],
  [1, makes((a, b, world) => noGrad(() => world.spread(a.mul(b).sum(1, { keepdim: true }))))],
  [1, makes((a, _, world) => world.spread(a.mean(0)).add(0.1))],
  [1, makes((a) => a.softmax(1))],
  [1, makes((a) => a.mT().add(0.1))],
  [1, makes((a, b, world, c) => concat([a.at([c % world.size, null]), b.at([0, c % world.size])]))],
  [1, makes((a, b) => a.gt(b).to("float32").mul(a))],
  [1, makes((a, b, world) => a.gather(0, world.spread(b.argmax(0))))],
  [1, makes((a) => a.max(1, { keepdim: true }).sub(a))],
  [1, makes((a, b) => concat([a.at([null, null, 2]), b.at([1, null, 2])]))],
  [1, makes((a) => a.at([null, null, -1]).add(a.abs().sqrt()))],
  [1, makes((a, b) => a.div(b.square().add(1)))],
  [2, makes((a, _, world) => a.mul(world.source.next()).add(1))],
  [1, makes((a, _, world) => a.clamp(-world.source.next(), world.source.next()))],
  [1, makes((a, _, world) => a.abs().add(0.1).pow(1 + world.source.next()))],
  [1, makes((a, b, world) => a.at(world.source.below(world.size)).add(b))],
  [
    1,
    makes((a, b, world, c) => {
      const start = world.source.below(world.size), part = a.at(":", [start, start + 1]);
      return c % 2 === 0 ? part.mul(b) : b.sub(part.sum());
    }),
  ],
  [1, makes((a) => a.mul(rand(a.shape).ge(0.3).to("float32")))],
  [1, makes((a, b) => noGrad(() => scope(() => a.mul(b).tanh().add(1))))],
  [2, (world, a) => world.read(() => world.pick(a).toArray() as Observed)],
  [1, (world, a) => world.read(() => world.pick(a).sum().item())],
  [1, (world, a) => world.read(() => world.pick(a).data.slice())],
  [1, (world, a, b) => world.read(() => (evaluate(world.pick(a), world.pick(b)), 0))],
  [1, (world, a) => {
    const { grad } = world.parameters[a % 3]!;
    if (grad !== null) world.read(() => grad.toArray() as Observed);
  }],
  [5, runBackward],
  [2, train],
  [1, takeGradients],
  [4, step],
  [1, (world, a, b, c) => {
    const every = b % 2 === 0;
    for (let i = 0; i < 3; i++) if (every ? c >> i & 1 : i === a % 3) world.parameters[i]!.grad = null;
  }],
  [1, (world, a, b) => {
    const cell = world.cells[a % 4]!, value = world.held[b % world.held.length]!;
    noGrad(() => cell.assign(cell.mul(0.9).add(value.detach().mul(0.1))));
  }],
  [1, (world, a) => noGrad(() => world.buffer.assign(world.pick(a).detach()))],
  [1, (world, a, b, c) => {
    const snapshot = world.cells[a % 4]!.detach();
    if (b % 2 === 0) world.put(snapshot, c);
    else noGrad(() => world.cells[(a + 1) % 4]!.assign(snapshot));
  }],
];

/** The actions, each as often as its weight says. */
const URN: readonly Action[] = ACTIONS.flatMap(([weight, action]) =>
  Array.from({ length: weight }, () => action)
);

function runBackward(world: World, a: number, _: number, c: number): void {
  const tensor = world.pick(a);
  if (!tensor.requiresGrad) return;
  const loss = tensor.square().sum();
  if (!runsOnce(world, () => loss.backward(undefined, { retainGraph: c % 4 === 0 }))) return;
  if (c % 5 === 0) world.read(() => loss.item());
}

/** A whole step of training, from gradients that are zero. */
function train(world: World, a: number, b: number, c: number): void {
  world.optimizers[0]!.zeroGrad();
  const weight = world.parameters[b % 3]!, scale = world.source.next();
  const loss = world.pick(a).matmul(weight).mul(scale).at(world.source.below(world.size)).sigmoid().mean();
  if (!runsOnce(world, () => loss.backward())) return;
  if (c % 3 === 0) world.read(() => weight.grad!.toArray() as Observed);
  step(world, a, b, c);
  if (c % 2 === 0) world.read(() => loss.item());
}

function takeGradients(world: World, a: number, b: number, c: number): void {
  const tensor = world.pick(a), parameter = world.parameters[b % 3]!;
  if (!tensor.requiresGrad || ++world.derivatives > MOST_DERIVATIVES) return;
  runsOnce(world, () => {
    const [slope] = gradients(tensor.mul(tensor).mul(parameter).sum(), [parameter], { createGraph: true });
    world.put(slope!, c);
  });
}

/** Runs a backward, which throws if its graph was used up; whether it ran is observed. */
function runsOnce(world: World, f: () => void): boolean {
  let ran = true;
  try {
    f();
  } catch (error) {
    if (!(error instanceof GradientError)) throw error;
    ran = false;
  }
  world.observe(ran);
  return ran;
}

/** A step; now and then its plan fails, and it is repeated. */
function step(world: World, a: number, b: number, c: number): void {
  const optimizer = world.optimizers[a % world.optimizers.length]!;
  if (c % 5 > 0 || recording.eager || failsOnce(world.failing, optimizer)) optimizer.step();
  if (b % 4 === 0) world.optimizers[0]!.zeroGrad();
}

/** Makes a step's plan fail; a step without a plan does not. */
function failsOnce(failing: FailingPlans, optimizer: optim.Optimizer): boolean {
  failing.countdown = 1;
  try {
    optimizer.step();
    return false;
  } catch (error) {
    if (!(error instanceof InjectedFailure)) throw error;
    return true;
  } finally {
    failing.countdown = 0;
  }
}

/** The random program of a seed. */
export function randomProgram(seed: number, failing: FailingPlans): Program {
  return program(
    `seed ${seed}`,
    { kernels: Infinity, garbage: Infinity, stale: Infinity },
    function* (observe): Generator<void> {
      recording.maxNodes = [50_000, 50_000, 23, 60][seed % 4]!;
      const world = new World(seed, observe, failing), { source } = world;
      const script = Array.from({ length: 6 + source.below(14) }, () => ({
        action: URN[source.below(URN.length)]!,
        numbers: [source.below(1000), source.below(1000), source.below(1000)] as const,
      }));
      for (let left = 6 + source.below(8); left > 0; left--) {
        world.held[source.below(4)] = world.fresh();
        for (const { action, numbers } of script) {
          if (source.next() < 0.03) continue;
          try {
            action(world, ...numbers);
          } catch (error) {
            // A step whose gradients are gone: eagerly it would have gone well, so the runs part here.
            if (!(error instanceof StaleValueError)) throw error;
            return observe(STALE);
          }
        }
        if (left % 2 === 0) world.read(() => world.parameters[0]!.toArray() as Observed);
        noGrad(() =>
          world.held.forEach((tensor, i) => {
            if (source.next() < 0.1) world.held[i] = tensor.detach();
          })
        );
        yield;
      }
      for (const tensor of [...world.held, ...world.cells]) world.read(() => tensor.toArray() as Observed);
    },
  );
}
