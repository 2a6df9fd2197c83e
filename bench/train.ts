// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:train [--python PATH] [--json FILE] [--readme]`: the course's training step against PyTorch,
 * JAX and the same step written by hand over typed arrays, in one run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { measure, type Timing } from "./measure.ts";
import { PythonPeers } from "./python.ts";
import { duration, machine, markdown, ratio, rewriteReadme, type Table } from "./report.ts";
import { epochContenders, jobContenders, NAMES } from "./train_contenders.ts";
import { checkAgreement, JOB, STEPS } from "./train_step.ts";

/** How many times faster the library has to be: in a steady step, and over the whole job. */
const WANTED: Readonly<Record<string, { step: number; job?: number }>> = {
  [NAMES.torch]: { step: 10, job: 6 },
  [NAMES.jax]: { step: 3 },
  [NAMES.byHand]: { step: 15 },
};

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string" },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});

/** The cells of a contender: its time with quartiles, and how many times longer it takes than the library. */
function cells(name: string, timings: readonly Timing[], wanted?: number): string[] {
  const ours = timings.find((timing) => timing.name === NAMES.ours)!;
  const timing = timings.find((timing) => timing.name === name);
  if (timing === undefined) return ["", ""];
  const time = `${duration(timing.median)} (${duration(timing.low)} – ${duration(timing.high)})`;
  if (timing === ours) return [time, ""];
  const goal = wanted === undefined ? "" : ` (at least ${wanted}×)`;
  return [time, `**${ratio(timing.median / ours.median)}**${goal}`];
}

await using peers = options.python === undefined ? undefined : new PythonPeers(options.python);
if (peers === undefined) console.log("Skipping PyTorch and JAX: no --python PATH was given");
const versions = peers?.versions() ?? [];
const where = [machine(), ...versions].join("; ");
console.log(where);

checkAgreement();
const read = await measure(await epochContenders(peers, true), { parts: STEPS, samples: 21, seconds: .05 });
const unread = await measure(await epochContenders(peers, false), {
  parts: STEPS,
  samples: 21,
  seconds: .05,
});
const job = await measure(jobContenders(options.python), {
  parts: STEPS * JOB.epochs,
  samples: 5,
  seconds: 0,
});

const table: Table = [
  [
    "",
    "a step, its loss read",
    "Tensaur is faster",
    "loss not read",
    "",
    "500 epochs, cold start, a step",
    "",
  ],
  ...read.map(({ name }) => [
    name,
    ...cells(name, read, WANTED[name]?.step),
    ...cells(name, unread),
    ...cells(name, job, WANTED[name]?.job),
  ]),
];
const text = `${markdown(table)}\n\nMedians (and quartiles) of one run: ${where}.`;
console.log(`\n${text}`);

if (options.json !== undefined) {
  Deno.writeTextFileSync(options.json, JSON.stringify({ where, read, unread, job }, null, 2));
}
if (options.readme) rewriteReadme("bench:train", text);
