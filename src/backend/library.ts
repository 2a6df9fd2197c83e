/**
 * The native library: found, opened once when this module is loaded, checked, never closed.
 *
 * @module
 */
import { LibraryError } from "../errors.ts";
import { OPCODES } from "../ops/opcodes.ts";
import { environment } from "./environment.ts";
import { type NativeLibrary, SYMBOLS } from "./symbols.ts";
import { forceTier } from "./tiers.ts";

/** The version of the descriptors that this code writes. */
const ABI_VERSION = 6;
/** The variable that names a library to use instead. */
const OVERRIDE = "TENSAUR_LIBRARY";

const FILE_NAMES: Partial<Record<typeof Deno.build.os, string>> = {
  darwin: "libtensaur.dylib",
  windows: "tensaur.dll",
};

/** Where to look: the override alone if there is one, else beside the module. */
function candidates(): (string | URL)[] {
  const override = environment(OVERRIDE);
  if (override) return [override];
  if (!import.meta.url.startsWith("file:")) return [];
  const name = FILE_NAMES[Deno.build.os] ?? "libtensaur.so";
  return [new URL(`../../target/release/${name}`, import.meta.url)];
}

function open(): NativeLibrary {
  const tried: string[] = [];
  for (const candidate of candidates()) {
    try {
      return Deno.dlopen(candidate, SYMBOLS);
    } catch (error) {
      tried.push(`${candidate}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const searched = tried.length > 0
    ? `Searched:\n  ${tried.join("\n  ")}`
    : `${import.meta.url} is not a local file, so there is no folder to search`;
  throw new LibraryError(
    `Cannot open the native library. ${searched}\n` +
      `Build it with "cargo build --release" in a checkout, or set ${OVERRIDE} to the path of the library ` +
      `(and allow it with --allow-ffi --allow-env=${OVERRIDE})`,
  );
}

function checkVersion({ symbols }: NativeLibrary): void {
  const version = symbols.abiVersion();
  if (version === ABI_VERSION) return;
  throw new LibraryError(
    `The native library has version ${version} of the interface, but this code needs ${ABI_VERSION}: ` +
      `rebuild it with "cargo build --release"`,
  );
}

/** The lines of a text that the library keeps. */
export function linesAt(pointer: Deno.PointerValue): string[] {
  return pointer === null ? [] : new Deno.UnsafePointerView(pointer).getCString().split("\n").filter(Boolean);
}

/** For each row of our opcodes, its position in the library's table. */
function matchOpcodes({ symbols }: NativeLibrary): Int32Array {
  const native = linesAt(symbols.ops());
  const ours = OPCODES.map((row) => row.name);
  const missingThere = ours.filter((name) => !native.includes(name));
  const missingHere = native.filter((name) => !ours.includes(name));
  if (missingThere.length > 0) {
    throw new LibraryError(
      `The native library lacks the opcodes ${missingThere.join(", ")} (kernels/ops.rs)`,
    );
  }
  if (missingHere.length > 0) {
    throw new LibraryError(`The table of opcodes lacks ${missingHere.join(", ")} (src/ops/opcodes.ts)`);
  }
  return Int32Array.from(ours, (name) => native.indexOf(name));
}

const opened = open();
checkVersion(opened);
forceTier(opened);

/** The library's functions. */
export const library: NativeLibrary["symbols"] = opened.symbols;
/** For each row of `OPCODES`, its position in the library. */
export const NATIVE_OPCODES: Int32Array = matchOpcodes(opened);
/** The library's names of the ways to fold, in the order of their codes. */
export const NATIVE_COMBINES: readonly string[] = linesAt(library.combines());
/** The library's names of its counters, in the order of their numbers. */
export const COUNTER_NAMES: readonly string[] = linesAt(library.counterNames());

/** How each step of a plan runs, a line each. */
export function planReport(handle: number): string[] {
  return linesAt(library.planReport(handle));
}

/** What the last failed call on this thread had to say. */
export function lastError(): string {
  return linesAt(library.lastError()).join("\n");
}
