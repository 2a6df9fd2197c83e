/**
 * The compiler for a target: the machine's own where it has the target's standard library, else Debian's, which has those
 * of Linux and the sources for the others.
 *
 * @module
 */
import { outputOf } from "../command.ts";
import { fetchPinned } from "../pinned.ts";
import type { Platform } from "./platforms.ts";

/** A compiler of Rust. */
export interface Toolchain {
  /** The program. */
  readonly rustc: string;
  /** What it calls itself. */
  readonly version: string;
  /** Its folder. */
  readonly sysroot: string;
  /** Whether the standard library has to be compiled too. */
  readonly buildsStd: boolean;
}

/** Debian's, where `tools/debian.sh` puts it. */
const DEBIAN = "target/debian/rust/bin/rustc";

async function hasStd(rustc: string, target: string): Promise<boolean> {
  const folder = await outputOf([rustc, "--print", "target-libdir", "--target", target]);
  return await Deno.stat(folder.trim()).then(() => true, () => false);
}

/** The compiler for a platform. */
export async function toolchainFor({ rust, packages }: Platform): Promise<Toolchain> {
  const own = await hasStd("rustc", rust);
  const sets = own ? packages.filter((set) => set !== "rust") : packages;
  if (sets.length > 0) await outputOf(["bash", "tools/debian.sh", ...sets]);
  const rustc = own ? "rustc" : `${Deno.cwd()}/${DEBIAN}`;
  return {
    rustc,
    version: (await outputOf([rustc, "--version"])).trim(),
    sysroot: await Deno.realPath((await outputOf([rustc, "--print", "sysroot"])).trim()),
    buildsStd: !own && !await hasStd(rustc, rust),
  };
}

/** The path of zig, which brings the system libraries of each platform that it links for. */
export async function fetchZig(): Promise<string> {
  return await Deno.realPath(await fetchPinned("tools/zig.txt", "target/zig/ziglang", "ziglang/zig"));
}
