/**
 * Tools from PyPI: pip installs a pinned package, checked by its hash, into a folder of its own.
 *
 * @module
 */
import { succeeds } from "./gate.ts";

const PIP = "python3 -m pip install --quiet --no-deps --require-hashes --only-binary=:all:".split(" ");

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/**
 * The path of a file of the one package that a file of requirements pins; it is fetched the first time.
 *
 * @param requirements The file of requirements
 * @param prefix Where the package goes, but for `-` and its version
 * @param file The file, from there
 */
export async function fetchPinned(requirements: string, prefix: string, file: string): Promise<string> {
  const [, version] = /==(\S+)/.exec(await Deno.readTextFile(requirements))!;
  const folder = `${prefix}-${version}`, path = `${folder}/${file}`;
  if (await exists(path)) return path;
  const around = prefix.slice(0, prefix.lastIndexOf("/"));
  await Deno.mkdir(around, { recursive: true });
  // Another process may be at it too, and one that is stopped leaves nothing half done.
  const part = await Deno.makeTempDir({ dir: around });
  try {
    if (!succeeds([...PIP, "--target", part, "--requirement", requirements])) {
      throw new Error(`pip could not fetch what ${requirements} pins: this needs Python, pip and a network`);
    }
    await Deno.rename(part, folder);
  } catch (error) {
    await Deno.remove(part, { recursive: true });
    if (!await exists(path)) throw error;
  }
  return path;
}
