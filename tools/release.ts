// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * Makes a release: `deno task release --help`, and docs/release.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import deno from "../deno.json" with { type: "json" };
import { RELEASE } from "../src/backend/release.ts";
import { outputOf, runAloud } from "./command.ts";
import { ARCHIVE, cubins } from "./cubins.ts";
import { buildLibrary, type Built } from "./release/build.ts";
import { factsOf, faultsOf, faultsOfBytes } from "./release/check.ts";
import { namesIn, writeLibraries, writeRest, writeSums, writeTable } from "./release/files.ts";
import { PLATFORMS } from "./release/platforms.ts";
import { tryByDeno, tryFromC } from "./release/trial.ts";
import { sumsOfSecond } from "./release/twice.ts";

const HELP = `Builds, checks and tries the native libraries, and lays out the files of a release.

Usage: deno task release [options]

  --only TARGET   this target alone; may be given more than once. The targets:
                  ${Object.keys(PLATFORMS).join("\n                  ")}
  --output DIR    where to (default: target/release-files)
  --write         put the table of the libraries into src/backend/release.ts
  --twice         build the same commit in another folder too, and compare the bytes
  --help          print this text`;

/** What the command line asks for. */
interface Options {
  readonly targets: readonly string[];
  readonly output: string;
  readonly write: boolean;
  readonly twice: boolean;
}

/** Reads the command line; null if it asks for help. */
function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true },
      output: { type: "string", default: "target/release-files" },
      write: { type: "boolean", default: false },
      twice: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const { only: targets = Object.keys(PLATFORMS), output, write, twice } = values;
  const unknown = targets.find((target) => PLATFORMS[target] === undefined);
  if (unknown !== undefined) throw new Error(`--only ${unknown}: want one of ${Object.keys(PLATFORMS)}`);
  return { targets, output, write, twice };
}

/** The commit, with a word if there is more than that in the checkout. */
async function commit(): Promise<string> {
  const [name, changes] = await Promise.all([
    outputOf(["git", "rev-parse", "HEAD"]),
    outputOf(["git", "status", "--porcelain"]),
  ]);
  return name.trim() + (changes === "" ? "" : " with changes");
}

/** Throws unless every file that names the version names the same. */
async function checkVersions(): Promise<void> {
  const [, cargo] = /^version = "(.*)"/m.exec(await Deno.readTextFile("Cargo.toml"))!;
  const versions = new Set([deno.version, cargo, RELEASE.version]);
  if (versions.size > 1) {
    throw new Error(`deno.json, Cargo.toml and src/backend/release.ts have versions ${[...versions]}`);
  }
}

/** Uses a library where that can be; how, in words. */
async function tryOut(target: string, path: string): Promise<string> {
  const { trial } = PLATFORMS[target]!;
  if (trial === undefined) return "not tried: nothing runs it here";
  await tryFromC(path, trial);
  return await tryByDeno(path, trial) ? "tried from C and by Deno" : "tried from C";
}

/** Builds a library, checks it, and tries it. */
async function make(target: string): Promise<Built> {
  const built = await buildLibrary(target), { path, madeWith } = built;
  const bytes = await Deno.readFile(path), header = await Deno.readTextFile("kernels/tensaur.h");
  const faults = [
    ...faultsOf(await factsOf(path), header, PLATFORMS[target]!),
    ...faultsOfBytes(bytes, await Deno.readFile(ARCHIVE), [Deno.cwd(), Deno.env.get("HOME")!]),
  ];
  if (faults.length > 0) throw new Error(`${path} ${faults.join("; ")}`);
  const tried = await tryOut(target, path);
  console.log(`${target}: ${bytes.length} bytes, ${[...madeWith, tried].join(", ")}`);
  return built;
}

/** Makes the release; returns its folder and the sums of its files. */
async function release({ targets, output, write }: Options): Promise<{ folder: string; sums: string }> {
  await checkVersions();
  await cubins("pack", ARCHIVE);
  const built = new Map<string, Built>(), folder = `${output}/v${RELEASE.version}`;
  for (const target of targets) built.set(target, await make(target));
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const table = await writeLibraries(output, built);
  if (write) await writeTable(table);
  await writeRest(folder, built, await commit());
  await runAloud([Deno.execPath(), "publish", "--dry-run", "--allow-dirty", "--quiet"]);
  return { folder, sums: await writeSums(folder) };
}

/** Throws unless the same commit, built elsewhere, has the same sums. */
async function compare({ targets }: Options, sums: string): Promise<void> {
  const others = new Set((await sumsOfSecond(targets, RELEASE.version)).split("\n"));
  const changed = sums.split("\n").filter((line) => !others.has(line));
  if (changed.length > 0) throw new Error(`The second build has other bytes:\n${changed.join("\n")}`);
}

if (import.meta.main) {
  const options = readOptions(Deno.args);
  if (options === null) {
    console.log(HELP);
    Deno.exit();
  }
  if (options.twice && (await commit()).includes(" ")) throw new Error("--twice wants a clean checkout");
  const { folder, sums } = await release(options);
  console.log(`${folder}: ${(await namesIn(folder)).join(", ")}`);
  if (options.twice) {
    await compare(options, sums);
    console.log("A second build, in another folder, has the same bytes");
  }
}
