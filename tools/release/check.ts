/**
 * What a library must be to be released: it gives what the header declares, wants what every system has, and is small.
 *
 * @module
 */
import { outputOf } from "../command.ts";
import type { Platform } from "./platforms.ts";

/** Bytes that a library may have. */
const LARGEST = 12e6;

/** What a library gives and wants. */
export interface Facts {
  /** The names of its functions. */
  readonly exports: readonly string[];
  /** The libraries that it needs. */
  readonly libraries: readonly string[];
  /** The versions of the symbols that it takes from these. */
  readonly versions: readonly string[];
}

/** Reads a library of any system. */
export async function factsOf(path: string): Promise<Facts> {
  const printed = await outputOf(["cargo", "run", "--quiet", "--example", "inspect", "--", path]);
  const lines = printed.trimEnd().split("\n");
  const named = (kind: string): string[] =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  return { exports: named("export"), libraries: named("library"), versions: named("version") };
}

/** The functions that a C header declares. */
export function declaredFunctions(header: string): string[] {
  return Array.from(header.matchAll(/\b(tensaur_\w+)\([^)]*\);/g), ([, name]) => name!);
}

function newer(version: string, limit: string): boolean {
  const [a, b] = [version, limit].map((text) => text.split(".").map(Number));
  const at = a!.findIndex((number, i) => number !== (b![i] ?? 0));
  return at >= 0 && a![at]! > (b![at] ?? 0);
}

/** The versions of symbols that are not those of a glibc up to a limit. */
export function versionsBeyond(versions: readonly string[], limit: string): string[] {
  return versions.filter((version) => {
    const [, number] = /^GLIBC_(\d[\d.]*)$/.exec(version) ?? [];
    return number === undefined || newer(number, limit);
  });
}

/** What is wrong with what a library gives and wants, as sentences. */
export function faultsOf(
  facts: Facts,
  header: string,
  platform: Omit<Platform, "packages" | "rust">,
): string[] {
  const { extraExports, libraries, glibc } = platform;
  const declared = new Set(declaredFunctions(header));
  const given = new Set(facts.exports.filter((name) => !extraExports?.test(name)));
  const faults: string[] = [];
  const list = (what: string, names: Iterable<string>): void => {
    const all = [...names];
    if (all.length > 0) faults.push(`${what} ${all.slice(0, 5).join(", ")}${all.length > 5 ? ", …" : ""}`);
  };
  list("does not export", declared.difference(given));
  list("also exports", given.difference(declared));
  list("needs", facts.libraries.filter((name) => !libraries.test(name)));
  list(`wants more than glibc ${glibc}:`, versionsBeyond(facts.versions, glibc ?? "0"));
  return faults;
}

/** What is wrong with the bytes of a library: their number, what they lack, what they tell of this machine. */
export function faultsOfBytes(bytes: Uint8Array, archive: Uint8Array, folders: readonly string[]): string[] {
  // Bytes as characters, for there is no search for bytes in bytes.
  const [text, wanted] = [bytes, archive].map((bytes) => new TextDecoder("latin1").decode(bytes));
  const faults = folders.filter((folder) => text!.includes(folder)).map((folder) => `names ${folder}`);
  if (bytes.length > LARGEST) faults.push(`has ${bytes.length} bytes, more than ${LARGEST}`);
  if (!text!.includes(wanted!)) faults.push("lacks the CUDA kernels");
  return faults;
}
