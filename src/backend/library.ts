/**
 * The native library: found, opened once when this module is loaded, checked, never closed.
 *
 * @module
 */
import { DeviceError, IndexError, KernelError, LibraryError, OutOfMemoryError } from "../errors.ts";
import { OPCODES } from "../ops/opcodes.ts";
import { type Opened, openLocal, openReleased } from "./loader/open.ts";
import type { NativeFunctions } from "./symbols.ts";
import { forceTier } from "./tiers.ts";

/** The lines of a text that the library keeps. */
export function linesAt(pointer: Deno.PointerValue): string[] {
  return pointer === null ? [] : new Deno.UnsafePointerView(pointer).getCString().split("\n").filter(Boolean);
}

/** For each row of our opcodes, its position in the library's table. */
function matchOpcodes(library: NativeFunctions): Int32Array {
  const native = linesAt(library.ops());
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

if (!("Deno" in globalThis)) {
  throw new LibraryError("Tensaur needs Deno, for its Deno.dlopen: run this with deno (https://deno.com)");
}
const found = openLocal();
/** The library, and where it was found. */
export const opened: Opened = "library" in found ? found : await openReleased(found);
forceTier(opened.library);

/** The library's functions. */
export const library: NativeFunctions = opened.library;
/** For each row of `OPCODES`, its position in the library. */
export const NATIVE_OPCODES: Int32Array = matchOpcodes(opened.library);
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

/** The statuses of calls that say more than that a call was refused. */
const INDEX_RANGE = 2, OUT_OF_MEMORY = 4, DEVICE_FAILED = 5;

/** Whether a call found no memory. */
export function foundNoMemory(status: number): boolean {
  return status === OUT_OF_MEMORY;
}

/** Throws what the library said about a call, unless it went well. */
export function check(status: number): void {
  if (status !== 0) throw errorOf(status, lastError());
}

function errorOf(status: number, text: string): Error {
  if (status === INDEX_RANGE) return new IndexError(text);
  if (status === OUT_OF_MEMORY) return new OutOfMemoryError(text);
  if (status === DEVICE_FAILED) return new DeviceError(text);
  return new KernelError(text);
}
