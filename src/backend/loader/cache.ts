/**
 * Where a released library is kept, and how it gets there: no other name than its own ever holds half a file.
 *
 * @module
 */
import { LibraryError } from "../../errors.ts";
import type { Release, ReleasedFile } from "../release.ts";
import { type Host, messageOf } from "./host.ts";
import { sha256 } from "./sum.ts";

/** The variable that names the folder for what is cached. */
export const CACHE_DIR = "TENSAUR_CACHE_DIR";

/** Where a system keeps what can be fetched again: the variable, and what stands below the folder that it names. */
type UserFolder = readonly [variable: string, below: string];

function userFolders(target: string): readonly UserFolder[] {
  if (target.includes("windows")) return [["LOCALAPPDATA", "/tensaur"]];
  if (target.includes("darwin")) return [["HOME", "/Library/Caches/tensaur"]];
  return [["XDG_CACHE_HOME", "/tensaur"], ["HOME", "/.cache/tensaur"]];
}

/** The folder of the cache; undefined if no variable that may be read tells it. */
export function cacheFolder(host: Host): string | undefined {
  const named = host.environment(CACHE_DIR);
  if (named) return absolute(named);
  for (const [name, below] of userFolders(host.target)) {
    const folder = host.environment(name);
    if (folder) return folder + below;
  }
  return undefined;
}

function absolute(folder: string): string {
  if (/^([/\\]|[A-Za-z]:)/.test(folder)) return folder;
  throw new LibraryError(`Cannot use ${CACHE_DIR}=${folder}: want the full path of a folder`);
}

/** The folder of the cache, as a shell would write it where the variable cannot be read. */
export function cacheFolderInWords(host: Host): string {
  const [name, below] = userFolders(host.target).at(-1)!;
  return cacheFolder(host) ?? (name === "HOME" ? `$${name}` : `%${name}%`) + below;
}

/** The variable that must be readable for the folder to be known. */
export function cacheVariable(host: Host): string {
  return userFolders(host.target).at(-1)![0];
}

/** Why the folder is not known although the variable may be read. */
export function noCacheFolder(host: Host): string {
  return `Cannot tell where the cache is: ${cacheVariable(host)} is not set; set ${CACHE_DIR} to a folder ` +
    `and allow reading it with --allow-env=${CACHE_DIR}`;
}

/** The path of a released library in the cache. */
export function cachePath(folder: string, target: string, { version }: Release, file: ReleasedFile): string {
  return `${folder}/${version}/${target}/${file.sha256.slice(0, 16)}-${file.name}`;
}

/** What was found where a library should be, in a word and in words. */
export interface FileState {
  readonly state: "valid" | "absent" | "wrong" | "unreadable";
  readonly reason: string;
}

/** What a cached file is, by its bytes. */
export async function examine(host: Host, path: string, wanted: ReleasedFile): Promise<FileState> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await host.read(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { state: "absent", reason: `nothing is at ${path}` };
    return { state: "unreadable", reason: `${path} cannot be read: ${messageOf(error)}` };
  }
  const reason = await difference(bytes, wanted);
  return reason === null
    ? { state: "valid", reason: `${path} is what was released` }
    : { state: "wrong", reason: `${path} is not what was released: ${reason}` };
}

/** How bytes differ from what was released; null if they do not. */
export async function difference(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: ReleasedFile,
): Promise<string | null> {
  const sum = await sha256(bytes);
  if (sum === wanted.sha256) return null;
  return `it has ${bytes.length} bytes with the SHA-256 sum ${sum}; ` +
    `${wanted.bytes} bytes with ${wanted.sha256} were released`;
}

/** Writes a library beside its place and moves it there: others see the whole of it or nothing. */
export async function store(host: Host, path: string, bytes: Uint8Array): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await host.makeFolder(folder);
  const part = `${path}.${crypto.randomUUID()}${PART}`;
  try {
    await host.writeNew(part, bytes);
    await host.rename(part, path);
  } catch (error) {
    await host.remove(part).catch(() => {});
    throw error;
  }
  await sweep(host, folder).catch(() => {});
}

/** How names end that are not in place yet. */
const PART = ".part";
/** After how many milliseconds nobody will finish such a file any more. */
const STALE = 3_600_000;

/** Removes what processes left that were ended while they wrote. */
async function sweep(host: Host, folder: string): Promise<void> {
  for (const { name, modified } of await host.list(folder)) {
    if (name.endsWith(PART) && modified < Date.now() - STALE) await host.remove(`${folder}/${name}`);
  }
}
