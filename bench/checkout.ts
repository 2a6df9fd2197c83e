/**
 * Another checkout of the library, to be measured beside this one.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Library } from "./case.ts";

function run(command: string, args: readonly string[], cwd: string): void {
  const { success, stderr } = new Deno.Command(command, { args: [...args], cwd, stdout: "inherit" })
    .outputSync();
  if (success) return;
  throw new Error(`${command} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Copies what a program needs of the library in this folder. */
function copyHere(folder: string): void {
  run("mkdir", ["-p", `${folder}/target/release`], ".");
  run("cp", ["-r", "mod.ts", "src", folder], ".");
  const built = Array.from(Deno.readDirSync("target/release"), ({ name }) => name);
  for (const name of built.filter((name) => /^(lib)?tensaur\.(so|dylib|dll)$/.test(name))) {
    Deno.copyFileSync(`target/release/${name}`, `${folder}/target/release/${name}`);
  }
}

/** Checks a revision of this repository out, and builds it. */
function buildRevision(revision: string, folder: string): void {
  run("git", ["worktree", "add", "--quiet", "--detach", folder, revision], ".");
  run("cargo", ["build", "--release", "--quiet"], folder);
}

/** A folder with a built library; what was made for this is there for as long as it is in use. */
export class Checkout implements Disposable {
  /** Where it is. */
  readonly folder: string;
  readonly #temporary: boolean;

  private constructor(folder: string, temporary: boolean) {
    this.folder = folder;
    this.#temporary = temporary;
  }

  /** A folder as it is, or a revision, checked out and built. */
  static of(base: string): Checkout {
    return isFolder(base)
      ? new Checkout(resolve(base), false)
      : Checkout.#made((folder) => buildRevision(base, folder));
  }

  /** This checkout once more, as a library of its own. */
  static again(): Checkout {
    return Checkout.#made(copyHere);
  }

  static #made(fill: (folder: string) => void): Checkout {
    const made = new Checkout(Deno.makeTempDirSync({ prefix: "tensaur-" }), true);
    try {
      fill(made.folder);
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
    return made;
  }

  /** Its library, in this process. */
  async load(): Promise<Library> {
    return await import(new URL("mod.ts", `file://${this.folder}/`).href);
  }

  /** Removes what was made. */
  [Symbol.dispose](): void {
    if (!this.#temporary) return;
    Deno.removeSync(this.folder, { recursive: true });
    run("git", ["worktree", "prune"], ".");
  }
}
