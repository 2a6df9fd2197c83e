/**
 * Threads as programs see them: Workers that compute at once, and ends that come while workers are awake.
 */
import { assertEquals } from "@std/assert";

/** Runs a program of `tests/threads/` to its end; what it printed. */
async function run(program: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-ffi", "--allow-read", "--allow-env", `tests/threads/${program}`],
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(code, 0, error);
  return out!.trim();
}

Deno.test("Workers that compute at once get their own results", async () => {
  assertEquals(await run("at_once.ts"), "same same same");
});

Deno.test("a process ends while a Worker computes and the team is awake", async () => {
  assertEquals(await run("sudden_end.ts"), "ended");
});
