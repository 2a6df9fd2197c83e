/**
 * What the sources import, read from their text.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";

/** One import of a TypeScript module. */
export interface Import {
  /** The module, as written. */
  readonly specifier: string;
  /** The file it means, relative to the root; undefined if it is not a relative import. */
  readonly file: string | undefined;
  /** Whether only types are imported, so that nothing remains of it when the program runs. */
  readonly typeOnly: boolean;
  /** Whether it is a call, which loads the module when it runs. */
  readonly dynamic: boolean;
}

const STATIC =
  /^(?:import|export)\s+(?:defer\s+)?(type\s+)?(\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*\{[^}]*\})?)\s*from\s+"([^"]+)"/gm;
const BARE = /^import\s+"([^"]+)"|\bimport(?:\.defer)?\("([^"]+)"\)/gm;

function onlyTypes(clause: string): boolean {
  if (!clause.startsWith("{")) return false;
  const names = clause.slice(1, -1).split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.length > 0 && names.every((name) => name.startsWith("type "));
}

/** The imports and re-exports of a module, given its path from the root and its text. */
export function importsOf(path: string, text: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, { typeOnly = false, dynamic = false }) => {
    const file = specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : undefined;
    imports.push({ specifier, file, typeOnly, dynamic });
  };
  for (const [, type, clause, specifier] of text.matchAll(STATIC)) {
    add(specifier!, { typeOnly: type !== undefined || onlyTypes(clause!) });
  }
  for (const [, bare, called] of text.matchAll(BARE)) {
    add((bare ?? called)!, { dynamic: called !== undefined });
  }
  return imports;
}

/** The ends of a Rust path that may branch: `a::{b, c::d}` gives `a::b` and `a::c::d`. */
function branches(path: string): string[] {
  const open = path.indexOf("{");
  if (open < 0) return [path.trim()];
  const stem = path.slice(0, open).trim();
  const ends: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < path.length; i++) {
    if (path[i] === "{") depth++;
    else if (path[i] === "}") depth--;
    const ended = depth === 0 || (depth === 1 && path[i] === ",");
    if (!ended || i === open) continue;
    if (start < i) ends.push(path.slice(start, i));
    start = i + 1;
    if (depth === 0) break;
  }
  return ends.flatMap(branches).filter((end) => end !== "").map((end) => stem + end);
}

/** What a Rust file names of its own crate, by `crate::` paths: `cpu::simd::Float`. */
export function cratePathsOf(text: string): string[] {
  const code = text.replaceAll(/\/\/.*$/gm, "");
  return Array.from(
    code.matchAll(/\bcrate::([\w:]*)(?=(\{[^;]*;)?)/g),
    ([, stem, group]) => stem! + (group ?? ""),
  )
    .flatMap(branches);
}

/** The files under a folder whose names end so, as sorted paths from the root; none if the folder is missing. */
export function filesUnder(folder: string, extension: string): string[] {
  const files: string[] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...filesUnder(path, extension));
    else if (entry.name.endsWith(extension)) files.push(path);
  }
  return files.sort();
}
