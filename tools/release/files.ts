/**
 * The folder of a release: the libraries, what goes with them, the packages for npm, and the sums of all these.
 *
 * @module
 */
import { sha256 } from "../../src/backend/loader/sum.ts";
import { RELEASE, type Release } from "../../src/backend/release.ts";
import { packNpm } from "../npm_packages.ts";
import { withRelease, writeRelease } from "../release_table.ts";
import type { Built } from "./build.ts";
import { licencesPage } from "./licences.ts";

/** Where the tables of releases stand. */
const TABLE = "src/backend/release.ts";

/** What goes into the folder as it is. */
const COPIED = ["LICENSE", "kernels/tensaur.h"];

/** The names of the files of a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** The libraries, where the loader looks for them; returns their table. */
export async function writeLibraries(output: string, built: ReadonlyMap<string, Built>): Promise<Release> {
  const bytes = await Promise.all(
    Array.from(built, async ([target, { path }]) => [target, await Deno.readFile(path)] as const),
  );
  return await writeRelease(output, RELEASE, Object.fromEntries(bytes));
}

/** Writes the table into the source. */
export async function writeTable(release: Release): Promise<void> {
  await Deno.writeTextFile(TABLE, withRelease(await Deno.readTextFile(TABLE), release));
}

/** Everything else, in the folder of the libraries. */
export async function writeRest(
  folder: string,
  built: ReadonlyMap<string, Built>,
  commit: string,
): Promise<void> {
  const targets = [...built.keys()];
  for (const path of COPIED) {
    await Deno.copyFile(path, `${folder}/${path.slice(path.lastIndexOf("/") + 1)}`);
  }
  await Deno.writeTextFile(`${folder}/THIRD_PARTY.md`, await licencesPage(targets));
  const lines = Array.from(built, ([target, { madeWith }]) => `${target}: ${madeWith.join(", ")}\n`);
  await Deno.writeTextFile(`${folder}/BUILT_WITH`, `commit ${commit}\n${lines.join("")}`);
  const packages = await Promise.all(targets.map(async (target) => {
    return [target, { library: built.get(target)!.path, notices: await licencesPage([target]) }] as const;
  }));
  await packNpm(folder, Object.fromEntries(packages));
}

/** The sums of a folder's files, as `sha256sum --check` wants them. */
export async function writeSums(folder: string): Promise<string> {
  const names = (await namesIn(folder)).filter((name) => name !== "SHA256SUMS");
  const lines = await Promise.all(
    names.map(async (name) => `${await sha256(await Deno.readFile(`${folder}/${name}`))}  ${name}\n`),
  );
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
  return lines.join("");
}
