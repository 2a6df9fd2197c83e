/**
 * What the loader needs to be permitted, checked before it is used, so that nothing prompts.
 *
 * @module
 */
import { LibraryError } from "../../errors.ts";
import type { Host } from "./host.ts";

/** Something that must be permitted: what Deno is asked, and the flag that grants it. */
export interface Need {
  readonly permission: Deno.PermissionDescriptor;
  readonly flag: string;
}

/** The need to open libraries: all of them, as Deno's functions for pointers want no less. */
export const OPENING: Need = { permission: { name: "ffi" }, flag: "--allow-ffi" };

/** The need to read a file; the flag names `place`, a folder above it. */
export function reading(path: string | URL, place: string): Need {
  return { permission: { name: "read", path }, flag: `--allow-read=${quote(place)}` };
}

/** The need to write a file; the flag names `place`, a folder above it. */
export function writing(path: string, place: string): Need {
  return { permission: { name: "write", path }, flag: `--allow-write=${quote(place)}` };
}

/** The need to read a variable. */
export function variable(name: string): Need {
  return { permission: { name: "env", variable: name }, flag: `--allow-env=${name}` };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** The need to ask for a URL. */
export function asking(url: URL): Need {
  if (url.protocol === "file:") return reading(url, url.pathname);
  const host = `${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`;
  return { permission: { name: "net", host }, flag: `--allow-net=${url.host}` };
}

/** A shell must take it as one word; variables in it are meant. */
function quote(path: string): string {
  return /[\s$%]/.test(path) ? `"${path}"` : path;
}

/** The flags that are lacking. */
export function lacking(host: Host, needs: readonly Need[]): string[] {
  return needs.filter(({ permission }) => !host.granted(permission)).map(({ flag }) => flag);
}

/** Throws the flags to add unless all is permitted. `wanted` completes "Cannot …". */
export function demand(host: Host, wanted: string, needs: readonly Need[]): void {
  const flags = lacking(host, needs);
  if (flags.length > 0) {
    throw new LibraryError(`Cannot ${wanted} without permission: run again with ${flags.join(" ")}`);
  }
}
