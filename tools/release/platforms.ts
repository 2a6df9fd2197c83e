/**
 * What a library is released for, and how it is linked and tried there.
 *
 * @module
 */

/** Where a library is released for. */
export interface Platform {
  /** Rust's name of the target. */
  readonly rust: string;
  /** What zig calls it, with the oldest system that it shall run on; undefined where MinGW links. */
  readonly zig?: string;
  /** What its linker is told besides. */
  readonly linkArguments?: readonly string[];
  /** The newest version of glibc that it may ask for. */
  readonly glibc?: string;
  /** The libraries that it may need: those that every such system has. */
  readonly libraries: RegExp;
  /** What its linker exports besides what it is told to. */
  readonly extraExports?: RegExp;
  /** The sets of `tools/debian.sh` that building and trying it takes. */
  readonly packages: readonly string[];
  /** How programs that use it are run here; undefined where nothing can run them. */
  readonly trial?: Trial;
}

/** How programs that use the library are run. */
export interface Trial {
  /** The compiler of C and its first arguments. */
  readonly compiler: readonly string[];
  /** What runs programs, if that is not the system itself. */
  readonly runner: readonly string[];
  /** The package of npm with Deno for that system; undefined where it cannot be run. */
  readonly deno?: string;
}

const GLIBC = "2.27";
const LINUX = /^(lib(c|dl|m|pthread)\.so\.\d|ld-linux-[\w-]+\.so\.\d)$/;
const MACOS = /^\/usr\/lib\/libSystem\.B\.dylib$/;
const WINDOWS = /^(kernel32|userenv|ws2_32|ntdll|msvcrt|bcryptprimitives|api-ms-win-core-[\w-]+)\.dll$/i;
// Or the place of the build would be its name.
const MACOS_NAME = ["-Wl,-install_name,@rpath/libtensaur.dylib"];
// Zig's linker for macOS takes the list of what to export, and does not keep to it.
const MACOS_EXTRAS = /^(__dso_handle|_mh_dylib_header|rust_eh_personality|_R\w+3std9panicking11EMPTY_PANIC)$/;

/** The platforms, by Deno's names of the targets. */
export const PLATFORMS: Readonly<Record<string, Platform>> = {
  "x86_64-unknown-linux-gnu": {
    rust: "x86_64-unknown-linux-gnu",
    zig: `x86_64-linux-gnu.${GLIBC}`,
    glibc: GLIBC,
    libraries: LINUX,
    packages: [],
    trial: { compiler: ["cc"], runner: [], deno: "@deno/linux-x64-glibc" },
  },
  "aarch64-unknown-linux-gnu": {
    rust: "aarch64-unknown-linux-gnu",
    zig: `aarch64-linux-gnu.${GLIBC}`,
    glibc: GLIBC,
    libraries: LINUX,
    packages: ["rust", "aarch64"],
    trial: {
      compiler: [
        "target/debian/aarch64/bin/aarch64-linux-gnu-gcc",
        "--sysroot=target/debian/aarch64/root",
      ],
      runner: [
        "target/debian/aarch64/bin/qemu-aarch64",
        "-L",
        "target/debian/aarch64/root/usr/aarch64-linux-gnu",
      ],
      deno: "@deno/linux-arm64-glibc",
    },
  },
  "x86_64-pc-windows-msvc": {
    // Deno is made by another compiler; what they agree on is C's interface.
    rust: "x86_64-pc-windows-gnu",
    // Or the time of the build would be in it.
    linkArguments: ["-Wl,--no-insert-timestamp"],
    libraries: WINDOWS,
    packages: ["rust", "mingw"],
    trial: {
      compiler: ["target/debian/mingw/bin/x86_64-w64-mingw32-gcc"],
      // Deno starts under Wine 8, but V8 finds no room for its tables there.
      runner: ["bash", "tools/wine/run.sh"],
    },
  },
  "x86_64-apple-darwin": {
    rust: "x86_64-apple-darwin",
    zig: "x86_64-macos.11.0",
    linkArguments: MACOS_NAME,
    libraries: MACOS,
    extraExports: MACOS_EXTRAS,
    packages: ["rust"],
  },
  "aarch64-apple-darwin": {
    rust: "aarch64-apple-darwin",
    zig: "aarch64-macos.11.0",
    linkArguments: MACOS_NAME,
    libraries: MACOS,
    extraExports: MACOS_EXTRAS,
    packages: ["rust"],
  },
};
