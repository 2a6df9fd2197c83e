// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:epoch [--readme]`: the course's training on three datasets, with two sizes of the hidden layers;
 * both devices take turns, ten epochs each.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Device } from "@tensaur/tensaur";
import { progressBar } from "../tools/progress_bar.ts";
import { type DatasetName, Training } from "../examples/training.ts";
import { duration, machine, markdown, ratio, rewriteReadme } from "./report.ts";

const DATASETS: readonly DatasetName[] = ["simple", "split", "xor"];
const DEVICES: readonly Device[] = ["cpu", "reference"];
/** The sizes, and the seconds of an epoch that others have reported for the course's own: best and median. */
const REPORTED: Readonly<Record<number, { cpu: string; gpu: string }>> = {
  100: { cpu: ".063 s, .12 s", gpu: ".275 s, 1.6 s" },
  200: { cpu: ".091 s, .28 s", gpu: "1.11 s, 1.7 s" },
};
const EPOCHS = 500;
/** A turn. */
const TURN = 10;
/** What is not counted at the start of a training: plans are built and loops compiled. */
const WARM_UP = 5 * TURN;

/** A training with the seconds of an epoch in each of its turns. */
interface Run {
  readonly device: Device;
  readonly training: Training;
  readonly turns: number[];
}

function begin(name: DatasetName, hidden: number, device: Device): Run {
  const options = { hidden, points: 50, batch: 10, rate: .05, seed: 1, device };
  return { device, training: new Training(name, options), turns: [] };
}

function takeTurn({ training, turns }: Run): void {
  const start = performance.now();
  for (let i = 0; i < TURN; i++) training.epoch();
  turns.push((performance.now() - start) / 1000 / TURN);
}

/** The median of an epoch's time, the first turns left out. */
function epochTime({ turns }: Run): number {
  const counted = turns.slice(WARM_UP / TURN).toSorted((a, b) => a - b);
  return counted[Math.floor(counted.length / 2)] ?? NaN;
}

function result(run: Run): string[] {
  const { loss, correct } = run.training.score();
  return [loss.toFixed(3), `${correct}/${run.training.dataset.length}`];
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { readme: { type: "boolean", default: false } },
});
const head = [
  "dataset",
  "hidden",
  "device",
  "final loss",
  "correct",
  "an epoch",
  "cpu is faster",
  "course, CPU: best, median",
  "course, GPU: best, median",
];
const rows = [head];
for (const hidden of Object.keys(REPORTED).map(Number)) {
  for (const name of DATASETS) {
    const runs = DEVICES.map((device) => begin(name, hidden, device));
    const bar = progressBar(`${name}, hidden ${hidden}`, EPOCHS);
    for (let epoch = 0; epoch < EPOCHS; epoch += TURN) {
      for (const run of runs) takeTurn(run);
      bar?.update(epoch + TURN);
    }
    bar?.end();
    const best = epochTime(runs[0]!);
    for (const run of runs) {
      const { cpu, gpu } = REPORTED[hidden]!;
      const time = epochTime(run), faster = run === runs[0] ? "" : `**${ratio(time / best)}**`;
      rows.push([name, `${hidden}`, run.device, ...result(run), duration(time), faster, cpu, gpu]);
    }
  }
}
const text =
  `${markdown(rows)}\n\nMedians of an epoch, both devices in turn, the first ${WARM_UP} of ${EPOCHS} ` +
  `epochs left out: ${machine()}.`;
console.log(text);
if (options.readme) rewriteReadme("epoch", text);
