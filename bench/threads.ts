// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:threads [--only TEXT] [--write]`: from which size on threads pay, what threads beyond the cores
 * cost, and what workers burn once the last kernel is done.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { evaluate, rand, setThreads, type Tensor, threads } from "@tensaur/tensaur";
import { duration, machine, markdown, ratio } from "./report.ts";
import { workersSeconds } from "./thread_times.ts";

const PAGE = "docs/threads.md";
const INTRODUCTION = `# Threads

Written by \`deno task bench:threads --write\`. Each size is computed with one thread and with all, in turns. "Faster" is
for calls that follow each other, which find the workers awake; "after a pause" is for single ones that find them asleep.
`;

/** Work of a size, to be done again and again. */
interface Work {
  readonly name: string;
  readonly sizes: readonly number[];
  prepare(size: number): () => Tensor;
}

const LENGTHS = [8, 12, 14, 15, 16, 17, 18, 19, 20, 22, 24].map((exponent) => 2 ** exponent);
const SIDES = [8, 32, 48, 64, 96, 128, 192, 256, 512, 1024];
/** So long nobody works before a call that finds the workers asleep. */
const PAUSE_MS = 2;
/** So long is a sample of calls that find the workers awake. */
const SAMPLE_MS = 1;

const vectors = (name: string, f: (x: Tensor, w: Tensor) => Tensor): Work => ({
  name,
  sizes: LENGTHS,
  prepare: (size) => {
    const [x, w] = [rand([size]), rand([size])];
    return () => f(x, w);
  },
});
const rows = (name: string, f: (x: Tensor) => Tensor): Work => ({
  name,
  sizes: LENGTHS,
  prepare: (size) => {
    const x = rand([size / 256, 256]);
    return () => f(x);
  },
});

const WORKS: readonly Work[] = [
  vectors("x + w", (x, w) => x.add(w)),
  vectors("relu(sigmoid(x·w + x) − ½)·x", (x, w) => x.mul(w).add(x).sigmoid().sub(.5).relu().mul(x)),
  vectors("exp(x)", (x) => x.exp()),
  vectors("sum of x", (x) => x.sum()),
  rows("sums of rows of 256", (x) => x.sum(1)),
  rows("sums of 256 columns", (x) => x.sum(0)),
  rows("softmax of rows of 256", (x) => x.softmax(1)),
  {
    name: "x @ w, n × n",
    sizes: SIDES,
    prepare: (n) => {
      const [x, w] = [rand([n, n]), rand([n, n])];
      return () => x.matmul(w);
    },
  },
];

/** A call, its result's bytes given back. */
const calling = (make: () => Tensor) => (): void => {
  using result = make();
  evaluate(result);
};

const large = rand([2 ** 20]);
const wake = calling(() => large.exp());

/** The least and the median seconds that each number of threads takes for a call; they take turns. */
async function compare(
  counts: readonly number[],
  rounds: number,
  work: () => void,
  rests: boolean,
): Promise<number[]> {
  const times: number[][] = counts.map(() => []);
  const calls = rests ? 1 : callsIn(SAMPLE_MS, work);
  for (let round = 0; round < rounds; round++) {
    for (const [i, count] of counts.entries()) {
      setThreads(count);
      if (rests) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      else wake();
      const start = performance.now();
      for (let call = 0; call < calls; call++) work();
      times[i]!.push((performance.now() - start) / 1000 / calls);
    }
  }
  return times.map((samples) => samples.toSorted((x, y) => x - y)[Math.floor(rounds / 2)]!);
}

/** How many calls fill so many milliseconds, once they are warm. */
function callsIn(milliseconds: number, work: () => void): number {
  for (let calls = 1;; calls *= 2) {
    const start = performance.now();
    for (let call = 0; call < calls; call++) work();
    const took = performance.now() - start;
    if (took > milliseconds) return Math.max(1, Math.round(calls * milliseconds / took));
  }
}

/** The size from which on many threads are faster by a tenth, as far as measured. */
function crossover(sizes: readonly number[], ratios: readonly number[]): string {
  const last = ratios.findLastIndex((faster) => faster < 1.1);
  return last + 1 < sizes.length ? `${sizes[last + 1]}` : "none";
}

const size = (n: number): string => n >= 2048 ? `2^${Math.log2(n)}` : `${n}`;

async function sweep(only: string): Promise<string> {
  const many = setThreads(0);
  const table = [["work", "size", "one thread", `${many} threads`, "faster", "after a pause"]];
  const summary = [[
    "work",
    `${many} threads pay from`,
    "after a pause from",
    "least ratio",
    "after a pause",
  ]];
  for (const { name, sizes, prepare } of WORKS.filter((work) => work.name.includes(only))) {
    const ratios: number[] = [], rested: number[] = [];
    for (const n of sizes) {
      const work = calling(prepare(n));
      const [one = NaN, all = NaN] = await compare([1, many], 31, work, false);
      const [oneRested = NaN, allRested = NaN] = await compare([1, many], 15, work, true);
      ratios.push(one / all);
      rested.push(oneRested / allRested);
      console.log(name, n, duration(one), duration(all), ratio(one / all), ratio(oneRested / allRested));
      table.push([
        name,
        size(n),
        duration(one),
        duration(all),
        ratio(one / all),
        ratio(oneRested / allRested),
      ]);
    }
    const least = [ratios, rested].map((all) => ratio(Math.min(...all)));
    summary.push([name, crossover(sizes, ratios), crossover(sizes, rested), ...least]);
  }
  return `${markdown(summary)}\n\n${markdown(table)}`;
}

/** What more threads than cores cost: 64 against one for each core. */
async function tooMany(): Promise<string> {
  const cores = setThreads(0);
  const table = [["work", `${cores} threads`, "64 threads", "64 take"]];
  for (
    const [at, n] of [[0, 2 ** 14], [0, 2 ** 20], [2, 2 ** 17], [3, 2 ** 20], [6, 2 ** 20], [7, 256]] as const
  ) {
    const work = calling(WORKS[at]!.prepare(n));
    const [few = NaN, lots = NaN] = await compare([cores, 64], 31, work, false);
    const slower = ratio(lots / few);
    table.push([`${WORKS[at]!.name}, ${size(n)}`, duration(few), duration(lots), slower]);
  }
  return markdown(table);
}

/** What the workers burn after each of many calls, with pauses between them. */
async function lingering(): Promise<string> {
  setThreads(0);
  const [calls, before] = [100, workersSeconds()];
  let spent = 0;
  for (let call = 0; call < calls; call++) {
    const start = performance.now();
    wake();
    spent += (performance.now() - start) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [burned, took] = [(workersSeconds() - before) / (threads() - 1) / calls, spent / calls];
  return `A call of ${duration(took)}, the only one in 10 ms, takes ${
    duration(burned)
  } of a worker's core, ` +
    "until it sleeps again.";
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { only: { type: "string", default: "" }, write: { type: "boolean", default: false } },
});
const parts = [await sweep(options.only), await tooMany(), await lingering()];
setThreads(0);
const text = `${parts.join("\n\n")}\n\nMedians of one run: ${machine()}.`;
console.log(text);
if (options.write) Deno.writeTextFileSync(PAGE, `${INTRODUCTION}\n${text}\n`);
