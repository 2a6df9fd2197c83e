/**
 * The steps of the check, each a command or a few, told in a line.
 *
 * @module
 */
import { filesUnder } from "../imports.ts";
import { type Ended, findProgram, runFor, TIMED_OUT } from "./commands.ts";

/** How a step went. */
export interface Outcome {
  readonly status: "passed" | "FAILED" | "skipped";
  /** What it showed, or why it was not run. */
  readonly told: string;
  /** All that its commands printed. */
  readonly log: string;
}

/** A step. */
export interface Step {
  readonly name: string;
  /** Seconds that it may take. */
  readonly limit: number;
  /** Runs it in so many seconds. */
  readonly run: (limit: number) => Promise<Outcome>;
}

/** Whether the driver is the simulated one: the check checks itself then. */
export const simulated: boolean = Deno.env.get("CUDA_SIMULATOR_LIBRARY") !== undefined;

/** Deno with the permissions and options that nothing of the check goes without. */
export function deno(command: "run" | "test", ...args: readonly string[]): string[] {
  return [Deno.execPath(), command, "--allow-all", "--no-remote", "--no-lock", "--no-check", ...args];
}

function skipped(told: string): Outcome {
  return { status: "skipped", told, log: "" };
}

/** What a command came to; `tell` finds in its output what it showed, or null if it did not show it. */
function outcomeOf({ code, output, seconds }: Ended, tell: (output: string) => string | null): Outcome {
  const shown = tell(output), log = output;
  if (code === TIMED_OUT) return { status: "FAILED", told: `no end after ${seconds.toFixed(0)} s`, log };
  if (code !== 0 || shown === null) {
    return { status: "FAILED", told: `status ${code}: ${output.trim().split("\n").at(-1)}`, log };
  }
  return { status: "passed", told: shown, log };
}

/** What a run of `deno test` says of itself. */
function testCounts(output: string): string | null {
  return /\d+ passed(?: \(.*?\))? \| 0 failed.*?(?= \(|$)/m.exec(output)?.[0] ?? null;
}

/** A step that is one command. */
function step(
  name: string,
  limit: number,
  command: readonly string[],
  tell: (output: string) => string | null,
  env: Record<string, string> = {},
): Step {
  return { name, limit, run: async (seconds) => outcomeOf(await runFor(seconds, command, env), tell) };
}

/** The device's tests with programs run in one way. */
function deviceTests(way: "compiled" | "interpreted"): Step {
  // Each graph has programs of its own, which a compiler takes long for, and the simulated one longer.
  const compiled = way === "compiled", graphs = simulated ? "2" : compiled ? "20" : "200";
  const few = simulated && compiled ? ["--filter", "/^casts|^moving|^scope/"] : [];
  return step(
    `tests of the device, programs ${way}`,
    compiled ? 80 : 50,
    deno("test", "--reporter=dot", ...few, ...filesUnder("tests/cuda", "_tests.ts")),
    testCounts,
    { TENSAUR_CUDA_PROGRAMS: way, TENSAUR_GRAPHS: graphs },
  );
}

/** The files of the CPU's suite that compute, with `cuda` as the default device. */
const COMPUTING = [
  ...[
    "compile",
    "create",
    "custom",
    "data",
    "fold_steps",
    "fusion",
    "gradients",
    "lazy",
    "losses",
    "math",
    "memory",
  ],
  ...["moves", "nn", "ops", "optim", "parity", "property", "replay", "scope", "tiny"],
].map((name) => `tests/${name}_`);

/** The CPU's suite on the device. */
const suite: Step = step(
  "the suite with cuda as its device",
  120,
  deno("run", "tools/cuda_suite.ts", "--real", ...simulated ? ["tests/tiny_"] : COMPUTING),
  (output) => /^[1-9]\d* passed, 0 failed$/m.exec(output)?.[0] ?? null,
);

/** The course's tasks, on the device. */
function courseTests(task: string): Step {
  return step(
    `the course's task ${task}`,
    40,
    deno("run", "tools/course.ts", "--backend", "cuda", "--task", task),
    (output) => /^[1-9]\d* passed, 0 failed$/m.exec(output)?.[0] ?? null,
    // The properties draw hundreds of shapes, each of which would be compiled.
    { TENSAUR_CUDA_PROGRAMS: "interpreted" },
  );
}

/** Some kernels of each family, watched by a tool of compute-sanitizer. */
function sanitizer(tool: "memcheck" | "racecheck" | "synccheck" | "initcheck"): Step {
  return {
    name: `compute-sanitizer ${tool}`,
    limit: 35,
    run: async (limit) => {
      const program = await findProgram("compute-sanitizer");
      if (program === null) return skipped("compute-sanitizer is not installed");
      const flags = ["--tool", tool, "--target-processes", "all", "--error-exitcode", "9"];
      const command = [program, ...flags, ...deno("run", "tools/gpu_check/reduced.ts")];
      return outcomeOf(
        await runFor(limit, command),
        (output) => /ERROR SUMMARY: 0 errors/.exec(output)?.[0] ?? null,
      );
    },
  };
}

/** The words of warp instructions, those of the emulation beside those of the device. */
const fragments: Step = {
  name: "fragments, emulated and real",
  limit: 30,
  run: async (limit) => {
    const emulated = await Deno.readTextFile("fragments.json").catch(() => null);
    if (emulated === null) return skipped("what the emulation made of them was not packed");
    const env: Record<string, string> = {};
    if (!simulated) {
      const nvcc = await findProgram("nvcc");
      if (nvcc === null) return skipped("nvcc is not installed");
      env.CUDA_KERNELS_CUBIN = await Deno.makeTempFile({ suffix: ".cubin" });
      const source = "tests/simulator/kernels/fragments.cu";
      const flags = ["-cubin", "-arch=native", "-std=c++17", "-o", env.CUDA_KERNELS_CUBIN];
      const made = await runFor(limit, [nvcc, ...flags, source]);
      if (made.code !== 0) return outcomeOf(made, () => null);
    }
    const ended = await runFor(limit, deno("run", "tests/simulator/programs.ts", "fragmentDumps"), env);
    // Before sm_80 there are no such products, and so no kernels of them.
    if (ended.output.includes("CUDA_ERROR_NOT_FOUND")) {
      return skipped("the GPU lacks some of the instructions");
    }
    return outcomeOf(ended, (output) => compareWords(JSON.parse(emulated), output));
  },
};

/** The fragments that are products. */
const SUMS: readonly string[] = ["tf32", "bf16"];

/** How many words of each fragment are the emulation's; null if those that are only moved differ. */
function compareWords(emulated: Record<string, number[]>, output: string): string | null {
  const line = output.split("\n").find((line) => line.startsWith("{"));
  if (line === undefined) return null;
  const found: Record<string, number[]> = JSON.parse(line);
  const same = (name: string): number =>
    emulated[name]!.filter((word, i) => word === found[name]?.[i]).length;
  const counts = Object.keys(emulated).map((name) => `${name} ${same(name)} of ${emulated[name]!.length}`);
  // A product's sum may be rounded in an order of the device's own; nothing else has a choice.
  const moved = Object.keys(emulated).filter((name) => !SUMS.includes(name));
  const right = moved.every((name) => same(name) === emulated[name]!.length);
  return right ? `equal words: ${counts.join(", ")}` : null;
}

/** Whether the library finds the GPU at all. */
const probe: Step = step(
  "the library finds the GPU",
  20,
  deno("run", "tools/gpu_check/probe.ts"),
  (output) => output.trim().split("\n").at(-1) ?? null,
);

/** All steps but the benchmarks, what matters most first. */
export const STEPS: readonly Step[] = [
  probe,
  deviceTests("compiled"),
  deviceTests("interpreted"),
  courseTests("3.3"),
  courseTests("3.4"),
  suite,
  fragments,
  sanitizer("memcheck"),
  sanitizer("racecheck"),
  sanitizer("synccheck"),
  sanitizer("initcheck"),
];
