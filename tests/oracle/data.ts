/**
 * Data and models that the oracle's programs share.
 *
 * @module
 */
import { manualSeed, nn, noGrad, optim, type Tensor, tensor } from "@tensaur/tensaur";

/** Samples, features, hidden units and classes of the programs' problem. */
export const ROWS = 6, FEATURES = 4, HIDDEN = 5, CLASSES = 3;

/** Numbers that depend on a seed alone. */
export class Source {
  #state: number;

  constructor(seed: number = 7) {
    this.#state = seed;
    for (let i = 0; i < 5; i++) this.next();
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Numbers in [-0.5, 0.5). */
  numbers(count: number): number[] {
    return Array.from({ length: count }, () => this.next() - 0.5);
  }

  /** A matrix of such numbers: samples, a row each. */
  points(rows: number = ROWS, columns: number = FEATURES, options: { requiresGrad?: boolean } = {}): Tensor {
    return tensor(Array.from({ length: rows }, () => this.numbers(columns)), options);
  }

  /** Classes, one for each sample. */
  labels(rows: number = ROWS, classes: number = CLASSES): Tensor {
    return tensor(Int32Array.from({ length: rows }, () => this.below(classes)));
  }

  /** A parameter. */
  parameter(rows: number, columns: number): nn.Parameter {
    return new nn.Parameter(this.points(rows, columns));
  }
}

/** Three layers: tanh, relu, logits. */
export class Mlp extends nn.Module {
  readonly first: nn.Linear;
  readonly second: nn.Linear;
  readonly last: nn.Linear;

  constructor(features: number = FEATURES, classes: number = CLASSES) {
    super();
    this.first = new nn.Linear(features, HIDDEN);
    this.second = new nn.Linear(HIDDEN, HIDDEN);
    this.last = new nn.Linear(HIDDEN, classes);
  }

  /** The activations before the last layer. */
  hidden(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x).tanh()).relu();
  }

  override forward(x: Tensor): Tensor {
    return this.last.forward(this.hidden(x));
  }
}

/** What most programs have: a model, its optimizer, and batches. */
export class Training {
  readonly source: Source = new Source();
  readonly optimizer: optim.Optimizer;

  constructor(
    makeOptimizer: (parameters: nn.Parameter[]) => optim.Optimizer = sgd,
    readonly model: Mlp = new Mlp(),
  ) {
    this.optimizer = makeOptimizer(model.parameters());
  }

  /** Points and their classes. */
  batch(rows: number = ROWS): [x: Tensor, y: Tensor] {
    return [this.source.points(rows), this.source.labels(rows)];
  }

  /** The loss of a new batch. */
  loss(): Tensor {
    const [x, y] = this.batch();
    return nn.crossEntropy(this.model.forward(x), y);
  }

  /** A whole step of training towards a smaller loss. */
  minimize(loss: Tensor): void {
    this.optimizer.zeroGrad();
    loss.backward();
    this.optimizer.step();
  }
}

/** Gradient descent. */
export function sgd(parameters: Iterable<nn.Parameter>, lr = 0.1): optim.Optimizer {
  return new optim.SGD(parameters, { lr });
}

/** The part of the samples that a model puts into the right class. */
export function accuracy(logits: Tensor, y: Tensor): Tensor {
  return noGrad(() => logits.argmax(1).eq(y).to("float32").mean());
}

/** The length of a tensor taken as a vector; no gradient flows through it. */
export function norm(x: Tensor): Tensor {
  return noGrad(() => x.square().sum().sqrt());
}

/** The numbers of a module's parameters. */
export function weights(module: nn.Module): number[][] {
  return module.parameters().map((parameter) => [...parameter.data]);
}

/** The weights of a model after some training; the same each time. */
export function learn(): number[][] {
  manualSeed(5);
  const training = new Training();
  for (let i = 0; i < 200; i++) training.minimize(training.loss());
  return weights(training.model);
}
