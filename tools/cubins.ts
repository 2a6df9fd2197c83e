// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * Compiles the fixed CUDA kernels into the library, so that a machine with a driver and no compiler can use them:
 * `deno task cubins`. `--write` also writes what each kernel takes of a GPU into `docs/cuda-resources.md`.
 *
 * @module
 */
import { outputOf } from "./command.ts";
import { succeeds } from "./gate.ts";
import { fetchPinned } from "./pinned.ts";

/** Where `build.rs` looks for the compiled kernels. */
export const ARCHIVE = "target/cuda/cubins.bin";
const RESOURCES = "docs/cuda-resources.md";
const PINNED = "tools/cubins.txt";
const COMPILER = "target/cuda/nvrtc";

/** What stands above the table. */
const INTRODUCTION = `# What CUDA kernels take

Registers of a thread, bytes of shared memory of a block, and bytes of local memory of a thread (arrays that are
indexed, and registers that were spilled) of each fixed kernel, for each architecture, as the pinned compiler
makes them: from run to run it may choose another register or two. \`deno task cubins --write\` writes this page,
and a test compares it.

`;

/** The path of the pinned compiler. */
export function fetchCompiler(): Promise<string> {
  return fetchPinned(PINNED, COMPILER, "nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
}

/** Runs `tools/cubins/` with the pinned compiler; what it prints if it succeeds, an error with what it says otherwise. */
export async function cubins(command: string, path: string): Promise<string> {
  const run = ["cargo", "run", "--quiet", "--example", "cubins", "--", command, path];
  return (await outputOf(run, { env: { TENSAUR_NVRTC: await fetchCompiler() } })).trimEnd();
}

/** The page of the table, as the archive has it. */
export async function resourcesPage(): Promise<string> {
  return `${INTRODUCTION}${await cubins("table", ARCHIVE)}\n`;
}

if (import.meta.main) {
  console.log(await cubins("pack", ARCHIVE) || `${ARCHIVE} has the kernels of these sources`);
  if (!succeeds(["cargo", "build", "--release", "--quiet"])) Deno.exit(1);
  if (Deno.args.includes("--write")) {
    await Deno.writeTextFile(RESOURCES, await resourcesPage());
    succeeds(["deno", "fmt", "--quiet", RESOURCES]);
  }
}
