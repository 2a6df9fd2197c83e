/**
 * The table of a release: what stands in `src/backend/release.ts`, made of the libraries themselves.
 *
 * @module
 */
import { opsSum, sha256 } from "../src/backend/loader/sum.ts";
import { releaseName } from "../src/backend/loader/targets.ts";
import type { Release, ReleasedFile } from "../src/backend/release.ts";
import { ABI_VERSION } from "../src/backend/symbols.ts";

/** The release of this source: `libraries` are the bytes of the built ones, by Deno's names of the targets. */
export async function makeRelease(
  { version, base }: Pick<Release, "version" | "base">,
  libraries: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Promise<Release> {
  const files: Record<string, ReleasedFile> = {};
  for (const target of Object.keys(libraries).sort()) {
    const bytes = libraries[target]!;
    files[target] = { name: releaseName(target), bytes: bytes.length, sha256: await sha256(bytes) };
  }
  return { version, base, abi: ABI_VERSION, ops: await opsSum(), files };
}

/** The line that the table begins with. */
const START = "export const RELEASE: Release = ";

/** The text of `src/backend/release.ts` with another table. */
export function withRelease(source: string, release: Release): string {
  const start = source.indexOf(START);
  if (start < 0) throw new Error(`The source lacks the line "${START}{"`);
  return `${source.slice(0, start)}${START}${literal(release)};\n`;
}

/** A value as formatted TypeScript. */
function literal(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([name, each]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${indent}  ${key}: ${literal(each, `${indent}  `)},\n`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

/** Writes a release where the loader looks for it below `folder`, and returns its table. */
export async function writeRelease(
  folder: string,
  about: Pick<Release, "version" | "base">,
  libraries: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Promise<Release> {
  const release = await makeRelease(about, libraries);
  await Deno.mkdir(`${folder}/v${release.version}`, { recursive: true });
  for (const [target, { name }] of Object.entries(release.files)) {
    await Deno.writeFile(`${folder}/v${release.version}/${name}`, libraries[target]!);
  }
  return release;
}
