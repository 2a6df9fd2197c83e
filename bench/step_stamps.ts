// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * The parts of a steady training step, in a process of its own: prints the microseconds of each as JSON.
 * `--compile` compiles the step.
 *
 * @module
 */
import { compile, type nn, optim, profile, type Tensor } from "@tensaur/tensaur";
import { library } from "../src/backend/library.ts";
import type { Storage } from "../src/backend/storage.ts";
import type { Plan } from "../src/graph/plan.ts";
import { Profiler, profiling } from "../src/graph/profiler.ts";
import { completeWords, findTrace } from "../src/graph/replay.ts";
import { tape } from "../src/graph/tape.ts";
import { median } from "./measure.ts";
import { JOB, lossOf, makeLoader, makeModel, STEPS } from "./train_step.ts";

/** What was measured, in microseconds a step. */
export interface StepTimes {
  /** The stamped parts. */
  readonly parts: Readonly<Record<Part, number>>;
  /** A step without stamps; compiled, its kernels may run beside it. */
  readonly whole: number;
  /** The kernels of each family. */
  readonly kernels: Readonly<Record<string, number>>;
  /** A call of the library that computes nothing. */
  readonly call: number;
  /** What a stamp costs. */
  readonly stamp: number;
}

/** The parts that stamps tell apart, and how often a stamp is taken in each. */
const STAMPS = {
  loader: 1,
  forward: 1,
  backward: 1,
  optimizer: 2,
  assign: 1,
  look: 1,
  run: 1,
  after: 1,
  rest: 1,
  read: 1,
} as const;

/** A part of the step. */
export type Part = keyof typeof STAMPS;

/** How many of them are taken around the call of the library. */
const WATCHED = 3;

/** Epochs before anything is measured: V8 is done with the code by then, and runs ahead have begun. */
const WARM_UP = 3000;
const SAMPLES = 100, EPOCHS = 20, CALLS = 100_000;

const spent = Object.fromEntries(Object.keys(STAMPS).map((part) => [part, 0])) as Record<Part, number>;
let last = 0;

/** What passed since the last stamp belongs to a part. */
function stamp(part: Part): void {
  const now = performance.now();
  spent[part] += now - last;
  last = now;
}

/** Stamps the call of the library. The key is made and looked for once more, so that this can be told from the rest. */
class Watch extends Profiler {
  override run(plan: Plan, slots: readonly Storage[], params: Float64Array<ArrayBuffer>): void {
    if (tape.assignments === 0) return plan.executable.run(slots, params);
    stamp("assign");
    const length = completeWords("step", []);
    if (tape.follower === null) findTrace(length);
    const before = spent.look;
    stamp("look");
    spent.assign -= spent.look - before;
    plan.executable.run(slots, params);
    stamp("run");
  }
}

/** Stamps where the updates end. */
class StampedSGD extends optim.SGD {
  protected override update(index: number, parameter: nn.Parameter, gradient: Tensor): void {
    super.update(index, parameter, gradient);
    if (index === this.parameters.length - 1) stamp("optimizer");
  }
}

function makeEpoch(compiled: boolean): () => void {
  const model = makeModel(), loader = makeLoader(true);
  const optimizer = new StampedSGD(model.parameters(), { lr: JOB.rate });
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    stamp("optimizer");
    const loss = lossOf(model, x, y);
    stamp("forward");
    loss.backward();
    stamp("backward");
    optimizer.step();
    stamp("after");
    return loss;
  };
  const train = compiled ? compile(step) : step;
  return () => {
    for (const [x, y] of loader) {
      stamp("loader");
      const loss = train(x, y);
      stamp("rest");
      loss.item();
      stamp("read");
    }
  };
}

/** The median over samples of what a function takes, in microseconds, of so many parts. */
function timed(work: () => void, parts: number): number {
  return median(Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) * 1000 / parts;
  }));
}

function repeat(count: number, work: () => void): () => void {
  return () => {
    for (let i = 0; i < count; i++) work();
  };
}

/** The medians over samples of each part. */
function partsOf(epoch: () => void): Record<Part, number> {
  const names = Object.keys(STAMPS) as Part[], samples = names.map((): number[] => []);
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const name of names) spent[name] = 0;
    last = performance.now();
    for (let i = 0; i < EPOCHS; i++) epoch();
    names.forEach((name, i) => samples[i]!.push(spent[name] * 1000 / EPOCHS / STEPS));
  }
  return Object.fromEntries(names.map((name, i) => [name, median(samples[i]!)])) as Record<Part, number>;
}

/** The kernels of the steps by family; those of the loader belong to it. */
function kernelsOf(epoch: () => void): Record<string, number> {
  const families: Record<string, number> = {};
  const { kernels } = profile(() => repeat(SAMPLES * EPOCHS, epoch)());
  for (const { name, milliseconds } of kernels) {
    const family = name.split(":")[0]!;
    if (family === "gather") continue;
    families[family] = (families[family] ?? 0) + milliseconds * 1000 / SAMPLES / EPOCHS / STEPS;
  }
  return families;
}

if (import.meta.main) {
  const epoch = makeEpoch(Deno.args.includes("--compile"));
  profiling.profiler = new Watch(null);
  repeat(WARM_UP, epoch)();
  const parts = partsOf(epoch);
  profiling.profiler = null;
  const kernels = kernelsOf(epoch);
  repeat(WARM_UP, epoch)();
  const whole = timed(repeat(EPOCHS, epoch), EPOCHS * STEPS);
  const empty = library.planCreate(Float64Array.of(0), 1);
  const call = timed(repeat(CALLS, () => void library.planRun(empty, 0, 0, 0, 0)), CALLS);
  library.planFree(empty);
  const cost = timed(repeat(CALLS, () => stamp("rest")), CALLS);
  for (const [name, count] of Object.entries(STAMPS)) parts[name as Part] -= count * cost;
  const count = Object.values(STAMPS).reduce((sum, each) => sum + each, 0) - WATCHED;
  const times: StepTimes = { parts, whole: whole - count * cost, kernels, call, stamp: cost };
  console.log(JSON.stringify(times));
}
