/**
 * The layers of clean root file systems: Debian 12, and what is installed above it. Each is made once.
 *
 * @module
 */
import { outputOf } from "../command.ts";
import { FOLDER, Root } from "./root.ts";

const RELEASE = "bookworm";

/** Deno's version, in commands and in the layer that has it. */
export const DENO = "2.9.5";

/** Sources of updates beside the release's own, and what they bring. */
const UPDATE = `sed -i 'p; s/ ${RELEASE} / ${RELEASE}-updates /p; s#/debian #/debian-security #; ` +
  `s/-updates /-security /' /etc/apt/sources.list && apt-get -q update && apt-get -q -y upgrade`;

function install(...packages: string[]): string {
  return `DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ${packages.join(" ")}`;
}

/** A layer. */
interface Layer {
  /** The programs that it brings. */
  readonly programs: readonly string[];
  /** The layer below. */
  readonly below: LayerName | typeof RELEASE;
  /** Fills it. */
  readonly make: (root: Root) => Promise<unknown>;
}

/** The name of a layer that is installed above Debian. */
export type LayerName = "debian" | "node" | "rust" | "deno";

const LAYERS: Readonly<Record<LayerName, Layer>> = {
  debian: { programs: [], below: RELEASE, make: (root) => root.must(UPDATE) },
  node: { programs: ["node", "npm"], below: "debian", make: (root) => root.must(install("nodejs", "npm")) },
  rust: { programs: ["rustc"], below: "node", make: (root) => root.must(install("rustc-web", "cargo-web")) },
  deno: { programs: ["deno"], below: "debian", make: copyDeno },
};

/** Debian as `debootstrap` installs it, which is unpacked from its package. */
async function makeRelease(folder: string): Promise<void> {
  const unpack = "apt-get -q download debootstrap && dpkg-deb --extract debootstrap_*.deb tool";
  await outputOf(["bash", "-c", unpack], { cwd: FOLDER });
  const part = `${folder}.part`, tool = `${FOLDER}/tool/usr`;
  const command = [
    `${tool}/sbin/debootstrap`,
    "--variant=minbase",
    "--include=ca-certificates",
    RELEASE,
    part,
  ];
  await outputOf(command, { env: { DEBOOTSTRAP_DIR: `${tool}/share/debootstrap` } });
  await Deno.rename(part, folder);
}

/** The program of Deno alone, from npm's package for the platform. */
async function copyDeno(root: Root): Promise<void> {
  const name = `@deno/linux-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}-glibc@${DENO}`;
  const tarball = (await outputOf(["npm", "pack", "--silent", name], { cwd: FOLDER })).trim();
  const into = ["--strip-components=1", "-C", `${root.path}/usr/local/bin`, "package/deno"];
  await outputOf(["tar", "-xzf", tarball, ...into], { cwd: FOLDER });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The layers from a named one down to the lowest; what is not there is made. */
export async function layersFrom(name: Layer["below"]): Promise<string[]> {
  const folder = `${FOLDER}/${name}`, there = await exists(folder);
  if (name === RELEASE) {
    if (!there) await makeRelease(folder);
    return [name];
  }
  const { below, make } = LAYERS[name], layers = await layersFrom(below);
  if (!there) {
    await using root = await Root.mount(`${name}.part`, layers);
    await make(root);
    await root.keep(name);
  }
  return [name, ...layers];
}

/** What a root above a layer has, in words: Debian's version, and those of the programs. */
export async function describe(root: Root, name: LayerName): Promise<string> {
  const programs: string[] = [];
  for (let layer: Layer["below"] = name; layer !== RELEASE; layer = LAYERS[layer].below) {
    programs.unshift(...LAYERS[layer].programs);
  }
  const versions = programs.map(async (program) => {
    return `${program} ${/\d+\.\d+\.\d+/.exec(await root.must(`${program} --version`))?.[0]}`;
  });
  const debian = (await root.must("cat /etc/debian_version")).trim();
  return [`Debian ${debian}`, ...await Promise.all(versions)].join(", ");
}
