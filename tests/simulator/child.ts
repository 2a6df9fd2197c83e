/** Starts `programs.ts` with a simulated driver: the environment decides how it behaves, so each run is a process. */

/** How the simulator was built: see `build.sh`. */
export type Mode = "plain" | "races" | "asan";

/** What a program printed, and what the simulator said. */
export interface Outcome<T> {
  code: number;
  value: T;
  reports: string;
}

const here = new URL(".", import.meta.url).pathname;

async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Deno.CommandOutput> {
  return await new Deno.Command(command, { args, env, stdout: "piped", stderr: "piped" }).output();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Whether this machine has what compiles the simulator. */
export async function hasCompiler(): Promise<boolean> {
  try {
    return Deno.build.os === "linux" && (await run("g++", ["--version"])).success;
  } catch {
    return false;
  }
}

const builds = new Map<Mode, Promise<string>>();

/** The folder of the simulator's libraries in a mode, which the first to ask builds. */
export function build(mode: Mode): Promise<string> {
  const folder = builds.get(mode) ?? start(mode);
  builds.set(mode, folder);
  return folder;
}

async function start(mode: Mode): Promise<string> {
  const { success, stdout, stderr } = await run(`${here}build.sh`, [mode]);
  if (!success) throw new Error(decode(stderr));
  return decode(stdout).trim();
}

/** AddressSanitizer's libraries must be in the process before all others. */
export async function sanitizers(): Promise<Record<string, string>> {
  const names = ["libasan.so", "libubsan.so"];
  const paths = await Promise.all(names.map(async (name) => {
    return decode((await run("g++", [`-print-file-name=${name}`])).stdout).trim();
  }));
  return {
    LD_PRELOAD: paths.join(" "),
    ASAN_OPTIONS: "detect_leaks=0:detect_stack_use_after_return=0:handle_segv=0",
  };
}

/** Runs a program; `settings` are variables without their prefix. */
export async function runProgram<T>(
  program: string,
  settings: Record<string, string | number> = {},
  mode: Mode = "plain",
): Promise<Outcome<T>> {
  const folder = await build(mode);
  const env: Record<string, string> = {
    CUDA_SIMULATOR_LIBRARY: folder,
    CUDA_SIMULATOR_KERNELS: `${folder}/kernels`,
    NO_COLOR: "1",
    ...(mode === "asan" ? await sanitizers() : {}),
  };
  for (const [name, value] of Object.entries(settings)) env[`CUDA_SIMULATOR_${name}`] = `${value}`;
  const permissions = ["--allow-ffi", "--allow-env", "--allow-read"];
  const args = ["run", "--no-lock", "--no-check", ...permissions, `${here}programs.ts`, program];
  const { code, stdout, stderr } = await run(Deno.execPath(), args, env);
  const printed = decode(stdout).trim();
  return { code, value: (printed === "" ? undefined : JSON.parse(printed)) as T, reports: decode(stderr) };
}

/** The value of a program that must end well. */
export async function valueOf<T>(
  program: string,
  settings: Record<string, string | number> = {},
  mode: Mode = "plain",
): Promise<T> {
  const { code, value, reports } = await runProgram<T>(program, settings, mode);
  if (code !== 0 || value === undefined) throw new Error(`${program} ended with ${code}: ${reports}`);
  return value;
}
