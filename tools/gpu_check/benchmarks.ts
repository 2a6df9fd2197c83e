// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * `benchmarks.ts [--seconds N] [--small]`: times the library on the first GPU and PyTorch beside it, in turns; a line of
 * JSON for each case, so that those that were timed are known even if time runs out.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { synchronize } from "@tensaur/tensaur";
import { type Contender, measure } from "../../bench/measure.ts";
import { PythonPeers } from "../../bench/python.ts";
import { type GpuCase, gpuCases, type Work } from "./cases.ts";

/** What takes so long is timed a few times only. */
const SLOW_SECONDS = .3;

/** The figures of a case, in seconds: medians. */
export interface Figures {
  readonly name: string;
  readonly seconds: number;
  /** PyTorch's; null if it is not there. */
  readonly torch: number | null;
  readonly work: Work | null;
}

/** The library: all the work is started, then waited for. */
function contender({ prepare }: GpuCase): Contender {
  const work = prepare();
  return {
    name: "tensaur",
    sample: (count) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) work();
      synchronize();
      return (performance.now() - start) / 1000;
    },
  };
}

async function figuresOf(item: GpuCase, peers: PythonPeers | null, small: boolean): Promise<Figures> {
  const torch = await peers?.contender("PyTorch", item.torch);
  const here = contender(item), contenders = [here, ...(torch === undefined ? [] : [torch])];
  // The first time compiles kernels.
  await here.sample(1);
  const slow = await here.sample(1) > SLOW_SECONDS;
  const amount = { samples: small || slow ? 3 : 21, seconds: small || slow ? 0 : .02, warmUp: .1 };
  const [ours, theirs] = await measure(contenders, amount);
  await peers?.forget();
  return { name: item.name, seconds: ours!.median, torch: theirs?.median ?? null, work: item.work };
}

/** Whether there is a PyTorch that sees a GPU. */
function hasTorch(): boolean {
  try {
    const args = ["-c", "import torch; assert torch.cuda.is_available()"];
    return new Deno.Command("python3", { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const { values: options } = parseArgs({
    args: Deno.args,
    options: { seconds: { type: "string", default: "180" }, small: { type: "boolean", default: false } },
  });
  const end = performance.now() + 1000 * Number(options.seconds),
    peers = hasTorch() ? new PythonPeers("python3") : null;
  if (peers === null) console.error("PyTorch with a GPU is not there: no peer is timed");
  for (const item of gpuCases(options.small)) {
    if (performance.now() > end) {
      console.error(`no time is left for ${item.name}`);
      continue;
    }
    try {
      console.log(JSON.stringify(await figuresOf(item, peers, options.small)));
    } catch (error) {
      Deno.exitCode = 1;
      console.error(`${item.name} failed: ${error instanceof Error ? error.message : error}`);
    }
  }
  await peers?.[Symbol.asyncDispose]();
}
