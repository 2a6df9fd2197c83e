// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task parallel-check [--readme]`: how map, zip, reduce and matrix multiply run. The facts are those that the
 * library tells by `explain`; bits and times come from runs with one thread and with all.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { evaluate, explain, setThreads, type Tensor } from "@tensaur/tensaur";
import { type Contender, local, measure } from "./measure.ts";
import { type ParallelCase, parallelFamilies, type ParallelFamily } from "./parallel_cases.ts";
import { duration, machine, ratio, rewriteReadme } from "./report.ts";
import { type RunFacts, runFacts } from "./run_facts.ts";

/** Whether a result has the same bits with one thread and with all, and how long it takes with either. */
interface Comparison {
  readonly same: boolean;
  readonly alone: number;
  readonly shared: number;
}

const threads = setThreads(0);

function bytesOf(x: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = x.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The result with so many threads. */
function resultWith(count: number, build: () => Tensor): Uint8Array {
  setThreads(count);
  return bytesOf(build());
}

/** A contender that uses so many threads. */
function withThreads(count: number, build: () => Tensor): Contender {
  const { name, sample } = local(`${count}`, () => evaluate(build()));
  return {
    name,
    sample: (times) => {
      setThreads(count);
      return sample(times);
    },
  };
}

async function compare({ build }: ParallelCase): Promise<Comparison> {
  const alone = resultWith(1, build), shared = resultWith(threads, build);
  const same = alone.length === shared.length && alone.every((byte, i) => byte === shared[i]);
  const [one, all] = await measure([withThreads(1, build), withThreads(threads, build)], {
    samples: 15,
    seconds: .02,
    warmUp: .1,
  });
  setThreads(threads);
  return { same, alone: one!.median, shared: all!.median };
}

function showCase(
  { data }: ParallelCase,
  kernels: readonly RunFacts[],
  { same, alone, shared }: Comparison,
): string {
  const facts = kernels.map((kernel) =>
    Object.entries(kernel).map(([name, value]) => `      ${name.padEnd(8)} ${value}`).join("\n")
  );
  return [
    `  ${data}`,
    ...facts,
    `      the same bits as with one thread: ${same ? "yes" : "NO"}`,
    `      1 thread ${duration(alone)}, ${threads} threads ${duration(shared)}: ${ratio(alone / shared)}`,
  ].join("\n");
}

async function showFamily({ name, work, cases }: ParallelFamily): Promise<string> {
  const shown: string[] = [];
  for (const item of cases) {
    const facts = runFacts(explain(item.build())), compared = await compare(item);
    if (!compared.same) Deno.exitCode = 1;
    shown.push(showCase(item, facts, compared));
  }
  return [`${name}: ${work}`, ...shown].join("\n");
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { readme: { type: "boolean", default: false } },
});
const report: string[] = [];
for (const family of parallelFamilies()) {
  report.push(await showFamily(family));
  console.log(`${report.at(-1)}\n`);
}
const where = `Medians of one run: ${machine()}.`;
console.log(where);
if (options.readme) {
  rewriteReadme("parallel-check", ["```text", report.join("\n\n"), "```", "", where].join("\n"));
}
