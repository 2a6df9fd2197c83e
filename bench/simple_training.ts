/**
 * The course's training on its simple backend: loops over storage, shape and strides, an operation at a time.
 *
 * @module
 */
import {
  datasets,
  Module,
  Parameter,
  rand,
  SGD,
  SimpleBackend as backend,
  type Tensor,
  tensor,
} from "@tensaur/tensaur/minitorch";
import type { DatasetName, Score, TrainingOptions } from "../examples/training.ts";

class Linear extends Module {
  weights: Parameter<Tensor>;
  bias: Parameter<Tensor>;

  constructor(inputs: number, outputs: number) {
    super();
    this.weights = new Parameter(rand([inputs, outputs], { backend }).sub(0.5));
    this.bias = new Parameter(tensor(new Array<number>(outputs).fill(0.1), { backend }));
  }

  override forward(x: Tensor): Tensor {
    return x.matmul(this.weights.value).add(this.bias.value);
  }
}

class Network extends Module {
  layer1: Linear;
  layer2: Linear;
  layer3: Linear;

  constructor(hidden: number) {
    super();
    this.layer1 = new Linear(2, hidden);
    this.layer2 = new Linear(hidden, hidden);
    this.layer3 = new Linear(hidden, 1);
  }

  override forward(x: Tensor): Tensor {
    const middle = this.layer2.forward(this.layer1.forward(x).relu()).relu();
    return this.layer3.forward(middle).sigmoid();
  }
}

type Points = readonly (readonly number[])[];

/** A network in training, with the interface of the examples' `Training`. */
export class SimpleTraining {
  readonly #X: Points;
  readonly #y: readonly number[];
  readonly #batch: number;
  readonly #network: Network;
  readonly #sgd: SGD;

  constructor(name: DatasetName, { hidden, points, batch, rate, seed }: TrainingOptions) {
    const named = `${name[0]!.toUpperCase()}${name.slice(1)}` as keyof typeof datasets;
    ({ X: this.#X, y: this.#y } = datasets[named](points, { seed }));
    this.#batch = batch;
    this.#network = new Network(hidden);
    this.#sgd = new SGD(this.#network.parameters(), rate);
  }

  /** Goes through all points once. */
  epoch(): void {
    for (let first = 0; first < this.#X.length; first += this.#batch) {
      const end = first + this.#batch;
      this.#sgd.zeroGrad();
      this.#given(this.#X.slice(first, end), this.#y.slice(first, end)).log().neg().mean().backward();
      this.#sgd.step();
    }
  }

  /** How well the network does now. */
  score(): Score {
    const given = this.#given(this.#X, this.#y);
    return { loss: given.log().neg().sum().item(), correct: given.gt(0.5).sum().item() };
  }

  /** The probability that the network gives to each point's own class. */
  #given(X: Points, y: readonly number[]): Tensor {
    const out = this.#network.forward(tensor(X, { backend })),
      labels = tensor(y, { backend }).view(y.length, 1);
    return out.mul(labels).add(out.sub(1).mul(labels.sub(1)));
  }
}
