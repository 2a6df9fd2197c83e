// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:limits [--json FILE] [--readme]`: what this machine can do at most, with one thread and with all:
 * the peak of fused multiply-adds, the bandwidths of caches and memory; and what a call and a plan cost that do next
 * to nothing.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { evaluate, type ProfileLimits, rand, threads } from "@tensaur/tensaur";
import { type Limit, MachineLimits } from "./machine_limits.ts";
import { type Contender, local, measure, type Timing } from "./measure.ts";
import { duration, machine, markdown, rewriteReadme } from "./report.ts";

/** How much of each level is read: half of what the caches of common machines hold, for each thread. */
const LEVELS = { "L1": 2 ** 14, "L2": 2 ** 19, "L3": 2 ** 22 } as const;
const MEMORY = 2 ** 28;
/** How many bytes a sample reads from a cache. */
const READ = 2 ** 28;

function limitsOf(machine: MachineLimits, count: number): Limit[] {
  return [
    machine.multiplyAdd("float32"),
    machine.multiplyAdd("float64"),
    machine.multiplyAdd("float32_avx2"),
    machine.multiplyAdd("float64_avx2"),
    ...Object.entries(LEVELS).map(([level, bytes]) => machine.read(level, bytes, READ / bytes)),
    machine.read("memory", MEMORY / count, 1),
    machine.move("copy in memory: read one array, write one", 1, MEMORY, false),
    machine.move("triad in memory: read two arrays, write one", 2, MEMORY, false),
    machine.move("triad in memory, written past the caches", 2, MEMORY, true),
  ];
}

const contender = ({ what, work }: Limit): Contender => local(what, work);

/** What was reached, in 10⁹ a second. */
function rateOf({ amount }: Limit, { median }: Timing): number {
  return amount / median / 1e9;
}

function shown(rate: number, { unit }: Limit): string {
  return `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)} ${unit}`;
}

/** The limits that `profile` takes: the peak of float32, and the best that the memory gave. */
function forProfiles(limits: readonly Limit[], rates: readonly number[]): ProfileLimits {
  const memory = rates.filter((_, i) => limits[i]!.what.includes("memory"));
  return { gigaflopsPerSecond: rates[0]!, gigabytesPerSecond: Math.max(...memory) };
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { json: { type: "string" }, readme: { type: "boolean", default: false } },
});
const all = threads(), loops = MachineLimits.compile(1);
const rows: string[][] = [["the machine", "one thread", all === 1 ? "" : `${all} threads`]];
if (loops !== undefined) {
  const one = limitsOf(loops, 1), many = limitsOf(loops.withThreads(all), all);
  const timings = await measure([...one, ...many].map(contender), { samples: 9, seconds: .02, warmUp: .05 });
  const alone = one.map((limit, i) => rateOf(limit, timings[i]!));
  const together = many.map((limit, i) => rateOf(limit, timings[one.length + i]!));
  one.forEach((limit, i) => {
    rows.push([limit.what, shown(alone[i]!, limit), all === 1 ? "" : shown(together[i]!, limit)]);
  });
  if (options.json !== undefined) {
    Deno.writeTextFileSync(options.json, `${JSON.stringify(forProfiles(many, together), null, 2)}\n`);
  }
}
const x = rand([1]), y = rand([1]);
evaluate(x, y);
const calls: Contender[] = [local("a plan of one element, replayed", () => evaluate(x.add(y)))];
if (loops !== undefined) calls.push(local("a call into a library", () => loops.call()));
for (const { name, median } of await measure(calls)) rows.push([name, duration(median), ""]);
const text = `${markdown(rows)}\n\nMedians of one run: ${machine()}.`;
console.log(text);
if (options.readme) rewriteReadme("bench:limits", text);
