/**
 * What was released of this version: the libraries, by the SHA-256 sums without which none of them is opened.
 * `tools/release_table.ts` writes this file.
 *
 * @module
 */

/** One released library. */
export interface ReleasedFile {
  /** Its name in the folder of the release. */
  readonly name: string;
  /** How many bytes it has. */
  readonly bytes: number;
  /** The SHA-256 sum of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** What a release holds. */
export interface Release {
  /** The version of Tensaur. */
  readonly version: string;
  /** Where releases are published, each in a folder `v` + version below it. */
  readonly base: string;
  /** The version of the interface that its libraries have. */
  readonly abi: number;
  /** The sum of the table of ops that its libraries have. */
  readonly ops: string;
  /** The libraries, by Deno's names of the targets; none as long as nothing is published. */
  readonly files: Readonly<Record<string, ReleasedFile>>;
}

/** The release that belongs to this source. */
export const RELEASE: Release = {
  version: "0.1.0",
  base: "https://github.com/tensaur/tensaur/releases/download",
  abi: 0,
  ops: "",
  files: {},
};
