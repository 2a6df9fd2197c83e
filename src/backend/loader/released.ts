/**
 * The released library for this machine: from the cache, else from the server of the release, never unchecked.
 *
 * @module
 */
import { LibraryError } from "../../errors.ts";
import type { Release, ReleasedFile } from "../release.ts";
import { ABI_VERSION } from "../symbols.ts";
import {
  CACHE_DIR,
  cacheFolder,
  cacheFolderInWords,
  cachePath,
  cacheVariable,
  examine,
  noCacheFolder,
  store,
} from "./cache.ts";
import { download, releaseUrl } from "./download.ts";
import { type Host, messageOf } from "./host.ts";
import { asking, demand, lacking, type Need, OPENING, reading, variable, writing } from "./permissions.ts";
import { opsSum } from "./sum.ts";

/** The release's file for this machine, if it fits the code. */
export async function releasedFile(host: Host, release: Release): Promise<ReleasedFile> {
  const file = release.files[host.target], reason = await misfit(host, release);
  if (file !== undefined && reason === null) return file;
  throw new LibraryError(
    `${reason}: build the library with "cargo build --release" in a checkout, and set TENSAUR_LIBRARY to its path`,
  );
}

/** Why a release has nothing for this machine and this code; null if it has. */
async function misfit({ target }: Host, { version, files, abi, ops }: Release): Promise<string | null> {
  const targets = Object.keys(files);
  if (targets.length === 0) return `Nothing of version ${version} has been published yet`;
  if (!targets.includes(target)) {
    return `Version ${version} was not released for ${target}, only for ${targets.join(", ")}`;
  }
  if (abi !== ABI_VERSION) {
    return `The release ${version} has version ${abi} of the interface, but this code needs ${ABI_VERSION}`;
  }
  return ops === await opsSum() ? null : `The release ${version} has other ops than this code`;
}

/** What the released library needs at its first start on a machine, and at each later one. */
export interface Needs {
  readonly first: readonly Need[];
  readonly later: readonly Need[];
}

/** What the released library needs, being at `path` and coming from `url`. */
export function needsOf(host: Host, path: string | undefined, url: URL): Needs {
  const place = cacheFolderInWords(host), file = path ?? place;
  const later = [OPENING, reading(file, place)];
  if (path === undefined) later.unshift(variable(cacheVariable(host)));
  return { later, first: [...later, writing(file, place), asking(url)] };
}

/** The path of the released library, once it stands there and has the bytes that were released. */
export async function releasedLibrary(host: Host, release: Release): Promise<string> {
  const file = await releasedFile(host, release), folder = cacheFolder(host);
  const path = folder && cachePath(folder, host.target, release, file);
  const url = releaseUrl(host, release, file), { first, later } = needsOf(host, path, url);
  if (lacking(host, later).length > 0) demand(host, "load the native library", first);
  if (path === undefined) throw new LibraryError(noCacheFolder(host));
  const before = await examine(host, path, file);
  if (before.state === "valid") return path;
  demand(host, `download the native library (${before.reason})`, first);
  const bytes = await download(host, url, file);
  let failure = "";
  await store(host, path, bytes).catch((error) => void (failure = messageOf(error)));
  // Where the file could not be replaced, another process may have put the same one there.
  const after = await examine(host, path, file);
  if (after.state === "valid") return path;
  throw new LibraryError(
    `Cannot keep the native library at ${path}: ${
      failure || after.reason
    }. Make room there or let it be written, ` +
      `or set ${CACHE_DIR} to another folder`,
  );
}
