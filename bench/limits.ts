// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:limits [--readme]`: what this machine can do at most, with one thread and with all: the peak of
 * fused multiply-adds, the bandwidths of caches and memory; and what a call and a plan cost that do next to nothing.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { evaluate, rand, threads } from "@tensaur/tensaur";
import { aligned, compileC } from "./c_library.ts";
import { type Contender, local, measure } from "./measure.ts";
import { duration, machine, markdown, rewriteReadme, type Table } from "./report.ts";

/** What `limits.c` does in a round of a thread: 12 sums of 16 lanes, two operations each. */
const FLOPS_A_ROUND = 12 * 16 * 2;
const ROUNDS = 200_000;
/** How much of each level is read: half of what the caches of common machines hold, for each thread. */
const LEVELS = { "L1": 2 ** 14, "L2": 2 ** 19, "L3": 2 ** 22 } as const;
const MEMORY = 2 ** 28;
/** How many bytes a sample reads from a cache. */
const READ = 2 ** 28;

/** Something that is measured, and how much of it is done in one go. */
interface Limit {
  readonly what: string;
  readonly unit: "GFLOP/s" | "GB/s";
  readonly amount: number;
  work(): void;
}

const symbols = compileC("limits", {
  multiply_add: { parameters: ["buffer", "u32", "u32"], result: "void" },
  multiply_add_half: { parameters: ["buffer", "u32", "u32"], result: "void" },
  read_bytes: { parameters: ["buffer", "buffer", "u32", "u32", "u32"], result: "void" },
  move_bytes: { parameters: ["buffer", "buffer", "buffer", "u32", "u32", "u32"], result: "void" },
  nothing: { parameters: [], result: "void" },
});

function limitsOf(
  library: NonNullable<typeof symbols>,
  count: number,
  arrays: Float32Array<ArrayBuffer>[],
): Limit[] {
  const [a, b, out] = arrays as [typeof arrays[0], typeof arrays[0], typeof arrays[0]];
  const read = (what: string, bytes: number, rounds: number): Limit => ({
    what: `read from ${what}`,
    unit: "GB/s",
    amount: bytes * rounds * count,
    work: () => library.read_bytes(a, out, bytes, rounds, count),
  });
  const move = (what: string, touched: number): Limit => ({
    what,
    unit: "GB/s",
    amount: touched * MEMORY,
    work: () => library.move_bytes(a, b, out, MEMORY / 4, touched, count),
  });
  return [
    {
      what: "multiply and add, float32",
      unit: "GFLOP/s",
      amount: FLOPS_A_ROUND * ROUNDS * count,
      work: () => library.multiply_add(out, ROUNDS, count),
    },
    {
      what: "the same with vectors of 32 bytes (AVX2)",
      unit: "GFLOP/s",
      amount: FLOPS_A_ROUND / 2 * ROUNDS * count,
      work: () => library.multiply_add_half(out, ROUNDS, count),
    },
    ...Object.entries(LEVELS).map(([level, bytes]) => read(level, bytes, READ / bytes)),
    read("memory", MEMORY / count, 1),
    move("copy in memory: read one array, write one", 2),
    move("triad in memory: read two arrays, write one", 3),
  ];
}

const contender = ({ what, work }: Limit): Contender => local(what, work);
const rate = (seconds: number, { amount, unit }: Limit): string => {
  const value = amount / seconds / 1e9;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
};

const { values: options } = parseArgs({
  args: Deno.args,
  options: { readme: { type: "boolean", default: false } },
});
const all = threads();
const rows: string[][] = [["the machine", "one thread", all === 1 ? "" : `${all} threads`]];
if (symbols !== undefined) {
  const arrays = [.5, .25, 0].map((value) => aligned(MEMORY / 4, value));
  const one = limitsOf(symbols, 1, arrays), many = limitsOf(symbols, all, arrays);
  const timings = await measure([...one, ...many].map(contender), { samples: 9, seconds: .02, warmUp: .05 });
  one.forEach((limit, i) => {
    const together = all === 1 ? "" : rate(timings[one.length + i]!.median, many[i]!);
    rows.push([limit.what, rate(timings[i]!.median, limit), together]);
  });
}
const x = rand([1]), y = rand([1]);
evaluate(x, y);
const calls: Contender[] = [local("a plan of one element, replayed", () => evaluate(x.add(y)))];
if (symbols !== undefined) calls.push(local("a call into a library", () => symbols.nothing()));
for (const { name, median } of await measure(calls)) rows.push([name, duration(median), ""]);
const text = `${markdown(rows as Table)}\n\nMedians of one run: ${machine()}.`;
console.log(text);
if (options.readme) rewriteReadme("bench:limits", text);
