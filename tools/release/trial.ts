/**
 * A library, used from C and by Deno on its own system, or on what stands in for it here.
 *
 * @module
 */
import { outputOf } from "../command.ts";
import type { Trial } from "./platforms.ts";

/** The program. */
const SOURCE = "examples/call.c";

/** What it prints. */
export const RESULTS = "y = 11 22 33 44 55 66\nsum = 231\nproduct = 220 280 490 640\n";

/** Compiles the example in C beside a library, and runs it; an error if it prints anything else. */
export async function tryFromC(library: string, { compiler, runner }: Trial): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const name = library.slice(library.lastIndexOf("/") + 1), program = `${folder}/call.exe`;
    await Deno.copyFile(library, `${folder}/${name}`);
    const found = "-Wl,-rpath,$ORIGIN";
    await outputOf([...compiler, "-I", "kernels", SOURCE, `-L${folder}`, `-l:${name}`, found, "-o", program]);
    const printed = (await outputOf([...runner, program])).replaceAll("\r", "");
    if (printed !== RESULTS) throw new Error(`${SOURCE} with ${library} prints:\n${printed}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The path of a Deno of this one's version, from its package of npm. */
async function fetchDeno(name: string): Promise<string> {
  const folder = `target/deno/${name.slice(name.indexOf("/") + 1)}-${Deno.version.deno}`;
  const install = ["npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", folder];
  // By force, as the package is not for this processor.
  await outputOf([...install, "--force", `${name}@${Deno.version.deno}`]);
  return `${folder}/node_modules/${name}/deno`;
}

/** Runs the quickest tests by a Deno with a library; whether there is such a Deno. An error if a test fails. */
export async function tryByDeno(library: string, { runner, deno }: Trial): Promise<boolean> {
  if (deno === undefined) return false;
  const test = ["test", "--no-check", "--allow-ffi", "--allow-read", "--allow-env", "tests/tiny_test.ts"];
  await outputOf([...runner, await fetchDeno(deno), ...test], {
    env: { TENSAUR_LIBRARY: await Deno.realPath(library) },
  });
  return true;
}
