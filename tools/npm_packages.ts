/**
 * The npm packages: the main one, whose JavaScript `deno pack` makes, and one for each platform with its library.
 *
 * @module
 */
import deno from "../deno.json" with { type: "json" };
import { npmPackage, type Target, TARGETS } from "../src/backend/loader/targets.ts";

const ROOT = new URL("../", import.meta.url);

/** What other runtimes find instead of the code. */
const NOT_DENO = "not_deno.cjs";

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
    files: [library],
  };
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** A name that is a file name. */
function tarballName(name: string, version: string): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/** Packs the folder `package` in `around`, and returns the tarball's path. */
async function pack(around: string, into: string, name: string, version: string): Promise<string> {
  const tarball = `${into}/${tarballName(name, version)}`;
  await run("tar", "-czf", tarball, "-C", around, "package");
  return tarball;
}

function writeJson(path: string, value: unknown): Promise<void> {
  return Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Writes the tarballs of all packages into a folder: the main one first, then those of the platforms.
 *
 * @param into The folder
 * @param libraries The paths of the built libraries, by Deno's names of the targets
 * @returns The paths of the tarballs
 */
export async function packNpm(into: string, libraries: Readonly<Record<string, string>>): Promise<string[]> {
  const targets = Object.keys(libraries).sort(), work = await Deno.makeTempDir();
  try {
    await run(Deno.execPath(), "pack", "--quiet", "--allow-dirty", "--output", `${work}/main.tgz`);
    await run("tar", "-xzf", `${work}/main.tgz`, "-C", work);
    const folder = `${work}/package`;
    const packed: PackageJson = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
    const { name, version } = packed;
    await writeJson(`${folder}/package.json`, mainPackage(packed, targets));
    await Deno.writeTextFile(`${folder}/${NOT_DENO}`, await notDenoSource());
    const tarballs = [await pack(work, into, name, version)];
    for (const key of targets) {
      const target = TARGETS[key]!, around = `${work}/${key}`, folder = `${around}/package`;
      await Deno.mkdir(folder, { recursive: true });
      const description = platformPackage(target, version);
      await writeJson(`${folder}/package.json`, description);
      await Deno.copyFile(libraries[key]!, `${folder}/${target.library}`);
      await Deno.copyFile(new URL("LICENSE", ROOT), `${folder}/LICENSE`);
      tarballs.push(await pack(around, into, npmPackage(target), version));
    }
    return tarballs;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
