/**
 * A release made of the library that cargo has built in this checkout.
 */
import { RELEASE, type Release } from "../../src/backend/release.ts";
import { TARGETS } from "../../src/backend/loader/targets.ts";
import { makeRelease, withRelease } from "../../tools/release_table.ts";

const ROOT = new URL("../../", import.meta.url);

/** Where the library of this checkout is. */
export const LIBRARY: URL = new URL(`target/release/${TARGETS[Deno.build.target]!.library}`, ROOT);

/** A release, its only library, and the source of its table. */
export interface Released {
  readonly release: Release;
  readonly library: Uint8Array<ArrayBuffer>;
  readonly table: string;
}

/** A release of this checkout for this machine. */
export async function releasedTable(): Promise<Released> {
  const library = await Deno.readFile(LIBRARY);
  const release = await makeRelease(RELEASE, { [Deno.build.target]: library });
  const source = await Deno.readTextFile(new URL("src/backend/release.ts", ROOT));
  return { release, library, table: withRelease(source, release) };
}
