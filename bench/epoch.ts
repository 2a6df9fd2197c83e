// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:epoch [--readme]`: the course's training on three datasets, with two sizes of the hidden layers;
 * the backends take turns, a training each, and the course's simple one some epochs.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Device } from "@tensaur/tensaur";
import type { DatasetName } from "../examples/training.ts";
import { progressBar } from "../tools/progress_bar.ts";
import type { EpochReply, EpochRequest } from "./epoch_worker.ts";
import { duration, machine, markdown, ratio, rewriteReadme, type Table } from "./report.ts";

/** A way to compute the training. */
interface Backend {
  readonly name: string;
  readonly device: Device;
  /** Whether each op is computed by itself when it is made, as the course's backends do. */
  readonly eager: boolean;
  /** Whether it is the course's simple backend. */
  readonly simple: boolean;
  /** The epochs of a piece. */
  readonly turn: number;
  /** The epochs of a training. */
  readonly epochs: number;
}

/** The epochs of a training, and of the pieces that are measured. */
const EPOCHS = 500, TURN = 50;
/** How often each backend trains. */
const ROUNDS = 3;
/** The pieces that are not counted at the start of a training: plans are built and loops compiled. */
const WARM_UP = 2;
const BACKENDS: readonly Backend[] = [
  { name: "cpu", device: "cpu", eager: false, simple: false, turn: TURN, epochs: EPOCHS },
  { name: "reference", device: "reference", eager: false, simple: false, turn: TURN, epochs: EPOCHS },
  {
    name: "reference, op by op",
    device: "reference",
    eager: true,
    simple: false,
    turn: TURN,
    epochs: EPOCHS,
  },
  { name: "course's `SimpleOps`", device: "cpu", eager: false, simple: true, turn: 1, epochs: WARM_UP + 1 },
];
const DATASETS: readonly DatasetName[] = ["simple", "split", "xor"];
/** The sizes, and the seconds of an epoch that others have reported for the course's own: best and median. */
const REPORTED: Readonly<Record<number, { cpu: string; gpu: string }>> = {
  100: { cpu: ".063 s, .12 s", gpu: ".275 s, 1.6 s" },
  200: { cpu: ".091 s, .28 s", gpu: "1.11 s, 1.7 s" },
};
const COMMON = { points: 50, batch: 10, rate: .05, seed: 1, compile: false };
/** A log has a line for every so many turns. */
const LOG_TURNS = 2;

/**
 * A backend's worker. It reads the environment while it starts, so each has the engine's mode that it wants, if the
 * next one is not made before it has answered.
 */
class Trainer implements Disposable {
  readonly #worker: Worker;

  constructor(readonly backend: Backend) {
    Deno.env.set("TENSAUR_EAGER", backend.eager ? "1" : "0");
    this.#worker = new Worker(new URL("./epoch_worker.ts", import.meta.url), { type: "module" });
  }

  begin(name: DatasetName, hidden: number): Promise<EpochReply> {
    const { device, simple } = this.backend;
    return this.#ask({ begin: name, options: { ...COMMON, hidden, device }, simple });
  }

  goOn(): Promise<EpochReply> {
    return this.#ask({ epochs: this.backend.turn });
  }

  #ask(request: EpochRequest): Promise<EpochReply> {
    const { promise, resolve, reject } = Promise.withResolvers<EpochReply>();
    this.#worker.onmessage = ({ data }: MessageEvent<EpochReply>) => resolve(data);
    this.#worker.onerror = reject;
    this.#worker.postMessage(request);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** The trainings of a backend. */
interface Run {
  readonly backend: Backend;
  /** What was measured of each piece of the last one. */
  log: EpochReply[];
  /** The times of an epoch in all of them. */
  readonly seconds: number[];
}

/** Trains with all backends in turn, some times over. */
async function train(trainers: readonly Trainer[], name: DatasetName, hidden: number): Promise<Run[]> {
  const runs = trainers.map(({ backend }): Run => ({ backend, log: [], seconds: [] }));
  const bar = progressBar(`${name}, hidden ${hidden}`, ROUNDS * trainers.length);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, trainer] of trainers.entries()) {
      const { turn, epochs } = trainer.backend, run = runs[i]!, log: EpochReply[] = [];
      await trainer.begin(name, hidden);
      for (let epoch = 0; epoch < epochs; epoch += turn) log.push(await trainer.goOn());
      run.log = log;
      run.seconds.push(...log.slice(WARM_UP).map(({ seconds }) => seconds));
      bar?.update(round * trainers.length + i + 1);
    }
  }
  bar?.end();
  return runs;
}

/** The median of an epoch's time. */
function epochTime({ seconds }: Run): number {
  const sorted = seconds.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function rowsOf(name: DatasetName, hidden: number, runs: readonly Run[]): Table {
  const { cpu, gpu } = REPORTED[hidden]!, ours = epochTime(runs[0]!);
  return runs.map((run) => {
    const { loss, correct } = run.log.at(-1)!, { backend } = run, time = epochTime(run);
    const faster = run === runs[0] ? "" : `**${ratio(time / ours)}**`;
    // After few epochs there is no score to compare.
    const score = backend.turn < TURN ? ["", ""] : [loss.toFixed(3), `${correct}/${COMMON.points}`];
    return [name, `${hidden}`, backend.name, ...score, duration(time), faster, cpu, gpu];
  });
}

function logOf(name: DatasetName, hidden: number, { backend, log }: Run): string {
  const lines = log.map(({ loss, correct, seconds }, turn) =>
    `Epoch ${`${(turn + 1) * TURN}`.padStart(3)}  loss ${loss.toFixed(4).padStart(8)}  correct ${correct}` +
    `/${COMMON.points}  ${duration(seconds)} per epoch`
  );
  const title = `${name}, hidden ${hidden}, ${backend.name}`;
  return [title, ...lines.filter((_, turn) => turn === 0 || (turn + 1) % LOG_TURNS === 0)].join("\n");
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { readme: { type: "boolean", default: false } },
});
using stack = new DisposableStack();
const trainers: Trainer[] = [];
for (const backend of BACKENDS) {
  const trainer = stack.use(new Trainer(backend));
  await trainer.begin(DATASETS[0]!, 1);
  trainers.push(trainer);
}
// V8 compiles the engine in the course of some hundred epochs: a training that is not counted comes first.
await train(trainers, DATASETS[0]!, 100);
const rows: string[][] = [], logs: string[] = [];
for (const hidden of Object.keys(REPORTED).map(Number)) {
  for (const name of DATASETS) {
    const runs = await train(trainers, name, hidden);
    rows.push(...rowsOf(name, hidden, runs).map((row) => [...row]));
    const trained = runs.filter(({ backend }) => backend.turn === TURN);
    logs.push(...trained.map((run) => logOf(name, hidden, run)));
    console.log(logs.slice(-trained.length).join("\n\n"), "\n");
  }
}
const head = ["dataset", "hidden", "backend", "final loss", "correct", "an epoch", "cpu is faster"];
const table = markdown([[...head, "course, CPU: best, median", "course, GPU: best, median"], ...rows]);
const text = `${table}\n\nMedians of an epoch, ${ROUNDS} trainings of each backend in turn, the first ` +
  `${WARM_UP * TURN} of ${EPOCHS} epochs left out, after a training that is not counted; of \`SimpleOps\` ` +
  `an epoch each: ${machine()}.`;
console.log(text);
if (options.readme) {
  const shown = [
    "<details>",
    "<summary>The logs</summary>",
    "",
    "```text",
    logs.join("\n\n"),
    "```",
    "",
    "</details>",
  ];
  rewriteReadme("epoch", `${text}\n\n${shown.join("\n")}`);
}
