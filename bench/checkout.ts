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

/** A folder with a built library; a revision has one of its own for as long as this is in use. */
export class Checkout implements Disposable {
  /** Where it is. */
  readonly folder: string;
  readonly #temporary: boolean;

  /** Takes a folder as it is, or checks a revision of this repository out and builds it. */
  constructor(base: string) {
    this.#temporary = !isFolder(base);
    this.folder = this.#temporary ? Deno.makeTempDirSync({ prefix: "tensaur-" }) : resolve(base);
    if (!this.#temporary) return;
    try {
      run("git", ["worktree", "add", "--quiet", "--detach", this.folder, base], ".");
      run("cargo", ["build", "--release", "--quiet"], this.folder);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
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
