// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * `run.ts [FOLDER] [--limit SECONDS] [--small] [--only TEXT]`: all steps (or those whose names contain a text), one after
 * another; what fails is told and does not stop the rest. `report.md`, `report.json` and `log.txt` go into the folder
 * (or `$OUT`). Ends with 1 if a step has failed.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Figures } from "./benchmarks.ts";
import { findProgram, runFor } from "./commands.ts";
import { type Findings, page, type Taken } from "./report.ts";
import { deno, type Outcome, simulated, type Step, STEPS } from "./steps.ts";

/** Less than this is no time for a step. */
const LEAST_SECONDS = 5;
/** How much longer steps may take on the simulated GPU, which shares the processors with whatever else runs. */
const PATIENCE = simulated ? 4 : 1;
/** What is kept free at the end, for the report. */
const RESERVE_SECONDS = 10;

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    limit: { type: "string", default: "590" },
    only: { type: "string", default: "" },
    small: { type: "boolean", default: false },
  },
});
const folder = positionals[0] ?? Deno.env.get("OUT") ?? "gpu_check";
const end = performance.now() + 1000 * (Number(options.limit) - RESERVE_SECONDS);
const secondsLeft = (): number => (end - performance.now()) / 1000;

/** The first lines of what a program prints; that it is not there, if so. */
async function about(program: string, lines: number, ...args: string[]): Promise<string> {
  const path = await findProgram(program);
  if (path === null) return `${program} is not installed`;
  const { output } = await runFor(20, [path, ...args]);
  return output.trim().split("\n").slice(-lines).join("; ");
}

/** What there is on this machine. */
async function machine(): Promise<string[]> {
  const query = "--query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit";
  return [
    `GPU: ${await about("nvidia-smi", 1, query, "--format=csv,noheader")}`,
    `Compiler: ${await about("nvcc", 1, "--version")}`,
    `Sanitizer: ${await about("compute-sanitizer", 1, "--version")}`,
    `PyTorch: ${await about(
      "python3",
      1,
      "-c",
      "import torch; print(torch.__version__, torch.version.cuda)",
    )}`,
    `Deno ${Deno.version.deno} on ${Deno.build.target}`,
  ];
}

async function take({ name, limit, run }: Step): Promise<Taken> {
  const start = performance.now(), seconds = Math.min(PATIENCE * limit, secondsLeft());
  const outcome: Outcome = seconds < LEAST_SECONDS
    ? { status: "skipped", told: "no time was left", log: "" }
    : await run(seconds).catch((error: Error) => ({
      status: "FAILED",
      told: error.message,
      log: `${error.stack}`,
    }));
  const taken = { name, ...outcome, seconds: (performance.now() - start) / 1000 };
  console.log(`${taken.status.padEnd(7)} ${name} (${taken.seconds.toFixed(1)} s): ${taken.told}`);
  return taken;
}

const figures: Figures[] = [];
/** The benchmarks; those that were timed count, whatever becomes of the rest. */
const benchmarks: Step = {
  name: "benchmarks",
  limit: Infinity,
  run: async (limit) => {
    const seconds = limit - 2 * LEAST_SECONDS, small = options.small ? ["--small"] : [];
    const command = deno("run", "tools/gpu_check/benchmarks.ts", "--seconds", `${seconds}`, ...small);
    const { code, output } = await runFor(limit, command);
    const lines = output.split("\n").filter((line) => line.startsWith("{"));
    figures.push(...lines.map((line) => JSON.parse(line)));
    const told = `${figures.length} cases were timed`;
    return { status: code === 0 && figures.length > 0 ? "passed" : "FAILED", told, log: output };
  },
};

const date = new Date().toISOString(), found = await machine(), steps: Taken[] = [];
for (const step of [...STEPS, benchmarks].filter(({ name }) => name.includes(options.only))) {
  steps.push(await take(step));
}
const findings: Findings = { date, simulated, machine: found, steps, figures };
await Deno.mkdir(folder, { recursive: true });
const text = page(findings);
await Deno.writeTextFile(`${folder}/report.md`, text);
await Deno.writeTextFile(`${folder}/report.json`, JSON.stringify(findings, null, 2));
await Deno.writeTextFile(
  `${folder}/log.txt`,
  steps.map(({ name, log }) => `== ${name}\n${log}\n`).join("\n"),
);
console.log(`\n${text}`);
Deno.exit(steps.some(({ status }) => status === "FAILED") ? 1 : 0);
