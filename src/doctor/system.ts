/**
 * What can be told of the machine without the native library.
 *
 * @module
 */
import { cacheFolder, cachePath, examine } from "../backend/loader/cache.ts";
import { releaseUrl } from "../backend/loader/download.ts";
import { type Host, messageOf } from "../backend/loader/host.ts";
import { lacking } from "../backend/loader/permissions.ts";
import { needsOf, releasedFile } from "../backend/loader/released.ts";
import type { Release } from "../backend/release.ts";

/** Where released libraries are kept, and what is there. */
export interface CacheState {
  /** The folder; null if no variable that may be read tells it. */
  readonly folder: string | null;
  /** The place of the library for this machine; null if none was released for it. */
  readonly path: string | null;
  /** What is there: a valid library has the SHA-256 sum that stands in the source. */
  readonly state: "valid" | "absent" | "wrong" | "unreadable" | "unknown";
  /** The same in words. */
  readonly reason: string;
  /** The flags that loading a released library here would lack: the first time, and when it is cached. */
  readonly lacking: { readonly first: readonly string[]; readonly later: readonly string[] };
}

/** What Deno says of each permission as a whole: `partial` if it is granted for some. */
export type PermissionStates = Readonly<
  Record<"ffi" | "read" | "write" | "net" | "env", "granted" | "partial" | "prompt" | "denied">
>;

/** What is cached for this machine. */
export async function cacheState(host: Host, release: Release): Promise<CacheState> {
  let folder: string | null = null, path: string | null = null;
  let flags: CacheState["lacking"] = { first: [], later: [] };
  try {
    folder = cacheFolder(host) ?? null;
    const file = await releasedFile(host, release);
    if (folder !== null) path = cachePath(folder, host.target, release, file);
    const { first, later } = needsOf(host, path ?? undefined, releaseUrl(host, release, file));
    flags = { first: lacking(host, first), later: lacking(host, later) };
    if (path === null) {
      return { folder, path, state: "unknown", reason: "the folder is not known", lacking: flags };
    }
    if (!host.granted({ name: "read", path })) {
      return { folder, path, state: "unknown", reason: `${path} may not be read`, lacking: flags };
    }
    return { folder, path, ...await examine(host, path, file), lacking: flags };
  } catch (error) {
    return { folder, path, state: "unknown", reason: messageOf(error), lacking: flags };
  }
}

/** What is permitted. It never prompts. */
export function permissionStates(): PermissionStates {
  const stateOf = (name: keyof PermissionStates): PermissionStates[keyof PermissionStates] => {
    const { state, partial } = Deno.permissions.querySync({ name });
    return partial ? "partial" : state;
  };
  return {
    ffi: stateOf("ffi"),
    read: stateOf("read"),
    write: stateOf("write"),
    net: stateOf("net"),
    env: stateOf("env"),
  };
}
