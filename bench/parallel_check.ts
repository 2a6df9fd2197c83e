// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task parallel-check [--device cuda] [--size N] [--samples N] [--readme]`: how map, zip, reduce and matrix multiply run. The
 * facts are those that the library tells by `explain`; bits and times come from runs with one thread and with all, or,
 * on a GPU, from runs there and on the CPU.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Device, evaluate, explain, setThreads, synchronize, type Tensor } from "@tensaur/tensaur";
import { deviceOrExit, isGpu } from "../tools/device.ts";
import { type Contender, local, measure } from "./measure.ts";
import { type ParallelCase, parallelFamilies } from "./parallel_cases.ts";
import { duration, machine, ratio, rewriteReadme } from "./report.ts";
import { type RunFacts, runFacts } from "./run_facts.ts";

/** One of the two ways in which a result is computed. */
interface Way {
  readonly name: string;
  readonly device: Device;
  /** CPU threads. */
  readonly threads: number;
}

/** Whether a result has the same bits in both ways, and how long it takes in either. */
interface Comparison {
  readonly same: boolean;
  readonly plain: number;
  readonly parallel: number;
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    device: { type: "string", default: "cpu" },
    size: { type: "string", default: "2048" },
    samples: { type: "string", default: "15" },
    readme: { type: "boolean", default: false },
  },
});
const device = deviceOrExit(options.device), size = Number(options.size), threads = setThreads(0);
const all: Way = { name: `${threads} threads`, device: "cpu", threads };
const [plain, parallel]: readonly [Way, Way] = isGpu(device)
  ? [all, { name: device, device, threads }]
  : [{ name: "1 thread", device, threads: 1 }, { ...all, device }];

function bytesOf(x: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = x.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The result in a way. */
function resultIn(way: Way, build: () => Tensor): Uint8Array {
  setThreads(way.threads);
  return bytesOf(build());
}

/** A contender that computes in a way, to the end. */
function contender({ name, device, threads }: Way, build: () => Tensor): Contender {
  const { sample } = local(name, () => {
    evaluate(build());
    if (isGpu(device)) synchronize(device);
  });
  return {
    name,
    sample: (times) => {
      setThreads(threads);
      return sample(times);
    },
  };
}

async function compare(one: ParallelCase, other: ParallelCase): Promise<Comparison> {
  const alone = resultIn(plain, one.build), shared = resultIn(parallel, other.build);
  const same = alone.length === shared.length && alone.every((byte, i) => byte === shared[i]);
  const [first, second] = await measure([contender(plain, one.build), contender(parallel, other.build)], {
    samples: Number(options.samples),
    seconds: .02,
    warmUp: .1,
  });
  setThreads(threads);
  return { same, plain: first!.median, parallel: second!.median };
}

function showCase({ data }: ParallelCase, kernels: readonly RunFacts[], compared: Comparison): string {
  const facts = kernels.map((kernel) =>
    Object.entries(kernel).map(([name, value]) => `      ${name.padEnd(8)} ${value}`).join("\n")
  );
  const times = `${plain.name} ${duration(compared.plain)}, ${parallel.name} ${duration(compared.parallel)}`;
  return [
    `  ${data}`,
    ...facts,
    `      the same bits as with ${plain.name}: ${compared.same ? "yes" : "NO"}`,
    `      ${times}: ${ratio(compared.plain / compared.parallel)}`,
  ].join("\n");
}

const report: string[] = [];
const families = parallelFamilies(parallel.device, size);
const others = plain.device === parallel.device ? families : parallelFamilies(plain.device, size);
for (const [number, { name, work, cases }] of families.entries()) {
  const shown: string[] = [];
  for (const [i, item] of cases.entries()) {
    const facts = runFacts(explain(item.build())), compared = await compare(others[number]!.cases[i]!, item);
    if (!compared.same) Deno.exitCode = 1;
    shown.push(showCase(item, facts, compared));
  }
  report.push([`${name}: ${work}`, ...shown].join("\n"));
  console.log(`${report.at(-1)}\n`);
}
const where = `Medians of one run: ${machine()}.`;
console.log(where);
if (options.readme) {
  rewriteReadme("parallel-check", ["```text", report.join("\n\n"), "```", "", where].join("\n"));
}
