/**
 * The library of a platform, built from these sources: stripped, and with nothing in it of the folders that it was built in.
 *
 * @module
 */
import { TARGETS } from "../../src/backend/loader/targets.ts";
import { runAloud } from "../command.ts";
import { type Platform, PLATFORMS } from "./platforms.ts";
import { fetchZig, type Toolchain, toolchainFor } from "./toolchain.ts";

/** Where cargo builds. */
const FOLDER = "target/release-build";

/** A built library. */
export interface Built {
  /** Its path. */
  readonly path: string;
  /** What it was built with, in words. */
  readonly madeWith: readonly string[];
}

type Variables = Readonly<Record<string, string>>;

/** Folders of this machine, and what compiled code calls them instead; the last one that fits counts. */
function remaps({ sysroot }: Toolchain): string[] {
  const here = Deno.cwd(), cargo = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME")}/.cargo`;
  const names = [[here, "/tensaur"], [cargo, "/cargo"], [sysroot, "/rust"]];
  // Cargo names what lies below the project from there.
  if (sysroot.startsWith(`${here}/`)) names.push([sysroot.slice(here.length + 1), "/rust"]);
  return names.map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`);
}

/** The variable by which cargo is told a target's linker. */
function linkerVariable(rust: string): string {
  return `CARGO_TARGET_${rust.toUpperCase().replaceAll("-", "_")}_LINKER`;
}

/** Writes a program that links for a target by zig, and returns what cargo and zig have to be told. */
async function linkByZig(rust: string, target: string): Promise<Variables> {
  const zig = await fetchZig(), linker = `${Deno.cwd()}/${FOLDER}/link-${rust}`;
  await Deno.mkdir(FOLDER, { recursive: true });
  await Deno.writeTextFile(linker, `#!/bin/sh\nexec "${zig}" cc -target ${target} "$@"\n`, { mode: 0o755 });
  const cache = `${Deno.cwd()}/target/zig/cache`;
  return {
    [linkerVariable(rust)]: linker,
    ZIG_GLOBAL_CACHE_DIR: cache,
    ZIG_LOCAL_CACHE_DIR: cache,
    // Only asked for where the system is Apple's; without it, rustc warns that there is no Xcode.
    SDKROOT: `${zig.slice(0, zig.lastIndexOf("/"))}/lib/libc/darwin`,
    MACOSX_DEPLOYMENT_TARGET: "11.0",
  };
}

/** What cargo has to be told to link for a target by MinGW. */
function linkByMinGw(rust: string): Variables {
  const programs = `${Deno.cwd()}/target/debian/mingw/bin`;
  // The compiler looks for the tool that makes import libraries there.
  return {
    PATH: `${programs}:${Deno.env.get("PATH")}`,
    [linkerVariable(rust)]: `${programs}/x86_64-w64-mingw32-gcc`,
  };
}

/** The flags of the compiler: to strip at link, and the same bytes wherever it runs, and whenever. */
function flags(toolchain: Toolchain, { linkArguments = [] }: Platform): string[] {
  return [...["-s", ...linkArguments].map((argument) => `-Clink-arg=${argument}`), ...remaps(toolchain)];
}

/** Builds the library of a target, by Deno's name of it. */
export async function buildLibrary(target: string): Promise<Built> {
  const platform = PLATFORMS[target]!, { rust, zig } = platform;
  const toolchain = await toolchainFor(platform), { rustc, version, buildsStd } = toolchain;
  // As nothing but a library of C: beside a library of Rust, cargo leaves out optimizing the whole.
  const command = ["cargo", "rustc", "--release", "--lib", "--crate-type=cdylib", "--locked", "--quiet"];
  command.push("--target", rust, "--target-dir", FOLDER);
  if (buildsStd) command.push("-Zbuild-std=std,panic_unwind");
  const env = {
    RUSTC: rustc,
    CARGO_ENCODED_RUSTFLAGS: flags(toolchain, platform).join("\x1f"),
    // Cargo would have debug information stripped by a program that need not be there.
    CARGO_PROFILE_RELEASE_STRIP: "none",
    CARGO_INCREMENTAL: "0",
    ...buildsStd ? { RUSTC_BOOTSTRAP: "1" } : {},
    ...zig === undefined ? linkByMinGw(rust) : await linkByZig(rust, zig),
  };
  await runAloud(command, { env });
  return {
    path: `${FOLDER}/${rust}/release/${TARGETS[target]!.library}`,
    madeWith: [
      version,
      `the standard library ${buildsStd ? "from source" : "as it comes with that"}`,
      zig === undefined ? "linked by MinGW-w64" : `linked by zig for ${zig}`,
    ],
  };
}
