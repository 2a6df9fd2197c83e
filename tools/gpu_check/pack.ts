// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * `deno task gpu:pack [--folder FOLDER] [--bare]`: puts all that the check needs on a machine with a driver, a CUDA
 * toolkit, Python and PyTorch, and neither a network nor Deno nor Rust, into a folder and, beside it, a tarball:
 * Deno, the library, the sources, what the tests import, and what the emulation makes of the fragments. `--bare`
 * leaves out Deno and the tarball.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { build, hasCompiler, valueOf } from "../../tests/simulator/child.ts";

/** What is carried of the checkout. */
const SOURCES = ["mod.ts", "deno.json", "src", "tests", "bench", "examples", "tools", "kernels/cuda"];
const LIBRARY = "target/release/libtensaur.so";
/** What the tests import from npm, by a file that imports it. */
const IMPORTER = "tests/course_test.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Runs a command in a folder; throws what it said if it fails. */
async function run(folder: string, program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, cwd: folder }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Copies the sources, and installs what they import beside them, from Deno's cache or its registry. */
async function copyTree(tree: string): Promise<void> {
  await Deno.mkdir(`${tree}/target/release`, { recursive: true });
  await run(root, "cp", "-r", "--parents", ...SOURCES, tree);
  await run(root, "strip", "-o", `${tree}/${LIBRARY}`, LIBRARY);
  await run(
    tree,
    Deno.execPath(),
    "install",
    "--node-modules-dir=auto",
    "--no-lock",
    "--entrypoint",
    IMPORTER,
  );
  const config = JSON.parse(await Deno.readTextFile(`${tree}/deno.json`));
  // There the registries cannot be asked: all is in the folder.
  config.imports["@std/assert"] = "./tools/std_assert/mod.ts";
  delete config.links;
  config.nodeModulesDir = "manual";
  await Deno.writeTextFile(`${tree}/deno.json`, JSON.stringify(config, null, 2));
  const dependencies = Object.fromEntries(
    Object.values(config.imports as Record<string, string>).filter((path) => path.startsWith("npm:"))
      .map((path) => path.slice("npm:".length).split("@") as [string, string]),
  );
  await Deno.writeTextFile(`${tree}/package.json`, JSON.stringify({ dependencies }));
}

/** Makes the folder; returns the tarball, if one was wanted. */
async function pack(folder: string, bare: boolean): Promise<string | null> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await copyTree(`${folder}/tree`);
  await Deno.copyFile(new URL("run.sh", import.meta.url), `${folder}/run.sh`);
  if (await hasCompiler()) {
    await build("plain");
    const dumps = await valueOf("fragmentDumps");
    await Deno.writeTextFile(`${folder}/tree/fragments.json`, JSON.stringify(dumps));
  }
  if (bare) return null;
  await run(folder, "sh", "-c", `xz -6 -T0 -c "$0" > deno.xz`, Deno.execPath());
  const tarball = `${folder}.tar`;
  await run(folder, "tar", "-cf", tarball, ".");
  return tarball;
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    folder: { type: "string", default: `${root}target/gpu_check` },
    bare: { type: "boolean", default: false },
  },
});
const tarball = await pack(options.folder, options.bare);
console.log(tarball ?? options.folder);
