/**
 * What must hold of a library before it is released: that each fault is found, in libraries of all systems.
 */
import { assert, assertEquals } from "@std/assert";
import {
  declaredFunctions,
  factsOf,
  faultsOf,
  faultsOfBytes,
  versionsBeyond,
} from "../../tools/release/check.ts";
import { PLATFORMS } from "../../tools/release/platforms.ts";
import { npmPackage, TARGETS } from "../../src/backend/loader/targets.ts";
import { LIBRARY } from "../install/release.ts";

const HEADER =
  "uint32_t tensaur_one(void);\nint32_t tensaur_two(uint32_t a,\n                    double b);\n";
const OWN_HEADER = Deno.readTextFileSync("kernels/tensaur.h");
const NAMES = ["tensaur_one", "tensaur_two"];
const LINUX = PLATFORMS["x86_64-unknown-linux-gnu"]!;
const MACOS = PLATFORMS["aarch64-apple-darwin"]!;
const WINDOWS = PLATFORMS["x86_64-pc-windows-msvc"]!;
const own = await factsOf(decodeURIComponent(LIBRARY.pathname));

/** The path of a library of another system, which lies here packed. */
async function fixture(name: string): Promise<string> {
  const packed = await Deno.open(new URL(`fixtures/${name}.gz`, import.meta.url));
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, packed.readable.pipeThrough(new DecompressionStream("gzip")));
  return path;
}

Deno.test("the library of this checkout gives what the header declares", () => {
  const { libraries: _, versions: __, ...given } = own;
  assertEquals(faultsOf({ ...given, libraries: [], versions: [] }, OWN_HEADER, LINUX), []);
  assert(declaredFunctions(OWN_HEADER).includes("tensaur_plan_run"));
});

Deno.test({
  name: "the library of this checkout is refused where it would need a newer glibc",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    assert(own.libraries.includes("libc.so.6"));
    const [fault] = faultsOf({ ...own, libraries: [] }, OWN_HEADER, { ...LINUX, glibc: "2.2" });
    assert(/^wants more than glibc 2\.2: .*GLIBC_2\./.test(fault!), fault);
  },
});

Deno.test("libraries of Windows and macOS are read", async () => {
  const cases = [["tiny.dll", WINDOWS, "KERNEL32.dll"], [
    "libtiny.dylib",
    MACOS,
    "/usr/lib/libSystem.B.dylib",
  ]] as const;
  for (const [name, platform, library] of cases) {
    const path = await fixture(name), facts = await factsOf(path);
    await Deno.remove(path);
    assertEquals(facts.libraries, [library]);
    assertEquals(faultsOf(facts, HEADER, platform), []);
    assertEquals(faultsOf(facts, `${HEADER}void tensaur_three(void);`, platform), [
      "does not export tensaur_three",
    ]);
  }
});

Deno.test("faults are told", () => {
  const good = { exports: NAMES, libraries: ["libc.so.6"], versions: ["GLIBC_2.2.5", "GLIBC_2.27"] };
  const faults = (change: Partial<typeof good>): string[] => faultsOf({ ...good, ...change }, HEADER, LINUX);
  assertEquals(faults({}), []);
  assertEquals(faults({ exports: ["tensaur_one"] }), ["does not export tensaur_two"]);
  assertEquals(faults({ exports: [...NAMES, "rust_eh_personality"] }), ["also exports rust_eh_personality"]);
  assertEquals(faults({ libraries: ["libc.so.6", "libgcc_s.so.1"] }), ["needs libgcc_s.so.1"]);
  assertEquals(faults({ versions: ["GLIBC_2.28"] }), ["wants more than glibc 2.27: GLIBC_2.28"]);
  assertEquals(faults({ exports: ["a", "b", "c", "d", "e", "f", ...NAMES] }), [
    "also exports a, b, c, d, e, …",
  ]);
  const windows = { exports: NAMES, libraries: ["libgcc_s_seh-1.dll"], versions: [] };
  assertEquals(faultsOf(windows, HEADER, WINDOWS), ["needs libgcc_s_seh-1.dll"]);
});

Deno.test("versions are compared by their numbers", () => {
  const versions = [
    "GLIBC_2.9",
    "GLIBC_2.27",
    "GLIBC_2.27.1",
    "GLIBC_2.100",
    "GLIBC_3",
    "GCC_3.0",
    "GLIBC_PRIVATE",
  ];
  assertEquals(versionsBeyond(versions, "2.27"), [
    "GLIBC_2.27.1",
    "GLIBC_2.100",
    "GLIBC_3",
    "GCC_3.0",
    "GLIBC_PRIVATE",
  ]);
});

Deno.test("bytes that are too many, lack the kernels or name a folder of the machine are found", () => {
  const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const kernels = bytes("\x00kernels\xff");
  assertEquals(faultsOfBytes(bytes("a\x00kernels\xffb"), kernels, ["/home/me"]), []);
  assertEquals(faultsOfBytes(bytes("a kernels /home/me/crate"), kernels, ["/home/me"]), [
    "names /home/me",
    "lacks the CUDA kernels",
  ]);
  assertEquals(faultsOfBytes(new Uint8Array(12_000_001), new Uint8Array(1), []), [
    "has 12000001 bytes, more than 12000000",
  ]);
});

Deno.test("whatever is released is a target of the loader, with a package of its own", () => {
  const packages = Object.keys(PLATFORMS).map((target) => npmPackage(TARGETS[target]!));
  assertEquals(new Set(packages).size, Object.keys(PLATFORMS).length);
});
