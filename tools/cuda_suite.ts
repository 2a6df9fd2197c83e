// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * The suite with `cuda` as the default device: every test file, each in a process of its own, and every example of the
 * documentation. It runs on the simulated driver of `tests/simulator/`, with --real on the one of this machine.
 *
 *   deno task test:cuda [--real] [--capability 9.0] [--programs compiled] [part of a file's name ...]
 *
 * Without arguments it goes through the runs that a change must pass. The last line is `N passed, N failed`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { ELSEWHERE, EVERY, OF_THE_CPU } from "../tests/cuda/exceptions.ts";
import { PERMISSIONS } from "../tests/cuda/child.ts";
import { build } from "../tests/simulator/child.ts";
import { filesUnder } from "./imports.ts";
import { type Outcome, outcomesOf } from "./junit.ts";

const FOLDER = "target/cuda_suite";
const DOCUMENTATION = "documentation";
const DOCUMENTED = ["README.md", "docs/", "src/", "mod.ts"];
/** Files that are no part of the CPU's suite. */
const FURTHER = ["device", "launch", "product"].map((name) => `tests/cuda/${name}_tests.ts`);
/** The simulated GPU's bytes: several processes run at once, and what loops leave there stays up to a watermark. */
const MEMORY = 2 ** 31;
/** How many programs each property of the suite draws. */
const DRAWS = "100";

/** One way to run the suite. */
interface Run {
  readonly real: boolean;
  readonly capability: string;
  /** `interpreted` or `compiled`. */
  readonly programs: string;
  /** Parts of the names of the files; all of them if there are none. */
  readonly only: readonly string[];
}

interface Counts {
  passed: number;
  failed: number;
}

const WHOLE: Run = { real: false, capability: "8.0", programs: "interpreted", only: [] };
/** Products, reductions and what chooses among kernels. */
const DISPATCH = ["backend", "fold_steps", "moves", "tiny", "_tests"];

/** What a change must pass. */
const RUNS: readonly Run[] = [
  WHOLE,
  { ...WHOLE, capability: "7.5", only: DISPATCH },
  { ...WHOLE, capability: "9.0", only: DISPATCH },
  { ...WHOLE, programs: "compiled", only: ["fold_steps", "moves", "nn_", "tiny"] },
];

/** The files of a run; every entry of the exceptions must name one. */
function filesOf(run: Run): string[] {
  const elsewhere = Object.keys(ELSEWHERE), all = filesUnder("tests", "_test.ts");
  const here = all.filter((file) => !elsewhere.some((place) => file.startsWith(place)));
  const chosen = [...here, ...FURTHER, DOCUMENTATION];
  const vain = [
    ...elsewhere.filter((place) => !all.some((file) => file.startsWith(place))),
    ...Object.keys(OF_THE_CPU).filter((file) => !chosen.includes(file)),
  ];
  if (vain.length > 0) throw new Error(`tests/cuda/exceptions.ts names ${vain.join(", ")} in vain`);
  return run.only.length === 0
    ? chosen
    : chosen.filter((file) => run.only.some((part) => file.includes(part)));
}

async function environmentOf(run: Run): Promise<Record<string, string>> {
  const simulated = async (): Promise<Record<string, string>> => ({
    LD_LIBRARY_PATH: await build("plain"),
    CUDA_SIMULATOR_CAPABILITY: run.capability,
    CUDA_SIMULATOR_THREADS: "1",
    CUDA_SIMULATOR_MEMORY: `${MEMORY}`,
  });
  return {
    ...(run.real ? {} : await simulated()),
    TENSAUR_DEVICE: "cuda",
    TENSAUR_CUDA_PROGRAMS: run.programs,
    TENSAUR_CACHE_DIR: `${FOLDER}/cache`,
    TENSAUR_FUNCTIONS: DRAWS,
    TENSAUR_GRAPHS: DRAWS,
    TENSAUR_FUZZ: DRAWS,
    NO_COLOR: "1",
  };
}

/** What is wrong with the outcomes of a file's tests, as sentences. */
export function problemsOf(file: string, outcomes: readonly Outcome[], success: boolean): string[] {
  const except = OF_THE_CPU[file] ?? {};
  const failed = new Set(outcomes.filter(({ state }) => state === "failed").map(({ name }) => name));
  if (outcomes.length === 0) return [`${file}: no test ran`];
  if (!success && failed.size === 0) return [`${file}: its process failed`];
  if (EVERY in except) {
    return failed.size > 0 ? [] : [`${file}: all tests pass, the exceptions name it in vain`];
  }
  const wrong = [...failed].filter((name) => !(name in except)).map((name) => `${file}: failed: ${name}`);
  const vain = Object.keys(except).filter((name) => !failed.has(name));
  return [...wrong, ...vain.map((name) => `${file}: the exceptions name in vain: ${name}`)];
}

async function runFile(file: string, run: Run, env: Record<string, string>): Promise<Counts> {
  const report = `${FOLDER}/${file.replaceAll("/", "_")}.xml`, start = performance.now();
  await Deno.remove(report).catch(() => {});
  const what = file === DOCUMENTATION ? ["--doc", ...DOCUMENTED] : [file];
  // Where every test is of the CPU, one that fails is enough.
  const until = EVERY in (OF_THE_CPU[file] ?? {}) ? ["--fail-fast"] : [];
  const reporting = ["--reporter=dot", `--junit-path=${report}`, ...until];
  const args = ["test", "--no-check", ...PERMISSIONS, ...reporting, ...what];
  const child = new Deno.Command(Deno.execPath(), { args, env, stdin: "null" });
  const { success, stdout, stderr } = await child.output();
  const outcomes = outcomesOf(await Deno.readTextFile(report).catch(() => ""));
  const problems = problemsOf(file, outcomes, success);
  const passed = outcomes.filter(({ state }) => state === "passed").length;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const way = `${run.real ? "" : `${run.capability}, `}${run.programs}`;
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${file} (${way}): ${passed} in ${seconds} s`);
  if (problems.length > 0) {
    const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    console.log([...problems, output, errors].join("\n"));
  }
  return { passed, failed: problems.length };
}

/** Runs the files of a run, as many at once as there are processors. */
async function runAll(run: Run): Promise<Counts> {
  const files = filesOf(run), env = await environmentOf(run), counts = { passed: 0, failed: 0 };
  const work = async (): Promise<void> => {
    for (let file; (file = files.shift()) !== undefined;) {
      const { passed, failed } = await runFile(file, run, env);
      counts.passed += passed;
      counts.failed += failed;
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  return counts;
}

function runsOf(args: readonly string[]): readonly Run[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      real: { type: "boolean", default: false },
      capability: { type: "string", default: WHOLE.capability },
      programs: { type: "string", default: WHOLE.programs },
    },
  });
  return args.length === 0 ? RUNS : [{ ...values, only: positionals }];
}

/** Goes through the runs that are asked for; the tests that passed, and what is wrong. */
export async function runCudaSuite(args: readonly string[] = []): Promise<Counts> {
  await Deno.mkdir(`${FOLDER}/cache`, { recursive: true });
  const total = { passed: 0, failed: 0 };
  for (const run of runsOf(args)) {
    const { passed, failed } = await runAll(run);
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

if (import.meta.main) {
  const { passed, failed } = await runCudaSuite(Deno.args);
  console.log(`${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
