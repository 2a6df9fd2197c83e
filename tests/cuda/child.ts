/** Deno with the simulated driver: the environment decides how that behaves, so each run is a process. */
import { build, hasCompiler, type Mode, sanitizers } from "../simulator/child.ts";

/** Whether there is a simulated driver here. */
export const ready: boolean = await hasCompiler();
// deno-lint-ignore no-console -- a skipped test is skipped aloud
if (!ready) console.warn("no g++ on Linux here: the device cuda is not tested");

/** What a process may do. */
export const PERMISSIONS: readonly string[] = [
  "--allow-ffi",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
];

/** What a process came to. */
export interface Ended {
  /** Its exit status. */
  readonly code: number;
  /** Whether that is 0. */
  readonly success: boolean;
  /** What it printed. */
  readonly printed: string;
  /** What it, and the simulator, wrote to the standard error. */
  readonly reports: string;
  /** Both. */
  readonly output: string;
}

/** Runs Deno with the simulated driver, quiet unless `settings` say so: its variables without their prefix. */
export async function simulated(
  args: readonly string[],
  settings: Readonly<Record<string, string | number>> = {},
  env: Readonly<Record<string, string>> = {},
  mode: Mode = "plain",
): Promise<Ended> {
  const folder = await build(mode), cache = await Deno.makeTempDir();
  const all: Record<string, string> = {
    LD_LIBRARY_PATH: folder,
    TENSAUR_CACHE_DIR: cache,
    CUDA_SIMULATOR_QUIET: "1",
    NO_COLOR: "1",
    ...(mode === "asan" ? await sanitizers() : {}),
    ...env,
  };
  for (const [name, value] of Object.entries(settings)) all[`CUDA_SIMULATOR_${name}`] = `${value}`;
  const command = new Deno.Command(Deno.execPath(), { args: [...args], env: all, stdin: "null" });
  const { code, success, stdout, stderr } = await command.output();
  await Deno.remove(cache, { recursive: true });
  const decoder = new TextDecoder(), printed = decoder.decode(stdout), reports = decoder.decode(stderr);
  return { code, success, printed, reports, output: `${printed}${reports}` };
}

/** What a module of these lines prints. */
export async function printed(
  lines: readonly string[],
  settings: Readonly<Record<string, string | number>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const mod = new URL("../../mod.ts", import.meta.url);
  const code = [`import * as ts from "${mod}";`, ...lines].join("\n");
  const { output } = await simulated(["eval", "--no-check", code], settings, env);
  return output.trim();
}
