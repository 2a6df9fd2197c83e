/**
 * The C header against the Rust source and the symbols that TypeScript opens, and the examples that use it.
 */
import { assert, assertEquals } from "@std/assert";
import { SYMBOLS } from "../src/backend/symbols.ts";
import { RESULTS } from "../tools/release/trial.ts";
import { hasCompiler } from "./simulator/child.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => Deno.readTextFileSync(new URL(path, root));
const HEADER = read("kernels/tensaur.h");
const RUST = [read("kernels/abi.rs"), ...rustFiles("kernels/abi/")].join("\n");

function rustFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].map(({ name }) => read(folder + name));
}

/** C's names of Rust's types. */
const C_TYPES: Record<string, string> = {
  u32: "uint32_t",
  i32: "int32_t",
  f64: "double",
  "*const c_char": "const char *",
  "*const f64": "const double *",
  "*mut f64": "double *",
  "*mut u32": "uint32_t *",
  "*const u8": "const uint8_t *",
  "*mut u8": "uint8_t *",
};

/** What `Deno.dlopen` calls them, as parameters and as results. */
const DENO_TYPES: Record<string, string> = { uint32_t: "u32", int32_t: "i32", double: "f64", void: "void" };

/** A list as it stands between parentheses, without what a trailing comma or `void` leaves. */
function items(list: string): string[] {
  return list.split(",").map((item) => item.trim()).filter((item) => item !== "" && item !== "void");
}

/** Functions by name: types of parameters, then of the result. */
type Functions = Record<string, readonly string[]>;

function rustFunctions(): Functions {
  const found = RUST.matchAll(/extern "C" fn (tensaur_\w+)\(([^)]*)\)(?: -> ([^{]+))? \{/g);
  return Object.fromEntries(Array.from(found, ([, name, parameters, result]) => {
    const types = items(parameters!).map((item) => C_TYPES[item.slice(item.indexOf(":") + 1).trim()]!);
    return [name!, [...types, result === undefined ? "void" : C_TYPES[result.trim()]!]];
  }));
}

function headerFunctions(): Functions {
  const code = HEADER.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const found = code.matchAll(/^([\w ]+[ *])(tensaur_\w+)\(([^)]*)\);/gm);
  return Object.fromEntries(Array.from(found, ([, result, name, parameters]) => {
    const types = items(parameters!).map((item) => item.replace(/\w+$/, "").trim());
    return [name!, [...types, result!.trim()]];
  }));
}

Deno.test("the header declares the functions of the library, with their types", () => {
  const declared = headerFunctions();
  assertEquals(declared, rustFunctions());
  assert(Object.keys(declared).length > 0);
});

Deno.test("the symbols that TypeScript opens are those of the header", () => {
  const opened: Functions = Object.fromEntries(
    Object.values(SYMBOLS).map(({ name, parameters, result }) => [name, [...parameters, result]]),
  );
  const declared = Object.entries(headerFunctions()).map(([name, types]) => {
    const pointer = (i: number) => i === types.length - 1 ? "pointer" : "buffer";
    return [name, types.map((type, i) => DENO_TYPES[type] ?? pointer(i))];
  });
  assertEquals(opened, Object.fromEntries(declared));
});

Deno.test("the version is that of the Rust source and of TypeScript", () => {
  const version = /TENSAUR_ABI_VERSION (\d+)/.exec(HEADER)?.[1];
  assertEquals(version, /const VERSION: u32 = (\d+);/.exec(RUST)?.[1]);
  assertEquals(version, /ABI_VERSION = (\d+);/.exec(read("src/backend/symbols.ts"))?.[1]);
});

/** Runs a program in the project's folder and returns what it prints. */
function run(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args, cwd: root }).outputSync();
  const [printed, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `${program} ${args.join(" ")}: ${errors}${printed}`);
  return printed!;
}

const extension = { darwin: "dylib", windows: "dll" }[Deno.build.os as string] ?? "so";

Deno.test("the example in C compiles without a warning and calls the library", () => {
  const warnings = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];
  const linked = ["-L", "target/release", "-ltensaur", "-Wl,-rpath,target/release"];
  run("cc", ...warnings, "-I", "kernels", "examples/call.c", ...linked, "-o", "target/call");
  assertEquals(run("target/call"), RESULTS);
});

Deno.test({
  name: "C++ takes the header",
  ignore: !await hasCompiler(),
  fn: () => {
    run("g++", "-x", "c++", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only", "kernels/tensaur.h");
  },
});

Deno.test("the example in Python calls the library", () => {
  assertEquals(run("python3", "examples/call.py", `target/release/libtensaur.${extension}`), RESULTS);
});
