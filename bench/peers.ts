// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:peers [--python PATH] [--npm] [--only TEXT] [--json FILE] [--readme]`: every case beside the
 * peers, in turn with them: PyTorch, NumPy and JAX of that Python, and on demand those from npm.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as tensaur from "@tensaur/tensaur";
import { simd } from "../src/backend/devices.ts";
import { agreeing } from "./agreement.ts";
import {
  type Case,
  makeInputs,
  type Peer,
  PEERS,
  prepare,
  type Prepared,
  valuesOf,
  type Work,
} from "./case.ts";
import { casesWith } from "./cases.ts";
import { pythonContenders, willing } from "./contenders.ts";
import { handFused } from "./hand_fused.ts";
import { type Limit, MachineLimits } from "./machine_limits.ts";
import { type Contender, local, localAsync, measure, type Timing } from "./measure.ts";
import { NPM_PEERS, NpmPeers } from "./npm_peers.ts";
import { type Amount, type Line, type NamedGoal, outcomes, peerTable } from "./peer_table.ts";
import { PythonPeers } from "./python.ts";
import { PYTHON_PEERS } from "./python_words.ts";
import { duration, machine, markdown, rewriteReadme } from "./report.ts";
import { epochContenders, jobContenders, NAMES } from "./train_contenders.ts";
import { JOB, STEPS } from "./train_step.ts";

/** What moves less than this is a matter of calls, not of bandwidth. */
const LITTLE = 2 ** 15;

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string" },
    npm: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});

/** What a case has to do, and the loops in C that show the limit of that. */
function limitsOf(
  work: Work,
  { read, written, dtype }: Prepared,
): { amount: Amount; loops: Limit[] } | undefined {
  if (work.flops !== undefined) {
    const loops = machineLimits?.multiplyAdd(dtype === "float64" ? dtype : "float32");
    return { amount: { count: work.flops, unit: "GFLOP/s" }, loops: loops === undefined ? [] : [loops] };
  }
  if (read + written < LITTLE) return undefined;
  const loops = machineLimits?.ofTraffic(read, written) ?? [];
  return { amount: { count: read + written, unit: "GB/s" }, loops };
}

/** The peers that take part in a case; those in this process leave their inputs to be disposed of. */
async function contendersOf(
  item: Case,
  work: Work,
  prepared: Prepared,
  inputs: DisposableStack,
): Promise<Contender[]> {
  const able = await agreeing(item, python, npm);
  const found = await pythonContenders(
    python,
    work,
    PYTHON_PEERS.filter((peer) => able.has(peer)),
    item.reads,
  );
  for (const peer of NPM_PEERS.filter((peer) => able.has(peer))) {
    const theirs = npm!.prepare(peer, work, valuesOf(makeInputs(tensaur, work, "cpu")), item.reads)!;
    found.push(localAsync(PEERS[peer], inputs.use(theirs).run));
  }
  const fused = work.peers.fused ? handFused(prepared.written / 4) : undefined;
  if (fused !== undefined) found.push(local(PEERS.fused, fused));
  return await willing(found);
}

/** The limit as a contender: as long as the quickest of its loops would take for as much. */
function limitTiming(
  { count }: Amount,
  loops: readonly Limit[],
  timings: readonly Timing[],
): Timing | undefined {
  const scaled = loops.map(({ amount }, i) => {
    const { median, low, high } = timings[i]!, factor = count / amount;
    return { name: PEERS.limit, median: median * factor, low: low * factor, high: high * factor };
  });
  return scaled.toSorted((a, b) => a.median - b.median)[0];
}

async function measureCase(item: Case): Promise<Line> {
  const work = item.full();
  using prepared = prepare(tensaur, item, work);
  const limits = limitsOf(work, prepared), loops = limits?.loops ?? [];
  using inputs = new DisposableStack();
  const others = await contendersOf(item, work, prepared, inputs);
  const [ours, ...timings] = await measure([
    local("Tensaur", prepared.run),
    ...others,
    ...loops.map((loop) => local(loop.what, loop.work)),
  ]);
  await python?.forget();
  const named = (peer: Peer): string => PEERS[peer];
  const goals = (work.goals ?? []).map(({ over, atLeast }) => ({ over: over.map(named), atLeast }));
  const line = { work: item.name, ours: ours!, others: timings.slice(0, others.length), goals };
  if (limits === undefined) return line;
  const limit = limitTiming(limits.amount, loops, timings.slice(others.length));
  if (limit === undefined) return { ...line, amount: limits.amount };
  const amount = { ...limits.amount, limit: limits.amount.count / limit.median / 1e9 };
  return { ...line, others: [...line.others, limit], amount };
}

async function measureTraining(): Promise<Line[]> {
  const steady = await measure(await epochContenders(python, true), { parts: STEPS });
  const job = await measure(jobContenders(options.python), {
    parts: STEPS * JOB.epochs,
    samples: 5,
    seconds: 0,
  });
  const line = (work: string, [ours, ...others]: Timing[], goals: readonly NamedGoal[]): Line => {
    const named = others.map((timing) => timing.name === NAMES.jax ? { ...timing, name: PEERS.jax } : timing);
    return { work, ours: ours!, others: named, goals };
  };
  return [
    line("the course's training step, steady", steady, [
      { over: [NAMES.torch], atLeast: 15 },
      { over: [PEERS.jax], atLeast: 4 },
      { over: [NAMES.byHand], atLeast: 15 },
    ]),
    line("the same, 500 epochs from a cold start, a step", job, [{ over: [NAMES.torch], atLeast: 10 }]),
  ];
}

const machineLimits = MachineLimits.compile(tensaur.threads());
await using python = options.python === undefined ? undefined : new PythonPeers(options.python);
if (python === undefined) console.error("Skipping the peers in Python: no --python PATH was given");
const npm = options.npm ? await NpmPeers.load() : undefined;
if (npm === undefined) console.error("Skipping the peers from npm: no --npm was given");
const where = [
  `${machine()}, ${tensaur.threads()} threads, ${simd()}`,
  ...python?.versions() ?? [],
  ...npm?.versions() ?? [],
];
console.log(where.join("; "));

const evaluated: Line[] = [], read: Line[] = [];
if (options.only === "" || "training".includes(options.only)) evaluated.push(...await measureTraining());
for (const item of casesWith(options.only)) {
  const line = await measureCase(item);
  (item.reads ? read : evaluated).push(line);
  console.log(`${item.name}: ${duration(line.ours.median)}`);
}

const { fused: _fused, limit: _limit, ...columns } = PEERS;
const tables = [evaluated, read].filter((lines) => lines.length > 0).map((lines) =>
  markdown(peerTable(lines, Object.values(columns)))
);
const text = [...tables, `Medians and half the distance of the quartiles, of one run: ${where.join("; ")}.`]
  .join("\n\n");
console.log(`\n${text}`);
if (options.json !== undefined) {
  const lines = [...evaluated, ...read].map((line) => ({ ...line, goals: outcomes(line) }));
  Deno.writeTextFileSync(options.json, JSON.stringify({ where, lines }, null, 2));
}
if (options.readme) rewriteReadme("bench", text);
// The workers of a peer would keep the process.
if (npm !== undefined) Deno.exit();
