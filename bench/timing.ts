// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task timing [--device cuda] [--most SIZE] [--limit SECONDS] [--write]`: products of two matrices, batches of 2,
 * in every size from 64 to 2048, by a plain loop, on the `reference` device (simple), on the CPU (fast) and, if one is
 * named, on a GPU (gpu).
 *
 * The summary counts the making of both inputs, as the course's script does, and for a GPU their way there and the
 * product's way back; the table has both. `--write` puts
 * the table into the README and the chart into docs/timing.svg.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Device, evaluate, rand, synchronize, type Tensor } from "@tensaur/tensaur";
import { deviceOrExit, isGpu } from "../tools/device.ts";
import { lineChart, type Series } from "../tools/line_chart.ts";
import { progressBar } from "../tools/progress_bar.ts";
import { drawing } from "../tools/svg.ts";
import { machine, markdown, rewriteReadme, type Table } from "./report.ts";

const BATCH = 2;
const TRIALS = 3;
/** How long products are repeated at least, their inputs at hand. */
const LEAST_SECONDS = .1;
const SMALLEST = 64;
/** All are run at this size first. */
const WARM_UP = 16;
const CHART_FILE = "docs/timing.svg";

/** A product that can be computed again and again. */
interface Product {
  /** Computes it, to the end. */
  readonly multiply: () => void;
  /** Brings it into the process, if it is elsewhere. */
  readonly bring?: () => void;
}

/** Somebody who multiplies. */
interface Multiplier {
  readonly name: string;
  /** Makes the inputs. */
  readonly prepare: (size: number) => Product;
}

/** Mean seconds of a product, with and without the making of its inputs and all transfers. */
interface Timed {
  readonly name: string;
  readonly size: number;
  readonly whole: number;
  readonly product: number;
}

/** The best seconds that others have reported of the course's own, with the making of inputs, batches of 2. */
const REPORTED: readonly Series[] = [
  {
    name: "course: fast (best reported)",
    points: [[64, .0013], [128, .0062], [256, .034], [512, .22], [1024, 2.8]],
    dashed: true,
  },
  {
    name: "course: GPU (best reported)",
    points: [[64, .0039], [128, .009], [256, .03], [512, .12], [1024, .5]],
    dashed: true,
  },
];

/** The product as one would first write it. */
function plainLoop(size: number): Product {
  const random = (): Float32Array => Float32Array.from({ length: BATCH * size * size }, Math.random);
  const [a, b, out] = [random(), random(), new Float32Array(BATCH * size * size)];
  const multiply = (): void => {
    for (let start = 0; start < out.length; start += size * size) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          let sum = 0;
          for (let k = 0; k < size; k++) sum += a[start + i * size + k]! * b[start + k * size + j]!;
          out[start + i * size + j] = sum;
        }
      }
    }
  };
  return { multiply };
}

function onDevice(device: Device): (size: number) => Product {
  return (size) => {
    const random = (): Tensor => rand([BATCH, size, size], { device });
    const [a, b] = [random(), random()];
    evaluate(a, b);
    return { multiply: () => evaluate(a.matmul(b)) };
  };
}

/** On a GPU, from inputs that are made in the process. */
function onGpu(device: Device): (size: number) => Product {
  return (size) => {
    const random = (): Tensor => rand([BATCH, size, size], { device: "cpu" }).to(device);
    const [a, b] = [random(), random()];
    let product: Tensor;
    return {
      multiply: () => {
        evaluate(product = a.matmul(b));
        synchronize(device);
      },
      bring: () => product.data,
    };
  };
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    device: { type: "string", default: "cpu" },
    most: { type: "string", default: "2048" },
    limit: { type: "string", default: "8" },
    write: { type: "boolean", default: false },
  },
});
const device = deviceOrExit(options.device);
const MULTIPLIERS: readonly Multiplier[] = [
  { name: "loop", prepare: plainLoop },
  { name: "simple", prepare: onDevice("reference") },
  { name: "fast", prepare: onDevice("cpu") },
  ...isGpu(device) ? [{ name: "gpu", prepare: onGpu(device) }] : [],
];

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** The mean of a few times, or of many if it is short. */
function meanSeconds(work: () => void, first: number): number {
  const times = Math.max(1, Math.ceil(LEAST_SECONDS / TRIALS / first));
  return seconds(() => {
    for (let i = 0; i < times; i++) work();
  }) / times;
}

/** Times trials, one after another; a slow one is not repeated. */
function time({ name, prepare }: Multiplier, size: number, limit: number): Timed {
  const trials: [whole: number, product: number][] = [];
  while (trials.length < TRIALS && !(trials.length > 0 && trials[0]![0] > limit / 2)) {
    const start = performance.now(), { multiply, bring } = prepare(size);
    const made = (performance.now() - start) / 1000;
    const first = seconds(multiply), brought = bring === undefined ? 0 : seconds(bring);
    trials.push([made + first + brought, meanSeconds(multiply, first)]);
  }
  const mean = (which: 0 | 1): number => trials.reduce((sum, trial) => sum + trial[which], 0) / trials.length;
  return { name, size, whole: mean(0), product: mean(1) };
}

/** All sizes; who would take longer than `limit` seconds for a size drops out. */
function sweep(sizes: readonly number[], limit: number): Timed[] {
  const bar = progressBar("timing", sizes.length * MULTIPLIERS.length);
  const results: Timed[] = [];
  for (const multiplier of MULTIPLIERS) time(multiplier, WARM_UP, limit);
  for (const [row, size] of sizes.entries()) {
    for (const [column, multiplier] of MULTIPLIERS.entries()) {
      bar?.update(row * MULTIPLIERS.length + column, `${multiplier.name} ${size}`);
      const before = results.findLast(({ name }) => name === multiplier.name);
      const expected = before === undefined ? 0 : before.whole * (size / before.size) ** 3;
      if (expected <= limit) results.push(time(multiplier, size, limit));
    }
  }
  bar?.end();
  return results;
}

function gigaflops({ size, product }: Timed): string {
  return `${(2 * BATCH * size ** 3 / product / 1e9).toPrecision(3)} GFLOP/s`;
}

/** The summary in the course's form, with the rate added. */
function summary(results: readonly Timed[]): string {
  const lines = ["Timing summary"];
  for (const size of new Set(results.map((timed) => timed.size))) {
    lines.push(`Size: ${size}`);
    for (const timed of results.filter((other) => other.size === size)) {
      lines.push(`    ${timed.name}: ${timed.whole.toFixed(5)}  (${gigaflops(timed)} without the inputs)`);
    }
  }
  return lines.join("\n");
}

function table(results: readonly Timed[]): Table {
  const head = ["size", ...MULTIPLIERS.flatMap(({ name }) => [`${name}, s`, "product alone, s", "rate"])];
  const rows = [...new Set(results.map((timed) => timed.size))].map((size) => [
    `${size}`,
    ...MULTIPLIERS.flatMap(({ name }) => {
      const timed = results.find((other) => other.size === size && other.name === name);
      return timed === undefined
        ? ["", "", ""]
        : [timed.whole.toFixed(5), timed.product.toFixed(5), gigaflops(timed)];
    }),
  ]);
  return [head, ...rows];
}

function chart(results: readonly Timed[], sizes: readonly number[]): string {
  const [width, height] = [720, 420];
  const pointsOf = (name: string): [number, number][] =>
    results.filter((timed) => timed.name === name).map(({ size, whole }) => [size, whole]);
  return drawing(
    width,
    height,
    ...lineChart({
      title: `Two matrices multiplied, batches of ${BATCH}, the making of inputs included`,
      x: { title: "size", log: true, marks: sizes },
      y: { title: "seconds", log: true },
      series: [...MULTIPLIERS.map(({ name }) => ({ name, points: pointsOf(name) })), ...REPORTED],
      width,
      height,
    }),
  );
}

const sizes: number[] = [];
for (let size = SMALLEST; size <= Number(options.most); size *= 2) sizes.push(size);
const results = sweep(sizes, Number(options.limit));
console.log(summary(results));
const transfers = isGpu(device)
  ? "; those of the GPU with all transfers, its product alone without them"
  : "";
const text = `${
  markdown(table(results))
}\n\nMeans of up to ${TRIALS} trials, batches of ${BATCH}${transfers}: ${machine()}.`;
console.log(`\n${text}`);
if (options.write) {
  Deno.writeTextFileSync(CHART_FILE, chart(results, sizes));
  rewriteReadme("timing", text);
}
