/**
 * `deno task bench:tiers`: what is wanted of a row, whose turn is on which tier, the table, and the task itself.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { CASES } from "../bench/cases.ts";
import { rewritePage } from "../bench/report.ts";
import { onTier } from "../bench/tier_contender.ts";
import { misses, tierGoal, type TierLine, tierTable, tierVerdict } from "../bench/tiers_table.ts";
import { setSimd, simd } from "../src/backend/devices.ts";

const best = simd();

function goalOf(name: string): string {
  const { of, atLeast } = tierGoal(CASES.find((item) => item.name === name)!.full());
  return `${atLeast} of ${of}`;
}

Deno.test("large products are held to the peak, other rows to what they reach with AVX-512", () => {
  assertEquals(["SGEMM 256", "SGEMM 2048", "DGEMM 1024"].map(goalOf), Array(3).fill("0.85 of peak"));
  assertEquals(["SGEMM 128", "SGEMM, 64 of 128³"].map(goalOf), Array(2).fill("0.4 of AVX-512"));
  const functions = ["exp, 2^20", "relu(sigmoid(x·w + b) − ½)·x, 2^20", "gelu, 2^20"];
  assertEquals(functions.map(goalOf), Array(3).fill("0.5 of AVX-512"));
  const others = ["x + w, 100", "sum over all, 4096²", "softmax of rows, 4096²", "transpose, copied, 2048²"];
  assertEquals(others.map(goalOf), Array(4).fill("0.8 of AVX-512"));
});

Deno.test("a contender works on its tier in each of its turns", async () => {
  const seen: string[] = [];
  const lower = setSimd("avx2"), note = (): void => void seen.push(simd());
  try {
    const contenders = [onTier(best, note), onTier("avx2", note), onTier("plain", note)];
    for (const { sample } of contenders) await sample(2);
  } finally {
    setSimd(best);
  }
  assertEquals(seen, [best, best, lower, lower, "plain", "plain"]);
});

function line(work: string, narrow: number, peak: number | undefined, goal: TierLine["goal"]): TierLine {
  const timing = (median: number): TierLine["wide"] => ({ name: "", median, low: median, high: median });
  return { work, wide: timing(1e-3), narrow: timing(narrow), peak, goal };
}

const LINES = [
  line("a product", 2e-3, 1.8e-3, { of: "peak", atLeast: .85 }),
  line("a slow product", 2e-3, 1.6e-3, { of: "peak", atLeast: .85 }),
  line("a map", 2e-3, undefined, { of: "AVX-512", atLeast: .5 }),
  line("a move", 2e-3, undefined, { of: "AVX-512", atLeast: .8 }),
];

Deno.test("rows that miss what is wanted are marked and named", () => {
  assertEquals(LINES.map(misses), [false, true, false, true]);
  assertEquals(tierTable(LINES).slice(1, 4), [
    ["a product", "1.00 ms", "2.00 ms", "50 %", "90 %", "85 % of the peak"],
    ["a slow product", "1.00 ms", "2.00 ms", "50 %", "80 %", "85 % of the peak, **missed**"],
    ["a map", "1.00 ms", "2.00 ms", "50 %", "", "50 % of AVX-512"],
  ]);
  assertEquals(tierVerdict(LINES), "2 of 4 rows miss what is wanted: a slow product; a move.");
  assertEquals(tierVerdict([LINES[0]!]), "Each of the 1 rows reaches what is wanted.");
});

Deno.test("the task runs the cases that are asked for, where there is AVX-512", async () => {
  const script = new URL("../bench/tiers.ts", import.meta.url).pathname;
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env", "--allow-sys"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, script, "--only", "x + w, 100"],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(code, 0, told);
  const wide = setSimd("avx512") === "avx512";
  setSimd(best);
  if (wide) assertMatch(out!, /^\| x \+ w, 100 \|( [\d.]+ [nµ]s +\|){2} \d+ % /m);
  else assertEquals(told, "Skipping everything: this machine has no AVX-512\n");
});

Deno.test("a page is rewritten between its marks alone", async () => {
  const page = await Deno.makeTempFile({ suffix: ".md" });
  try {
    await Deno.writeTextFile(
      page,
      "# A\n\n<!-- one -->\nold\n<!-- /one -->\n\n<!-- two -->\n\n<!-- /two -->\n",
    );
    rewritePage(page, "one", "new");
    const text = await Deno.readTextFile(page);
    assertEquals(text, "# A\n\n<!-- one -->\n\nnew\n\n<!-- /one -->\n\n<!-- two -->\n\n<!-- /two -->\n");
  } finally {
    await Deno.remove(page);
  }
});
