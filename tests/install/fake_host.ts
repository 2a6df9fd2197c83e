/**
 * A machine in memory for the loader, any step of which can be made to fail.
 */
import type { Entry, Host } from "../../src/backend/loader/host.ts";

/** The steps that can fail. */
export type Step = "read" | "makeFolder" | "writeNew" | "rename" | "remove" | "list" | "fetch";

/** A machine in memory. */
export class FakeHost implements Host {
  readonly target = "x86_64-unknown-linux-gnu";
  patience = 10_000;
  /** The files, by their paths. */
  readonly files: Map<string, Uint8Array<ArrayBuffer>> = new Map();
  /** When files were written that are not of today. */
  readonly old: Map<string, number> = new Map();
  /** The variables that may be read. */
  readonly variables: Record<string, string> = { TENSAUR_CACHE_DIR: "/cache" };
  /** What is not permitted, as `name` or `name:value`. */
  readonly denied: Set<string> = new Set();
  /** The steps done so far. */
  readonly steps: Step[] = [];
  /** What happens instead of a step, once. */
  readonly faults: Map<Step, () => void | Promise<void>> = new Map();
  /** What the server answers. */
  answer: (url: URL, signal: AbortSignal) => Response | Promise<Response> = () => new Response("");

  environment(variable: string): string | undefined {
    return this.granted({ name: "env", variable }) ? this.variables[variable] : undefined;
  }

  granted(permission: Deno.PermissionDescriptor): boolean {
    const value = "host" in permission
      ? permission.host
      : "variable" in permission
      ? permission.variable
      : "path" in permission
      ? permission.path
      : "";
    return !this.denied.has(permission.name) && !this.denied.has(`${permission.name}:${value}`);
  }

  async #step(step: Step): Promise<void> {
    this.steps.push(step);
    const fault = this.faults.get(step);
    this.faults.delete(step);
    await fault?.();
  }

  async read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    await this.#step("read");
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Deno.errors.NotFound(`no file ${path}`);
    return bytes;
  }

  async makeFolder(): Promise<void> {
    await this.#step("makeFolder");
  }

  async writeNew(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // A disk that fills up keeps the beginning.
    this.files.set(path, bytes.slice(0, bytes.length / 2));
    await this.#step("writeNew");
    this.files.set(path, bytes.slice());
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step("rename");
    this.files.set(to, this.files.get(from)!);
    this.files.delete(from);
  }

  async remove(path: string): Promise<void> {
    await this.#step("remove");
    if (!this.files.delete(path)) throw new Deno.errors.NotFound(path);
  }

  async list(folder: string): Promise<Entry[]> {
    await this.#step("list");
    return [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => ({
      name: path.slice(folder.length + 1),
      modified: this.old.get(path) ?? Date.now(),
    }));
  }

  async fetch(url: URL, signal: AbortSignal): Promise<Response> {
    await this.#step("fetch");
    return await this.answer(url, signal);
  }

  tell(): void {}
}
