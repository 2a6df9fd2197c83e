/**
 * Trains the course's network on its datasets: `deno task train --help`.
 */
// deno-lint-ignore-file no-console
import { setImmediate } from "node:timers";
import {
  data,
  full,
  manualSeed,
  nn,
  noGrad,
  optim,
  setDefaultDevice,
  type Tensor,
  uniform,
} from "@tensaur/tensaur";
import { type DatasetName, HELP, parseOptions, type TrainOptions, UsageError } from "./train_options.ts";

/** How many epochs pass from line to line. */
const LOG_EVERY = 10;
/** Keeps the logarithm of a probability finite, as the course does. */
const EPSILON = 1e-6;

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

/** How well a network does on all points. */
interface Score {
  loss: number;
  correct: number;
}

function score(network: Network, points: Tensor, labels: Tensor): Score {
  return noGrad(() => {
    const probabilities = network.forward(points);
    const loss = losses(probabilities, labels).sum().item();
    return { loss, correct: probabilities.gt(0.5).eq(labels.gt(0.5)).sum().item() };
  });
}

/** What is known at the end, or when the user stopped. */
interface Result extends Score {
  dataset: string;
  points: number;
  epochs: number;
  steps: number;
  /** Milliseconds, everything included. */
  time: number;
}

/** Trains one network; ends early when `signal` is aborted. */
async function train(name: DatasetName, options: TrainOptions, signal: AbortSignal): Promise<Result> {
  manualSeed(options.seed);
  const { points, labels } = data.datasets[name](options.points, { seed: options.seed });
  const dataset = new data.TensorDataset(points, labels);
  const loader = new data.DataLoader(dataset, {
    batchSize: options.batch,
    shuffle: true,
    seed: options.seed,
  });
  const network = new Network(options.hidden);
  const optimizer = new optim.SGD(network.parameters(), { lr: options.rate });

  const start = performance.now();
  let now: Score = { loss: NaN, correct: 0 }, epochs = 0, lineStart = start, lineEpochs = 0;
  while (epochs < options.epochs && !signal.aborted) {
    for (const [x, y] of loader) {
      optimizer.zeroGrad();
      losses(network.forward(x), y).mean().backward();
      optimizer.step();
    }
    const epoch = epochs++;
    if (epoch % LOG_EVERY === 0 || epochs === options.epochs) {
      now = score(network, points, labels);
      const time = (performance.now() - lineStart) / (epochs - lineEpochs);
      console.log(
        `Epoch ${pad(epoch, 4)}  loss ${pad(now.loss.toFixed(4), 9)}  correct ${
          pad(now.correct, 3)
        }/${dataset.length}` +
          `  ${showTime(time)} per epoch`,
      );
      lineStart = performance.now();
      lineEpochs = epochs;
    }
    await signalsHandled();
  }
  if (signal.aborted && epochs > 0) now = score(network, points, labels);
  const time = performance.now() - start;
  return { ...now, dataset: name, points: dataset.length, epochs, steps: epochs * loader.length, time };
}

/** Lets the event loop run, so that Ctrl-C is noticed between two epochs. */
function signalsHandled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function showTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.dataset,
    result.loss.toFixed(4),
    `${result.correct}/${result.points}`,
    `${result.epochs}`,
    showTime(result.time),
    showTime(result.time / result.epochs),
    showTime(result.time / result.steps),
  ]);
  rows.unshift(["dataset", "final loss", "correct", "epochs", "total time", "per epoch", "per step"]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => pad(cell, widths[column]!)).join("  ")).join("\n");
}

function showTime(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "-";
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(milliseconds * 1000).toFixed(1)} µs`;
}

function pad(value: number | string, width: number): string {
  return String(value).padStart(width);
}

async function main(options: TrainOptions): Promise<void> {
  setDefaultDevice(options.device);
  const stop = new AbortController(), results: Result[] = [];
  const interrupt = (): void => {
    stop.abort();
    Deno.removeSignalListener("SIGINT", interrupt);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  for (const dataset of options.datasets) {
    if (stop.signal.aborted) break;
    console.log(`\n${dataset}: ${options.points} points, hidden ${options.hidden}, device ${options.device}`);
    results.push(await train(dataset, options, stop.signal));
  }
  if (stop.signal.aborted) console.log("\nStopped.");
  else Deno.removeSignalListener("SIGINT", interrupt);
  console.log(`\n${showTable(results)}`);
}

try {
  const options = parseOptions(Deno.args);
  if (options === null) console.log(HELP);
  else await main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(2);
}
