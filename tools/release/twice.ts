/**
 * Whether two builds of one commit, in two folders, have the same bytes.
 *
 * @module
 */
import { TARGETS } from "../../src/backend/loader/targets.ts";
import { outputOf, runAloud } from "../command.ts";

/** What the second build takes from the first checkout: the tools, and the kernels, which are compiled once for all. */
const SHARED = ["target/debian", "target/zig", "target/cuda"];

/** Clones the commit into another folder, makes its release there, and returns the sums of that. */
export async function sumsOfSecond(targets: readonly string[], version: string): Promise<string> {
  const around = await Deno.makeTempDir(), clone = `${around}/clone`, here = Deno.cwd();
  try {
    await outputOf(["git", "clone", "--quiet", here, clone]);
    await Deno.mkdir(`${clone}/target`);
    for (const folder of SHARED) await Deno.symlink(`${here}/${folder}`, `${clone}/${folder}`);
    const command = [Deno.execPath(), "run", "--allow-all", "tools/release.ts"];
    command.push(...targets.flatMap((target) => ["--only", target]));
    // What runs the tool there need not be built there.
    const env = { TENSAUR_LIBRARY: `${here}/target/release/${TARGETS[Deno.build.target]!.library}` };
    await runAloud(command, { cwd: clone, env });
    return await Deno.readTextFile(`${clone}/target/release-files/v${version}/SHA256SUMS`);
  } finally {
    await Deno.remove(around, { recursive: true });
  }
}
