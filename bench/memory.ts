// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:memory [--readme]`: the memory of the process stays flat over long synchronous loops.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { nn, optim, Parameter, rand, type Tensor } from "@tensaur/tensaur";
import { machine, markdown, rewriteReadme } from "./report.ts";

/** The most that the process may hold at the end, in terms of what it held after a tenth of the loop. */
const WANTED = 1.05;

const WARM_UP = 20_000;

interface Loop {
  readonly work: string;
  readonly steps: number;
  readonly prepare: () => () => void;
}

/** A step of gradient descent, the loss being the mean square of what a function of the parameters gives. */
function descent(parameters: readonly Parameter[], f: () => Tensor): () => void {
  const optimizer = new optim.SGD(parameters, { lr: 1e-3 });
  return () => {
    optimizer.zeroGrad();
    const loss = f().square().mean();
    loss.backward();
    optimizer.step();
    loss.item();
  };
}

const LOOPS: readonly Loop[] = [
  {
    work: "small steps: Linear(8, 8) on a batch of 4",
    steps: 1_000_000,
    prepare: () => {
      const model = new nn.Linear(8, 8);
      const x = rand([4, 8]);
      return descent(model.parameters(), () => model.forward(x).relu());
    },
  },
  {
    work: "steps over 4 MB: a scale for each of 1024² numbers",
    steps: 10_000,
    prepare: () => {
      const x = rand([1024, 1024]);
      const scale = new Parameter(rand([1024, 1024]));
      return descent([scale], () => x.mul(scale).relu());
    },
  },
];

/** What the process held, in bytes, and how long it took. */
interface Held {
  readonly tenth: number;
  readonly end: number;
  readonly seconds: number;
}

function runLoop({ steps, prepare }: Loop): Held {
  warmUp();
  const step = prepare();
  const start = performance.now();
  let tenth = 0;
  for (let i = 0; i < steps; i++) {
    step();
    if (i === steps / 10) tenth = Deno.memoryUsage().rss;
  }
  return { tenth, end: Deno.memoryUsage().rss, seconds: (performance.now() - start) / 1000 };
}

/** Small steps until V8 has compiled the engine: what that takes, some megabytes, would come to later steps. */
function warmUp(): void {
  const step = LOOPS[0]!.prepare();
  for (let i = 0; i < WARM_UP; i++) step();
}

/** V8's young generation has a fixed size; it would otherwise double somewhere within the loop. */
const V8_FLAGS = "--v8-flags=--min-semi-space-size=2,--max-semi-space-size=2";

/** Runs a loop in a process of its own, so that it does not inherit another's memory. */
function runInProcess(index: number): Held {
  const flags = [
    "--quiet",
    V8_FLAGS,
    "--allow-ffi",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
  ];
  const args = ["run", ...flags, import.meta.filename!, `--loop=${index}`];
  const { stdout } = new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout));
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

function report(readme: boolean): void {
  const rows = [["loop", "steps", "held after a tenth", "at the end", "ratio", "seconds"]];
  for (const [index, { work, steps }] of LOOPS.entries()) {
    const { tenth, end, seconds } = runInProcess(index);
    const growth = end / tenth;
    rows.push([work, `${steps}`, megabytes(tenth), megabytes(end), growth.toFixed(3), seconds.toFixed(1)]);
    if (growth > WANTED) Deno.exitCode = 1;
  }
  const text = `${
    markdown(rows)
  }\n\nResident memory of the process; wanted: at most ${WANTED} times. ${machine()}.`;
  console.log(text);
  if (readme) rewriteReadme("bench:memory", text);
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { loop: { type: "string" }, readme: { type: "boolean", default: false } },
});
if (options.loop === undefined) report(options.readme);
else console.log(JSON.stringify(runLoop(LOOPS[Number(options.loop)]!)));
