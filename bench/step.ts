// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:step [--json FILE] [--write]`: where each microsecond of the course's training step goes, steady and
 * while V8 warms up. `--write` puts the tables into docs/step.md and the chart beside it.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { lineChart } from "../tools/line_chart.ts";
import { drawing } from "../tools/svg.ts";
import { median } from "./measure.ts";
import { machine, markdown, rewritePage, type Table } from "./report.ts";
import type { ColdTimes } from "./step_cold.ts";
import type { StepTimes } from "./step_stamps.ts";
import { JOB, STEPS } from "./train_step.ts";

const PAGE = "docs/step.md", CHART_FILE = "docs/step.svg";
/** How many processes of each kind give their figures. */
const STEADY_RUNS = 3, COLD_RUNS = 15;
/** V8 compiles each function when its module is read, not when it is first called. */
const EAGER = "--v8-flags=--no-lazy";
const TRACE_GC = "--v8-flags=--trace-gc";
/** The epochs that the table tells apart: those after one of these, up to the next. */
const BOUNDS = [0, 1, 5, 20, 100, JOB.epochs];

/** What a process prints. */
function output(program: string, ...args: readonly string[]): string {
  const flags = args.filter((arg) => arg.startsWith("--v8-flags")),
    rest = args.filter((arg) => arg !== flags[0]);
  const script = new URL(program, import.meta.url).pathname;
  const command = ["run", "--allow-all", ...flags, script, ...rest];
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), { args: command }).outputSync();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The medians of each number in objects of one form. */
function medians<T>(all: readonly T[]): T {
  const [first] = all;
  if (typeof first === "number") return median(all as unknown as number[]) as T;
  const entries = Object.keys(first as object).map((key) =>
    [key, medians(all.map((each) => (each as Record<string, unknown>)[key]))] as const
  );
  return (Array.isArray(first) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
}

/** Runs each kind of process some times, in turns. */
function inTurns<T>(program: string, kinds: readonly (readonly string[])[], runs: number): T[] {
  const found = kinds.map((): T[] => []);
  for (let run = 0; run < runs; run++) {
    kinds.forEach((args, i) => found[i]!.push(JSON.parse(output(program, ...args))));
  }
  return found.map(medians);
}

const fixed = (value: number): string => value.toFixed(2);

/** The parts of a step in order, and what is left of the call when its kernels are taken away. */
function rowsOf({ parts, kernels, call }: StepTimes): [what: string, microseconds: number][] {
  const families = Object.entries(kernels), computing = families.reduce((sum, [, time]) => sum + time, 0);
  return [
    ["the loader's next batch", parts.loader],
    ["recording forward and the loss", parts.forward],
    ["recording backward", parts.backward],
    ["recording the optimizer's updates", parts.optimizer],
    ["key and look-up", parts.look],
    ["assignments, memory", parts.assign],
    ["the call of the library", call],
    ...families.map(([family, time]): [string, number] => [`kernels: ${family}`, time]),
    ["results handed out, clearing up", parts.after],
    ["reading the loss", parts.read],
    ["the rest", parts.rest + parts.run - call - computing],
  ];
}

function steadyTable(times: readonly StepTimes[]): Table {
  const columns = times.map(rowsOf);
  const sums = columns.map((rows) => rows.reduce((sum, [, time]) => sum + time, 0));
  return [
    ["µs a step", "as it is", "share", "compiled", "share"],
    ...columns[0]!.map(([what], i) => [
      what,
      ...columns.flatMap((
        rows,
        kind,
      ) => [fixed(rows[i]![1]), `${(rows[i]![1] / sums[kind]! * 100).toFixed(1)} %`]),
    ]),
    ["together", ...sums.flatMap((sum) => [fixed(sum), ""])],
    ["a step without stamps around the call", ...times.flatMap(({ whole }) => [fixed(whole), ""])],
  ];
}

/** What is between two bounds of the epochs, in milliseconds. */
function between({ epochs }: ColdTimes, from: number, to: number): number {
  return epochs.slice(from, to).reduce((sum, time) => sum + time, 0);
}

function coldTable(times: readonly ColdTimes[]): Table {
  const row = (what: string, of: (times: ColdTimes) => number): string[] => [
    what,
    ...times.map((each) => fixed(of(each))),
  ];
  const epochs = BOUNDS.slice(1).map((to, i) => {
    const from = BOUNDS[i]!, steps = (to - from) * STEPS;
    return [
      to === from + 1 ? `epoch ${to}` : `epochs ${from + 1} to ${to}`,
      ...times.map((each) => {
        const time = between(each, from, to);
        return `${fixed(time)} (${(time * 1000 / steps).toFixed(1)} µs a step)`;
      }),
    ];
  });
  return [
    ["ms", "as it is", "compiled", "as it is, all functions compiled at import"],
    row("modules read, compiled and run", ({ modules, dlopen }) => modules - dlopen),
    row("the library opened", ({ dlopen }) => dlopen),
    row("model, loader and optimizer made", ({ setup }) => setup),
    ...epochs,
    row("**the job**: all but the first two rows", (each) => each.setup + between(each, 0, JOB.epochs)),
    row("V8's own threads meanwhile", ({ helpers }) => helpers),
  ];
}

/** What the collector did in the job. */
function collections(): string {
  const times = Array.from(
    output("train_job.ts", TRACE_GC).matchAll(/ MB, ([\d.]+) \//g),
    ([, ms]) => Number(ms),
  );
  const all = times.reduce((sum, time) => sum + time, 0);
  return `The collector stopped one run of the job ${times.length} times, for ${all.toFixed(1)} ms together.`;
}

function chart(times: readonly ColdTimes[]): string {
  const [width, height] = [720, 420];
  const names = ["as it is", "compiled", "all functions compiled at import"];
  const points = ({ epochs }: ColdTimes): [number, number][] =>
    epochs.map((time, i) => [i + 1, time * 1000 / STEPS]);
  return drawing(
    width,
    height,
    ...lineChart({
      title: "The course's training step from a cold start",
      x: { title: "epoch", log: true, marks: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
      y: { title: "µs a step", log: true, marks: [10, 20, 50, 100, 200, 500, 1000, 2000] },
      series: times.map((each, i) => ({ name: names[i]!, points: points(each), dashed: i === 2 })),
      width,
      height,
    }),
  );
}

if (import.meta.main) {
  const { values: options } = parseArgs({
    args: Deno.args,
    options: { json: { type: "string" }, write: { type: "boolean", default: false } },
  });
  const steady = inTurns<StepTimes>("step_stamps.ts", [[], ["--compile"]], STEADY_RUNS);
  const cold = inTurns<ColdTimes>("step_cold.ts", [[], ["--compile"], [EAGER]], COLD_RUNS);
  const where = machine();
  const steadyText =
    `${markdown(steadyTable(steady))}\n\nMedians of ${STEADY_RUNS} processes each; a stamp costs ` +
    `${fixed(steady[0]!.stamp)} µs, which is taken off where it falls: ${where}.`;
  const coldText =
    `${markdown(coldTable(cold))}\n\nMedians of ${COLD_RUNS} processes each; ${cold[0]!.plans} plans ` +
    `are built. ${collections()}`;
  console.log(`${steadyText}\n\n${coldText}`);
  if (options.json !== undefined) {
    Deno.writeTextFileSync(options.json, JSON.stringify({ where, steady, cold }, null, 2));
  }
  if (options.write) {
    rewritePage(PAGE, "steady", steadyText);
    rewritePage(PAGE, "cold", coldText);
    Deno.writeTextFileSync(CHART_FILE, chart(cold));
  }
}
