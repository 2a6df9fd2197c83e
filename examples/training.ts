/**
 * The course's training: its network, its loss, and one that goes epoch by epoch.
 */
import {
  compile,
  data,
  type Device,
  full,
  manualSeed,
  nn,
  noGrad,
  optim,
  setDefaultDevice,
  type Tensor,
  uniform,
} from "@tensaur/tensaur";

/** Keeps the logarithm of a probability finite, as the course does. */
const EPSILON = 1e-6;

/** The name of a dataset. */
export type DatasetName = keyof typeof data.datasets;

/** Two hidden layers of one size, and the probability of class 1. */
class Network extends nn.Module {
  layer1: nn.Linear;
  layer2: nn.Linear;
  layer3: nn.Linear;

  constructor(hidden: number) {
    super();
    this.layer1 = courseLayer(2, hidden);
    this.layer2 = courseLayer(hidden, hidden);
    this.layer3 = courseLayer(hidden, 1);
  }

  override forward(points: Tensor): Tensor {
    const middle = this.layer2.forward(this.layer1.forward(points).relu()).relu();
    return this.layer3.forward(middle).sigmoid().flatten();
  }
}

/** A linear layer that starts as the course's: weights uniform in [-0.5, 0.5), biases 0.1. */
function courseLayer(inputs: number, outputs: number): nn.Linear {
  const layer = new nn.Linear(inputs, outputs);
  layer.weight.assign(uniform([outputs, inputs], -0.5, 0.5));
  layer.bias?.assign(full([outputs], 0.1));
  return layer;
}

/** The course's loss of each point: -log of the probability that was given to its class. */
function losses(probabilities: Tensor, labels: Tensor): Tensor {
  const given = probabilities.mul(labels).add(probabilities.sub(1).mul(labels.sub(1)));
  return given.add(EPSILON).log().neg();
}

/** What is trained, and how. */
export interface TrainingOptions {
  /** Units of each hidden layer. */
  hidden: number;
  /** Points of the dataset. */
  points: number;
  /** Points of a batch. */
  batch: number;
  /** The learning rate. */
  rate: number;
  /** What decides the points, the first weights and the order of the points. */
  seed: number;
  /** Where the tensors live. */
  device: Device;
  /** Whether the step is compiled. */
  compile: boolean;
}

/** How well a network does on all points. */
export interface Score {
  /** The sum of the losses. */
  loss: number;
  /** How many points are told right. */
  correct: number;
}

/** A network in training. */
export class Training {
  /** The points and their classes. */
  readonly dataset: data.TensorDataset<[Tensor, Tensor]>;
  /** The batches of an epoch. */
  readonly loader: data.DataLoader<[Tensor, Tensor]>;
  readonly #points: Tensor;
  readonly #labels: Tensor;
  readonly #network: Network;
  readonly #optimizer: optim.SGD;
  /** A step of the training on a batch. */
  readonly #step: (x: Tensor, y: Tensor) => void;

  constructor(name: DatasetName, options: TrainingOptions) {
    const { hidden, points, batch, rate, seed, device } = options;
    setDefaultDevice(device);
    manualSeed(seed);
    ({ points: this.#points, labels: this.#labels } = data.datasets[name](points, { seed }));
    this.dataset = new data.TensorDataset(this.#points, this.#labels);
    this.loader = new data.DataLoader(this.dataset, { batchSize: batch, shuffle: true, seed });
    this.#network = new Network(hidden);
    this.#optimizer = new optim.SGD(this.#network.parameters(), { lr: rate });
    const step = (x: Tensor, y: Tensor): void => {
      this.#optimizer.zeroGrad();
      losses(this.#network.forward(x), y).mean().backward();
      this.#optimizer.step();
    };
    this.#step = options.compile ? compile(step) : step;
  }

  /** Goes through all points once. */
  epoch(): void {
    for (const [x, y] of this.loader) this.#step(x, y);
  }

  /** How well the network does now. */
  score(): Score {
    return noGrad(() => {
      const probabilities = this.#network.forward(this.#points);
      const loss = losses(probabilities, this.#labels).sum().item();
      return { loss, correct: probabilities.gt(0.5).eq(this.#labels.gt(0.5)).sum().item() };
    });
  }

  /** The probability of class 1 at each of some points, `[n, 2]`. */
  probabilities(points: Tensor): Tensor {
    return noGrad(() => this.#network.forward(points));
  }

  /** The points with their classes, as numbers. */
  labelled(): { x: number; y: number; label: number }[] {
    const places = this.#points.data, labels = this.#labels.data;
    return Array.from(labels, (label, i) => ({ x: places[2 * i]!, y: places[2 * i + 1]!, label }));
  }
}
