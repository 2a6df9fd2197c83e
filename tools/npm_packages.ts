/**
 * The npm packages: the main one, whose JavaScript `deno pack` makes, and one for each platform with its library.
 *
 * @module
 */
import deno from "../deno.json" with { type: "json" };
import { outputOf } from "./command.ts";
import { npmPackage, type Target, TARGETS } from "../src/backend/loader/targets.ts";

const ROOT = new URL("../", import.meta.url);

/** What other runtimes find instead of the code. */
const NOT_DENO = "not_deno.cjs";

/** What tells of the parts of a library that others have written. */
const NOTICES = "THIRD_PARTY.md";

/** Its source: with the names that are imported, or Node would miss these before it ran anything. */
async function notDenoSource(): Promise<string> {
  const entries = await Promise.all(
    Object.values(deno.exports).map((path) => import(new URL(path, ROOT).href)),
  );
  const names = new Set(entries.flatMap((entry) => Object.keys(entry)));
  return `${Array.from(names, (name) => `exports.${name} = undefined;\n`).join("")}
throw new Error(
  "Tensaur needs Deno, for its Deno.dlopen: run this with deno (https://deno.com, or npx deno) instead of " +
    (typeof process === "object" && process.release ? process.release.name : "this runtime"),
);
`;
}

/** What `deno pack` writes of an export. */
interface PackedExport {
  readonly types?: string;
  readonly default: string;
}

/** A `package.json`, as far as it is looked at here. */
interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, PackedExport>>;
}

/** The main package's description: only Deno finds the code, everyone else the error. */
function mainPackage(packed: PackageJson, targets: readonly string[]): Record<string, unknown> {
  const exports = Object.entries(packed.exports).map(([name, { types, default: code }]) => [
    name,
    { deno: { ...types === undefined ? {} : { types }, default: code }, default: `./${NOT_DENO}` },
  ]);
  const platforms = targets.map((target) => [npmPackage(TARGETS[target]!), packed.version]);
  return {
    ...packed,
    main: `./${NOT_DENO}`,
    exports: Object.fromEntries(exports),
    optionalDependencies: Object.fromEntries(platforms),
  };
}

/** The description of a platform's package: npm installs it only there. */
function platformPackage(target: Target, version: string): Record<string, unknown> {
  const { library, os, cpu, libc } = target;
  return {
    name: npmPackage(target),
    version,
    description: `The native library of Tensaur for ${os} on ${cpu}`,
    license: "MIT",
    os: [os],
    cpu: [cpu],
    ...libc === undefined ? {} : { libc: [libc] },
    files: [library, NOTICES],
  };
}

/**
 * Packs a folder into another one, and returns the tarball's path. npm leaves out when, where and by whom that is done, so
 * that the same files make the same bytes.
 */
async function pack(folder: string, into: string): Promise<string> {
  const command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", into, folder];
  return `${into}/${(await outputOf(command)).trim()}`;
}

function writeJson(path: string, value: unknown): Promise<void> {
  return Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** What a platform's package is made of. */
export interface PlatformFiles {
  /** The path of the built library. */
  readonly library: string;
  /** The text about its parts that others have written. */
  readonly notices: string;
}

/** Writes what the main package holds into a folder, and returns its version. */
async function layOutMain(folder: string, targets: readonly string[]): Promise<string> {
  const tarball = `${folder}.tgz`;
  await outputOf([Deno.execPath(), "pack", "--quiet", "--allow-dirty", "--output", tarball], { cwd: ROOT });
  await Deno.mkdir(folder);
  await outputOf(["tar", "-xzf", tarball, "-C", folder, "--strip-components=1"]);
  const packed: PackageJson = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  await writeJson(`${folder}/package.json`, mainPackage(packed, targets));
  await Deno.writeTextFile(`${folder}/${NOT_DENO}`, await notDenoSource());
  return packed.version;
}

/** Writes what a platform's package holds into a folder. */
async function layOutPlatform(
  folder: string,
  target: Target,
  version: string,
  { library, notices }: PlatformFiles,
): Promise<void> {
  await Deno.mkdir(folder);
  await writeJson(`${folder}/package.json`, platformPackage(target, version));
  await Deno.copyFile(library, `${folder}/${target.library}`);
  await Deno.copyFile(new URL("LICENSE", ROOT), `${folder}/LICENSE`);
  await Deno.writeTextFile(`${folder}/${NOTICES}`, notices);
}

/**
 * Writes the tarballs of all packages into a folder: the main one first, then those of the platforms.
 *
 * @param into The folder
 * @param platforms What goes into the platforms' packages, by Deno's names of the targets
 * @returns The paths of the tarballs
 */
export async function packNpm(
  into: string,
  platforms: Readonly<Record<string, PlatformFiles>>,
): Promise<string[]> {
  const targets = Object.keys(platforms).sort(), work = await Deno.makeTempDir();
  try {
    const version = await layOutMain(`${work}/main`, targets);
    const tarballs = [await pack(`${work}/main`, into)];
    for (const target of targets) {
      const folder = `${work}/${target}`;
      await layOutPlatform(folder, TARGETS[target]!, version, platforms[target]!);
      tarballs.push(await pack(folder, into));
    }
    return tarballs;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
