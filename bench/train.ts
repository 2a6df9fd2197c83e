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

/** How many times faster something has to be than another: in a steady step, and over the whole job. */
interface Goals {
  readonly step?: number;
  readonly unread?: number;
  readonly job?: number;
}

/** What is wanted of the library against others, as it is and compiled. */
const WANTED: Readonly<Record<string, readonly [ours: Goals, compiled: Goals]>> = {
  [NAMES.ours]: [{}, { step: 1.25 }],
  [NAMES.torch]: [{ step: 15, job: 10 }, { job: 20 }],
  [NAMES.jax]: [{ step: 4 }, {}],
  [NAMES.byHand]: [{ step: 15 }, {}],
};

const FASTER = ["Tensaur is faster", "compiled"];

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string" },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});

/** The cells of a contender: its time with quartiles, and how many times longer it takes than the library does. */
function cells(name: string, timings: readonly Timing[], goal: keyof Goals): string[] {
  const timing = timings.find((timing) => timing.name === name);
  if (timing === undefined) return ["", "", ""];
  const faster = [NAMES.ours, NAMES.compiled].map((ours, i) => {
    if (name === ours || name === NAMES.compiled) return "";
    const wanted = WANTED[name]?.[i]?.[goal];
    const times = ratio(timing.median / timings.find((timing) => timing.name === ours)!.median);
    return wanted === undefined ? `**${times}**` : `**${times}** (at least ${wanted}×)`;
  });
  return [`${duration(timing.median)} (${duration(timing.low)} – ${duration(timing.high)})`, ...faster];
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
  ["a step of", "its loss read", ...FASTER, "loss not read", ...FASTER, "500 epochs, cold start", ...FASTER],
  ...read.map(({ name }) => [
    name,
    ...cells(name, read, "step"),
    ...cells(name, unread, "unread"),
    ...cells(name, job, "job"),
  ]),
];
const text = `${markdown(table)}\n\nMedians (and quartiles) of one run: ${where}.`;
console.log(`\n${text}`);

if (options.json !== undefined) {
  Deno.writeTextFileSync(options.json, JSON.stringify({ where, read, unread, job }, null, 2));
}
if (options.readme) rewriteReadme("bench:train", text);
