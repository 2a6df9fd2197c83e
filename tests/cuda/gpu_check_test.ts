/**
 * The check for machines with a GPU, packed and run as it is there, on the simulated driver: every step passes or says
 * what is missing.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { findProgram, runFor, TIMED_OUT } from "../../tools/gpu_check/commands.ts";
import { page } from "../../tools/gpu_check/report.ts";
import type { Findings } from "../../tools/gpu_check/report.ts";
import { build } from "../simulator/child.ts";
import { ready, simulated } from "./child.ts";

/** Stands for compute-sanitizer: runs what it is given behind its three options, and finds nothing. */
const SANITIZER = `#!/bin/sh
[ "$1" = --tool ] && [ "$3" = --target-processes ] && [ "$5" = --error-exitcode ] || exit 3
shift 6
"$@" && echo "========= ERROR SUMMARY: 0 errors"
`;

const PACK = new URL("../../tools/gpu_check/pack.ts", import.meta.url).pathname;

Deno.test({
  name: "the check of a GPU runs from its folder alone, and its report says what was skipped",
  ignore: !ready,
  fn: async () => {
    const folder = await Deno.makeTempDir(), library = await build("plain");
    try {
      const packed = await simulated([
        "run",
        "--allow-all",
        "--no-check",
        PACK,
        "--bare",
        "--folder",
        folder,
      ]);
      assert(packed.success, packed.output);
      await Deno.mkdir(`${folder}/bin`);
      await Deno.writeTextFile(`${folder}/bin/compute-sanitizer`, SANITIZER, { mode: 0o755 });
      const env: Record<string, string> = {
        LD_LIBRARY_PATH: library,
        CUDA_SIMULATOR_LIBRARY: library,
        CUDA_SIMULATOR_KERNELS: `${library}/kernels`,
        CUDA_SIMULATOR_QUIET: "1",
        DENO_DIR: `${folder}/cache`,
        PATH: `${folder}/bin:${Deno.execPath().replace(/\/[^/]*$/, "")}:/usr/bin:/bin`,
      };
      const check = async (...options: string[]): Promise<{ code: number; said: string }> => {
        const args = [`${folder}/run.sh`, `${folder}/out`, "--small", "--limit", "900", ...options];
        const command = new Deno.Command("bash", { args, env, clearEnv: true, cwd: "/" });
        const { code, stdout, stderr } = await command.output();
        return { code, said: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("") };
      };
      const { code, said } = await check();
      const files = await Array.fromAsync(Deno.readDir(`${folder}/out`), ({ name }) => name);
      assertEquals(files.sort(), ["log.txt", "report.json", "report.md"], said);
      const text = await Deno.readTextFile(`${folder}/out/log.txt`);
      const findings: Findings = JSON.parse(await Deno.readTextFile(`${folder}/out/report.json`));
      for (const { name, status, told } of findings.steps) {
        assertEquals(status, "passed", `${name}: ${told}\n${text}`);
      }
      assertEquals([code, findings.simulated], [0, true], said);
      assert(findings.steps.length >= 11 && findings.figures.length >= 12, said);
      assert(findings.figures.every(({ seconds }) => seconds > 0));
      assertEquals(await Deno.readTextFile(`${folder}/out/report.md`), page(findings));
      await Deno.remove(`${folder}/bin/compute-sanitizer`);
      const without = await check("--only", "sanitizer");
      assertEquals(without.code, 0, without.said);
      assertEquals(without.said.match(/^skipped compute-sanitizer \w+ .*is not installed$/gm)?.length, 4);
      env.CUDA_SIMULATOR_LAUNCH_FAILURE_AT = "1";
      const failed = await check("--only", "finds the GPU");
      assertEquals(failed.code, 1, failed.said);
      assertMatch(failed.said, /^FAILED +the library finds the GPU .*: status 1: /m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "a command of the check ends with all that it started when its time is over",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { code, output, seconds } = await runFor(1, ["sh", "-c", "echo begun; sleep 60 & wait"]);
    assertEquals([code, output], [TIMED_OUT, "begun\n"]);
    assert(seconds < 30, `${seconds}`);
    assertEquals(
      await runFor(9, ["sh", "-c", "echo $WORD; exit 3"], { WORD: "x" }).then((
        { code, output },
      ) => [code, output]),
      [3, "x\n"],
    );
    assertEquals(await findProgram("no such program"), null);
    assertMatch(await findProgram("sh") ?? "", /\/sh$/);
  },
});

Deno.test("the report has rates, shares of the copy's rate and ratios, and counts what failed", () => {
  const text = page({
    date: "2026-01-02",
    simulated: false,
    machine: ["GPU: one"],
    steps: [
      { name: "good", status: "passed", told: "a | b", log: "", seconds: 1 },
      { name: "bad", status: "FAILED", told: "status 9", log: "", seconds: 2 },
      { name: "absent", status: "skipped", told: "x is not installed", log: "", seconds: 0 },
    ],
    figures: [
      { name: "copy", seconds: 2, torch: 1, work: { amount: 1e9, unit: "GB/s" } },
      { name: "sum", seconds: 4, torch: 2, work: { amount: 2e9, unit: "GB/s" } },
      { name: "matmul", seconds: 1, torch: null, work: { amount: 5e9, unit: "GFLOP/s" } },
      { name: "training", seconds: .001, torch: .002, work: null },
    ],
  });
  const cells = text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  const row = (name: string): string[] | undefined => cells.find(([first]) => first === name);
  assertEquals(row("good"), ["good", "passed", "1.0 s", "a \\| b"]);
  assertEquals(row("copy")?.slice(1), ["2.00 s", "0.500 GB/s", "50 %", "1.00 s", "1.00 GB/s", "0.50×"]);
  assertEquals(row("sum")?.slice(1, 4), ["4.00 s", "0.500 GB/s", "50 %"]);
  assertEquals(row("matmul")?.slice(1), ["1.00 s", "5.00 GFLOP/s", "", "not there", "", ""]);
  assertEquals(row("training")?.slice(1), ["1.00 ms", "", "", "2.00 ms", "", "2.00×"]);
  assertMatch(text, /^1 passed, 1 failed, 1 skipped\.$/m);
});
