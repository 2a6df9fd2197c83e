/**
 * Trains the course's network on its datasets: `deno task train --help`.
 */
// deno-lint-ignore-file no-console
import { setImmediate } from "node:timers";
import { progressBar } from "../tools/progress_bar.ts";
import { HELP, parseOptions, type TrainOptions, UsageError } from "./train_options.ts";
import { decide, drawSvg, drawText } from "./train_plot.ts";
import { type DatasetName, type Score, Training } from "./training.ts";

/** How many epochs pass from line to line. */
const LOG_EVERY = 10;
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
  const training = new Training(name, options), points = training.dataset.length;
  const keepsLines = options.log || !Deno.stdout.isTerminal();
  const bar = keepsLines ? undefined : progressBar(name, options.epochs);
  const losses: [epoch: number, loss: number][] = [];
  const start = performance.now();
  let now: Score = { loss: NaN, correct: 0 }, epochs = 0, lineStart = start, lineEpochs = 0;
  while (epochs < options.epochs && !signal.aborted) {
    training.epoch();
    const epoch = epochs++;
    if (epoch % LOG_EVERY === 0 || epochs === options.epochs) {
      now = training.score();
      losses.push([epoch, now.loss]);
      const time = (performance.now() - lineStart) / (epochs - lineEpochs);
      if (bar === undefined) console.log(logLine(epoch, now, points, time));
      lineStart = performance.now();
      lineEpochs = epochs;
    }
    bar?.update(epochs, `loss ${now.loss.toFixed(4)}  correct ${now.correct}/${points}`);
    await signalsHandled();
  }
  bar?.end();
  if (signal.aborted && epochs > 0) now = training.score();
  const time = performance.now() - start;
  if (options.plot !== null) plot(name, training, losses, options.plot);
  return { ...now, dataset: name, points, epochs, steps: epochs * training.loader.length, time };
}

function logLine(epoch: number, { loss, correct }: Score, points: number, time: number): string {
  return `Epoch ${pad(epoch, 4)}  loss ${pad(loss.toFixed(4), 9)}  correct ${pad(correct, 3)}/${points}` +
    `  ${showTime(time)} per epoch`;
}

/** Draws what the network decides, here and into a file. */
function plot(name: DatasetName, training: Training, losses: [number, number][], folder: string): void {
  console.log(drawText(decide(training, 48, 20)));
  const file = `${folder}/train-${name}.svg`;
  Deno.writeTextFileSync(file, drawSvg(name, decide(training, 65, 65), losses));
  console.log(`Wrote ${file}`);
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
