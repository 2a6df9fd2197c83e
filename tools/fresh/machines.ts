/**
 * The machines on which the ways to get and use Tensaur are tried, and what is typed there.
 *
 * @module
 */
import type { Server } from "../../tests/install/server.ts";
import { LIBRARY } from "../../tests/install/release.ts";
import { outputOf } from "../command.ts";
import { packNpm } from "../npm_packages.ts";
import { withRelease } from "../release_table.ts";
import { DENO, type LayerName } from "./layers.ts";
import type { Root, Running } from "./root.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** The file that tells of the release. */
export const TABLE = "src/backend/release.ts";

/** A command that has to work there. */
export interface Step extends Running {
  /** The command, in the folder of the machine. */
  readonly command: string;
  /** A line that it prints. */
  readonly prints?: string;
}

/** A machine. */
export interface Machine {
  /** What `--only` calls it. */
  readonly name: string;
  /** What it has. */
  readonly layer: LayerName;
  /** What is put there before, in words. */
  readonly given: string;
  /** Puts it there; returns the folder in which the commands run. */
  readonly prepare: (root: Root, server: Server) => Promise<string>;
  /** The commands, one after the other; `host` is the server of source and release. */
  readonly steps: (host: string) => readonly Step[];
}

/** The two commands of the README. */
export const TRAIN: string = `npx -y deno@${DENO} task train`;
/** The other one. */
export const TEST: string = `npx -y deno@${DENO} task test`;

/** The README's flags for an import by URL: the first time, and from then on. */
export function flagsOf(host: string): { first: string; later: string } {
  const later = "--allow-ffi --allow-env=HOME --allow-read=$HOME/.cache/tensaur";
  return { later, first: `${later} --allow-write=$HOME/.cache/tensaur --allow-net=${host}` };
}

/** A first result, also of a function that is compiled. */
function script(specifier: string): string {
  return `import { compile, tensor } from "${specifier}";
console.log(compile((x) => 2 * x)(tensor([1, 2, 3])).sum().item());
`;
}

const RESULT = "12";

/** A clone of the last commit. */
async function clone(root: Root): Promise<string> {
  await outputOf(["git", "clone", "--quiet", "--no-local", ROOT, `${root.path}/root/tensaur`]);
  return "tensaur";
}

/** A clone whose release is that of the server, and a script in it. */
async function cloneOfRelease(root: Root, { changed }: Server): Promise<string> {
  const folder = await clone(root);
  await root.write(`/root/${folder}/${TABLE}`, changed.get(`/${TABLE}`)!);
  await root.write(`/root/${folder}/script.ts`, script("./mod.ts"));
  return folder;
}

/** The packages for npm, and a script that imports them. */
async function packages(root: Root): Promise<string> {
  await root.write("/root/app/package.json", "{}");
  await root.write("/root/app/script.mjs", script("@tensaur/tensaur"));
  const files = { library: LIBRARY.pathname, notices: "All is our own.\n" };
  await packNpm(`${root.path}/root/app`, { [Deno.build.target]: files });
  return "app";
}

/** A script alone. */
async function scriptByUrl(root: Root, { origin }: Server): Promise<string> {
  await root.write("/root/app/script.ts", script(`${origin}/mod.ts`));
  return "app";
}

/** Without the network, `npx` would still ask for the version, for more than a minute. */
function offline(command: string): string {
  return command.replace("npx -y", "npx -y --offline");
}

/** The first start of a script and a later one, which needs no network. */
function starts(first: string, later: string): Step[] {
  return [{ command: first, prints: RESULT }, { command: offline(later), prints: RESULT, offline: true }];
}

/** All of them. */
export const MACHINES: readonly Machine[] = [
  {
    name: "train",
    layer: "rust",
    given: "a clone",
    prepare: clone,
    steps: () => [{ command: TRAIN }, { command: offline(TRAIN), offline: true }],
  },
  { name: "test", layer: "rust", given: "a clone", prepare: clone, steps: () => [{ command: TEST }] },
  {
    name: "checkout",
    layer: "node",
    given: "a clone, a script",
    prepare: cloneOfRelease,
    steps: (host) => {
      const { first, later } = flagsOf(host), deno = `npx -y deno@${DENO} run`;
      return starts(`${deno} ${first} script.ts`, `${deno} ${later} script.ts`);
    },
  },
  {
    name: "npm",
    layer: "node",
    given: "the packages' tarballs, a script",
    prepare: packages,
    steps: () => {
      const run = `npx -y deno@${DENO} run --allow-ffi script.mjs`;
      return [{ command: "npm install *.tgz" }, ...starts(run, run)];
    },
  },
  {
    name: "url",
    layer: "deno",
    given: "a script",
    prepare: scriptByUrl,
    steps: (host) => {
      const { first, later } = flagsOf(host), trusted = `deno run --allow-import=${host}`;
      return starts(`${trusted} ${first} script.ts`, `${trusted} ${later} script.ts`);
    },
  },
];

/** The source of the table of a server's release, which names the server as its base. */
export async function tableOf({ release, origin }: Server): Promise<string> {
  return withRelease(await Deno.readTextFile(ROOT + TABLE), { ...release, base: `${origin}/release` });
}
