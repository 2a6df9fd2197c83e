/**
 * All that the loader asks of the world outside, so that a test can let any of it fail.
 *
 * @module
 */
import { environment } from "../environment.ts";

/** A file or folder as it stands in a folder. */
export interface Entry {
  readonly name: string;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
}

/** The machine, the process and the network. */
export interface Host {
  /** Deno's name of the target. */
  readonly target: string;
  /** After how many milliseconds without a byte a download is given up. */
  readonly patience: number;
  /** The value of a variable; undefined if it is not set or may not be read. */
  environment(variable: string): string | undefined;
  /** Whether something is permitted already; it never prompts. */
  granted(permission: Deno.PermissionDescriptor): boolean;
  /** The bytes of a file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Makes a folder that only its owner may enter, and those above it. */
  makeFolder(path: string): Promise<void>;
  /** Writes a file that must not be there yet, down to the disk. */
  writeNew(path: string, bytes: Uint8Array): Promise<void>;
  /** Renames a file, over another one if there is one. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** What stands in a folder. */
  list(folder: string): Promise<Entry[]>;
  /** Asks a server; redirections are the caller's. */
  fetch(url: URL, signal: AbortSignal): Promise<Response>;
  /** Tells the user something. */
  tell(text: string): void;
}

/** The world as Deno shows it. */
export const denoHost: Host = {
  get target(): string {
    return Deno.build.target;
  },
  patience: 30_000,
  environment,
  granted: (permission) => Deno.permissions.querySync(permission).state === "granted",
  read: (path) => Deno.readFile(path),
  makeFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
  async writeNew(path, bytes): Promise<void> {
    using file = await Deno.open(path, { write: true, createNew: true });
    for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
    await file.sync();
  },
  rename: Deno.rename,
  remove: (path) => Deno.remove(path),
  async list(folder): Promise<Entry[]> {
    return await Array.fromAsync(Deno.readDir(folder), async ({ name }) => {
      const { mtime } = await Deno.lstat(`${folder}/${name}`);
      return { name, modified: mtime?.getTime() ?? 0 };
    });
  },
  fetch: (url, signal) => fetch(url, { redirect: "manual", signal }),
  tell: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`)),
};

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
