/**
 * The course's training on the public surface and by hand: the network 2 → 100 → 100 → 1, batches of 10 of
 * 50 points, rate 0.05.
 *
 * @module
 */
import { compile, data, nn, optim, type Tensor } from "@tensaur/tensaur";
import { HandWrittenNetwork } from "./hand_written.ts";

/** The sizes of the job. */
export const JOB = { points: 50, batch: 10, hidden: 100, rate: .05, epochs: 500 } as const;

/** How many steps an epoch has. */
export const STEPS: number = JOB.points / JOB.batch;

/** Trains an epoch from where the last one ended; returns the last batch's loss if losses are to be read. */
export type Epoch = (readLoss: boolean) => number;

/** The points of the job, and their labels as a column. */
function makePoints(): [Tensor, Tensor] {
  const { points, labels } = data.datasets.xor(JOB.points);
  return [points, labels.reshape([-1, 1])];
}

/** The network of the job. */
export function makeModel(): nn.Sequential {
  return new nn.Sequential(
    new nn.Linear(2, JOB.hidden),
    new nn.ReLU(),
    new nn.Linear(JOB.hidden, JOB.hidden),
    new nn.ReLU(),
    new nn.Linear(JOB.hidden, 1),
    new nn.Sigmoid(),
  );
}

/** The batches of the job. */
export function makeLoader(shuffle: boolean): data.DataLoader<[Tensor, Tensor]> {
  return new data.DataLoader(new data.TensorDataset(...makePoints()), { batchSize: JOB.batch, shuffle });
}

/** What the model makes of a batch, and how far it is from the labels. */
export function lossOf(model: nn.Sequential, x: Tensor, y: Tensor): Tensor {
  const o = model.forward(x);
  const p = o.mul(y).add(o.sub(1).mul(y.sub(1)));
  return p.log().neg().mean();
}

/** The training on the public surface. */
export function makeTraining(model: nn.Sequential, shuffle: boolean, compiled = false): Epoch {
  const loader = makeLoader(shuffle);
  const optimizer = new optim.SGD(model.parameters(), { lr: JOB.rate });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = lossOf(model, x, y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const train = compiled ? compile(step) : step;
  return (readLoss) => {
    let last = NaN;
    for (const [x, y] of loader) {
      const loss = train(x, y);
      if (readLoss) last = loss.item();
    }
    return last;
  };
}

/** The same training over typed arrays, from copies of the model's parameters. */
export function makeHandWrittenTraining(model: nn.Sequential, shuffle: boolean): Epoch {
  const [points, labels] = makePoints().map((tensor) => tensor.data as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  const parameters = model.parameters().map((parameter) => parameter.data as Float32Array);
  const network = new HandWrittenNetwork(parameters, JOB.hidden, JOB.batch, JOB.rate);
  const order = Array.from(labels.keys());
  const batch = { x: new Float32Array(2 * JOB.batch), y: new Float32Array(JOB.batch) };
  return () => {
    if (shuffle) shuffleInPlace(order);
    let last = NaN;
    for (let start = 0; start < JOB.points; start += JOB.batch) {
      for (let i = 0; i < JOB.batch; i++) {
        const chosen = order[start + i]!;
        batch.x[2 * i] = points[2 * chosen]!;
        batch.x[2 * i + 1] = points[2 * chosen + 1]!;
        batch.y[i] = labels[chosen]!;
      }
      last = network.step(batch.x, batch.y);
    }
    return last;
  };
}

function shuffleInPlace(items: number[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}

/** Throws if the library and the hand-written loops do not come to the same losses. */
export function checkAgreement(): void {
  const model = makeModel();
  const byHand = makeHandWrittenTraining(model, false);
  const ours = makeTraining(model, false);
  for (let epoch = 0; epoch < 20; epoch++) {
    const [loss, expected] = [ours(true), byHand(true)];
    if (Math.abs(loss - expected) <= 1e-3 * expected) continue;
    throw new Error(`The losses of epoch ${epoch} differ: ${loss}, and ${expected} by hand`);
  }
}
