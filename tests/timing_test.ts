/**
 * `deno task timing`, run as users run it.
 */
import { assertEquals, assertMatch } from "@std/assert";

const SCRIPT = new URL("../bench/timing.ts", import.meta.url).pathname;

Deno.test("the timing of products is told in the course's form, with a rate, and written only when asked", async () => {
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env", "--allow-sys"];
  const args = ["run", "--no-prompt", ...permissions, SCRIPT, "--most", "128"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } })
    .output();
  const out = new TextDecoder().decode(stdout);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  const line = String.raw`: \d+\.\d{5}  \(\S+ GFLOP/s without the inputs\)\n`;
  const size = (n: number): string => `Size: ${n}\n    loop${line}    simple${line}    fast${line}`;
  assertMatch(out, new RegExp(`^Timing summary\n${size(64)}${size(128)}`));
});
