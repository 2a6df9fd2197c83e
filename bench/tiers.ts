// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:tiers [--only TEXT] [--write]`: every case with AVX-512 and with AVX2 in turn, beside the peak of
 * multiply-adds with AVX2.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as tensaur from "@tensaur/tensaur";
import { setSimd, simd } from "../src/backend/devices.ts";
import { type Case, prepare } from "./case.ts";
import { casesWith } from "./cases.ts";
import { MachineLimits } from "./machine_limits.ts";
import { local, measure, type MeasureOptions } from "./measure.ts";
import { machine, markdown, rewritePage } from "./report.ts";
import { onTier } from "./tier_contender.ts";
import { tierGoal, type TierLine, tierTable, tierVerdict } from "./tiers_table.ts";

const PAGE = "docs/tiers.md";
const OPTIONS: MeasureOptions = { samples: 15, seconds: .015, warmUp: .1 };

async function measureCase(item: Case): Promise<TierLine> {
  const work = item.full();
  using prepared = prepare(tensaur, item, work);
  const peak = work.flops === undefined
    ? undefined
    : limits?.multiplyAdd(prepared.dtype === "float64" ? "float64_avx2" : "float32_avx2");
  const [wide, narrow, loop] = await measure([
    onTier("avx512", prepared.run),
    onTier("avx2", prepared.run),
    ...peak === undefined ? [] : [local(peak.what, peak.work)],
  ], OPTIONS);
  const atPeak = peak && loop && loop.median * work.flops! / peak.amount;
  return { work: item.name, wide: wide!, narrow: narrow!, peak: atPeak, goal: tierGoal(work) };
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: { only: { type: "string", default: "" }, write: { type: "boolean", default: false } },
});
const best = simd();
if (setSimd("avx512") !== "avx512") {
  console.error("Skipping everything: this machine has no AVX-512");
  Deno.exit();
}
const limits = MachineLimits.compile(tensaur.threads());
const lines: TierLine[] = [];
for (const item of casesWith(options.only)) {
  const line = await measureCase(item);
  lines.push(line);
  console.log(tierTable([line])[1]!.join(" | "));
}
setSimd(best);
const text = `${markdown(tierTable(lines))}\n\n${
  tierVerdict(lines)
}\n\nMedians of one run: ${machine()}, ${tensaur.threads()} threads.`;
console.log(`\n${text}`);
if (options.write) rewritePage(PAGE, "bench:tiers", text);
