/**
 * The targets that a library can be built for: what it is called there, and the npm package that brings it.
 *
 * @module
 */

/** One target. */
export interface Target {
  /** The file name that cargo gives the library. */
  readonly library: string;
  /** What npm calls the platform, as in its package's fields. */
  readonly os: "linux" | "darwin" | "win32";
  /** What npm calls the processor. */
  readonly cpu: "x64" | "arm64";
  /** The C library, where there are several. */
  readonly libc?: "glibc";
}

/** The targets, by Deno's names of them. */
export const TARGETS: Readonly<Record<string, Target>> = {
  "x86_64-unknown-linux-gnu": { library: "libtensaur.so", os: "linux", cpu: "x64", libc: "glibc" },
  "aarch64-unknown-linux-gnu": { library: "libtensaur.so", os: "linux", cpu: "arm64", libc: "glibc" },
  "x86_64-apple-darwin": { library: "libtensaur.dylib", os: "darwin", cpu: "x64" },
  "aarch64-apple-darwin": { library: "libtensaur.dylib", os: "darwin", cpu: "arm64" },
  "x86_64-pc-windows-msvc": { library: "tensaur.dll", os: "win32", cpu: "x64" },
  "aarch64-pc-windows-msvc": { library: "tensaur.dll", os: "win32", cpu: "arm64" },
};

/** The npm package that brings a target's library, named as Deno names its own. */
export function npmPackage({ os, cpu, libc }: Target): string {
  return `@tensaur/${[os, cpu, libc].filter((part) => part !== undefined).join("-")}`;
}

/** What a target's library is called in the folder of a release. */
export function releaseName(target: string): string {
  const { library } = TARGETS[target]!;
  const dot = library.lastIndexOf(".");
  return `${library.slice(0, dot)}-${target}${library.slice(dot)}`;
}
