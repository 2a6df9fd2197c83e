// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench [--python PATH] [--only TEXT] [--json FILE] [--readme]`: every row of the speed table, the peers
 * beside the library where a Python with them is given.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Case, CASES, type Goal, type Rival } from "./cases.ts";
import { type Contender, local, measure, type Timing } from "./measure.ts";
import { PythonPeers } from "./python.ts";
import { duration, machine, markdown, ratio, rewriteReadme } from "./report.ts";
import { epochContenders, jobContenders, NAMES } from "./train_contenders.ts";
import { JOB, STEPS } from "./train_step.ts";

/** A line of the table: the work, the library's time and rate, a rival's, and how they compare. */
interface Line {
  readonly work: string;
  readonly ours: Timing;
  readonly rate: string;
  readonly rival: string;
  readonly theirs: Timing | undefined;
  readonly atLeast: number;
}

/** A goal, its rivals by name. */
interface NamedGoal {
  readonly names: readonly string[];
  readonly atLeast: number;
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});

function rateOf({ flops, bytes }: Case, seconds: number): string {
  if (flops !== undefined) return `${(flops / seconds / 1e9).toFixed(0)} GFLOP/s`;
  return bytes === undefined ? "" : `${(bytes / seconds / 1e9).toFixed(1)} GB/s`;
}

async function contenderOf(rival: Rival, peers: PythonPeers | undefined): Promise<Contender | undefined> {
  if (rival.snippet !== undefined) return await peers?.contender(rival.name, rival.snippet);
  const work = rival.prepare?.();
  return work === undefined ? undefined : local(rival.name, work);
}

function linesOf(
  work: string,
  ours: Timing,
  rate: string,
  timings: readonly Timing[],
  goals: readonly NamedGoal[],
): Line[] {
  return goals.map(({ names, atLeast }) => {
    const best = timings.filter(({ name }) =>
      names.includes(name)
    ).toSorted((a, b) => a.median - b.median)[0];
    return { work, ours, rate, rival: best?.name ?? names.join(" or "), theirs: best, atLeast };
  });
}

function named({ rivals, atLeast }: Goal): NamedGoal {
  return { names: rivals.map((rival) => rival.name), atLeast };
}

async function measureCase(item: Case, peers: PythonPeers | undefined): Promise<Line[]> {
  const contenders = [local(NAMES.ours, item.prepare())];
  for (const rival of item.goals.flatMap((goal) => goal.rivals)) {
    const contender = await contenderOf(rival, peers);
    if (contender !== undefined) contenders.push(contender);
  }
  const [ours, ...theirs] = await measure(contenders);
  await peers?.forget();
  return linesOf(item.work, ours!, rateOf(item, ours!.median), theirs, item.goals.map(named));
}

async function measureTraining(peers: PythonPeers | undefined): Promise<Line[]> {
  const [step, ...others] = await measure(await epochContenders(peers, true), { parts: STEPS });
  const [job, ...otherJobs] = await measure(jobContenders(options.python), {
    parts: STEPS * JOB.epochs,
    samples: 5,
    seconds: 0,
  });
  return [
    ...linesOf("the course's training step, steady", step!, "", others, [
      { names: [NAMES.torch], atLeast: 15 },
      { names: [NAMES.jax], atLeast: 4 },
      { names: [NAMES.byHand], atLeast: 15 },
    ]),
    ...linesOf("the same, 500 epochs from a cold start, a step", job!, "", otherJobs, [
      { names: [NAMES.torch], atLeast: 10 },
    ]),
  ];
}

function row({ work, ours, rate, rival, theirs, atLeast }: Line): string[] {
  const time = theirs === undefined ? "not run" : duration(theirs.median);
  const faster = theirs === undefined ? "" : `**${ratio(theirs.median / ours.median)}**`;
  return [work, duration(ours.median), rate, rival, time, faster, `${atLeast}×`];
}

await using peers = options.python === undefined ? undefined : new PythonPeers(options.python);
if (peers === undefined) console.log("Skipping the peers in Python: no --python PATH was given");
const where = [machine(), ...peers?.versions() ?? []].join("; ");
console.log(where);

const lines: Line[] = [];
if ("training".includes(options.only)) lines.push(...await measureTraining(peers));
for (const item of CASES.filter(({ work }) => work.includes(options.only))) {
  lines.push(...await measureCase(item, peers));
  console.log(`${item.work}: ${duration(lines.at(-1)!.ours.median)}`);
}

const head = ["work", "Tensaur", "rate", "against", "takes", "Tensaur is faster", "wanted"];
const text = `${markdown([head, ...lines.map(row)])}\n\nMedians of one run: ${where}.`;
console.log(`\n${text}`);
if (options.json !== undefined) {
  Deno.writeTextFileSync(options.json, JSON.stringify({ where, lines }, null, 2));
}
if (options.readme) rewriteReadme("bench", text);
