/**
 * Commands of the check: each has a time limit of its own, and whatever it started ends with it.
 *
 * @module
 */

/** What a command came to. */
export interface Ended {
  /** Its exit status; 124 if its time ran out. */
  readonly code: number;
  /** What it printed to either stream. */
  readonly output: string;
  /** How long it took. */
  readonly seconds: number;
}

/** The exit status of `timeout` for a command whose time ran out. */
export const TIMED_OUT = 124;

/** Runs a command for so many seconds at most. */
export async function runFor(
  limit: number,
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const start = performance.now();
  const args = ["--kill-after=5", `${Math.max(1, Math.floor(limit))}`, ...command];
  const { code, stdout, stderr } = await new Deno.Command("timeout", { args, env, stdin: "null" }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  // After SIGKILL `timeout` ends with 137.
  const timedOut = code === TIMED_OUT || code === 137;
  return {
    code: timedOut ? TIMED_OUT : code,
    output: `${output}${errors}`,
    seconds: (performance.now() - start) / 1000,
  };
}

/** The path of a program; null if there is none, neither on the path nor in the usual folders of the toolkit. */
export async function findProgram(name: string): Promise<string | null> {
  const folders = ["CUDA_HOME", "CUDA_PATH"].map((variable) => Deno.env.get(variable)).filter(Boolean);
  const places = [...folders, "/usr/local/cuda"].map((folder) => `${folder}/bin/${name}`);
  for (const place of [name, ...places]) {
    const { code, output } = await runFor(5, ["sh", "-c", 'command -v "$0"', place]);
    if (code === 0) return output.trim();
  }
  return null;
}
