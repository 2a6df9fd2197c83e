/**
 * The native library, opened: a path that the user names, what cargo has built, what npm has brought, or the release.
 *
 * @module
 */
import { LibraryError } from "../../errors.ts";
import { environment } from "../environment.ts";
import { ABI_VERSION, type NativeFunctions } from "../symbols.ts";
import { openFunctions } from "./functions.ts";
import { npmPackage, TARGETS } from "./targets.ts";

/** Who has put a library where it was found. */
export type Origin = "TENSAUR_LIBRARY" | "cargo" | "npm" | "release";

/** An opened library. */
export interface Opened {
  readonly library: NativeFunctions;
  readonly origin: Origin;
  readonly path: string;
}

/** The variable that names a library to use instead. */
const OVERRIDE = "TENSAUR_LIBRARY";

const WHAT_TO_DO = `Build it with "cargo build --release" in a checkout, or set ${OVERRIDE} to the path of ` +
  `the library (and allow it with --allow-ffi --allow-env=${OVERRIDE})`;

/** Where a library may be that needs no check, being the user's own or npm's: the override alone if there is one. */
function* candidates(): Generator<[Origin, string | URL]> {
  const override = environment(OVERRIDE), target = TARGETS[Deno.build.target];
  if (override) return yield [OVERRIDE, override];
  if (target === undefined || !import.meta.url.startsWith("file:")) return;
  yield ["cargo", new URL(`../../../target/release/${target.library}`, import.meta.url)];
  const installed = resolved(`${npmPackage(target)}/${target.library}`);
  if (installed !== null) yield ["npm", installed];
}

// By a name of its own: what is resolved is npm's, and `deno publish` would warn that it cannot rewrite that.
const { resolve } = import.meta;

/** Where npm has installed a file; null if it has not, or without the package of this platform. */
function resolved(specifier: string): URL | null {
  try {
    return new URL(resolve(specifier));
  } catch {
    return null;
  }
}

/** Opens a library; the reason if that cannot be. */
function tryToOpen(origin: Origin, place: string | URL): Opened | string {
  const path = place instanceof URL ? decodeURIComponent(place.pathname) : place;
  // Asked before, as opening would prompt. A folder is not enough: Deno's functions for pointers want it all.
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    return `${path}: libraries may not be opened: run again with --allow-ffi`;
  }
  try {
    return { library: openFunctions(place), origin, path };
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : error}`;
  }
}

/** Throws unless a library has the interface that this code uses. */
function checked(opened: Opened): Opened {
  const version = opened.library.abiVersion();
  if (version === ABI_VERSION) return opened;
  throw new LibraryError(
    `The native library has version ${version} of the interface, but this code needs ${ABI_VERSION}: ` +
      `rebuild it with "cargo build --release" (${opened.path})`,
  );
}

/** Opens the first library that needs no check; else tells which were tried. */
export function openLocal(): Opened | readonly string[] {
  const tried: string[] = [];
  for (const [origin, place] of candidates()) {
    const result = tryToOpen(origin, place);
    if (typeof result !== "string") return checked(result);
    if (origin === OVERRIDE) throw new LibraryError(refusal([result]));
    tried.push(result);
  }
  return tried;
}

function refusal(tried: readonly string[]): string {
  return `Cannot open the native library. Tried:\n  ${tried.join("\n  ")}\n${WHAT_TO_DO}`;
}

/** Opens the released library where others were tried in vain. What that takes is loaded only then. */
export async function openReleased(tried: readonly string[]): Promise<Opened> {
  const [{ releasedLibrary }, { RELEASE }, { denoHost }] = await Promise.all([
    import("./released.ts"),
    import("../release.ts"),
    import("./host.ts"),
  ]);
  let path: string;
  try {
    path = await releasedLibrary(denoHost, RELEASE);
  } catch (error) {
    if (!(error instanceof LibraryError) || tried.length === 0) throw error;
    throw new LibraryError(refusal([...tried, `the release ${RELEASE.version}: ${error.message}`]));
  }
  const opened = tryToOpen("release", path);
  if (typeof opened === "string") throw new LibraryError(refusal([...tried, opened]));
  if (tried.length > 0) {
    denoHost.tell(
      `Tensaur: ${tried.join("; ")}. It takes the library of release ${RELEASE.version}, whose interface ` +
        `and ops are those of this code: ${path}`,
    );
  }
  return checked(opened);
}
