/**
 * The math of `kernels/cuda/` as a shared library for the CPU: g++ compiles the same text as NVRTC does.
 *
 * @module
 */
import type { DType } from "../../src/dtype.ts";
import { filesUnder } from "../../tools/imports.ts";
import type { ClassName } from "./samples.ts";

/** The types of CUDA C++. */
const TYPES = {
  float32: "float",
  float64: "double",
  int32: "int",
  uint8: "unsigned char",
  bool: "bool",
  index: "long long",
} as const;

/** A row of the table of ops. */
export interface CudaRow {
  readonly name: string;
  readonly arity: number;
  /** The dtypes of the classes that it has a rule for. */
  readonly dtypes: readonly ClassName[];
  readonly cuda: string;
}

const FOLDER = "target/cuda";
const ROW = /^ {8}\w+ "(\w+)" (?:\|([^|]*)\| )?(float .*?, )?(int .*?, )?cuda "([^"]*)", cost \d+;$/gm;

/** The rows of `kernels/ops.rs`, but for those without operands. */
export const ROWS: readonly CudaRow[] = [...Deno.readTextFileSync("kernels/ops.rs").matchAll(ROW)]
  .map(([, name, operands, float, int, cuda]) => ({
    name: name!,
    arity: operands?.split(",").length ?? 0,
    dtypes: [...float ? ["float32", "float64"] as const : [], ...int ? ["int32"] as const : []],
    cuda: cuda!,
  }));

/** A conversion between what lies in memory, or is an index, and a class. */
export interface Conversion {
  /** The function's name. */
  readonly name: string;
  readonly from: DType | "index";
  readonly to: DType;
  /** The class, one of both. */
  readonly through: ClassName;
}

function conversion(from: DType | "index", to: DType, through: ClassName): Conversion {
  return { name: `convert_${from}_to_${to}`, from, to, through };
}

const CLASSES: readonly ClassName[] = ["float32", "float64", "int32"];

/** Loads of every dtype into each class, and stores of each class as what is no class. */
export const CONVERSIONS: readonly Conversion[] = CLASSES.flatMap((through) => [
  ...([...CLASSES, "uint8", "bool", "index"] as const).map((from) => conversion(from, through, through)),
  ...(["uint8", "bool"] as const).map((to) => conversion(through, to, through)),
]);

function sourceText(): string {
  const ops = ROWS.flatMap(({ name, arity, dtypes, cuda }) =>
    arity === 0
      ? ["float32", "float64"].map((dtype) =>
        `SOURCE(${name}_${dtype}, ${TYPES[dtype as "float32"]}, ${cuda})`
      )
      : dtypes.map((dtype) => `OP(${name}_${dtype}, ${TYPES[dtype]}, ${cuda})`)
  );
  const conversions = CONVERSIONS.map(({ name, from, to }) =>
    `CONVERSION(${name}, ${TYPES[to]}, ${TYPES[from]})`
  );
  return ['#include "harness.h"', ...ops, ...conversions, ""].join("\n");
}

/** A name for what the texts of these files, and one more, say. */
async function fingerprint(text: string): Promise<string> {
  const files = [...filesUnder("kernels/cuda", ".cuh"), "tests/cuda/harness.h", "tests/cuda/builtins.h"];
  const all = [FLAGS.join(" "), text, ...files.map((file) => Deno.readTextFileSync(file))].join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all));
  return new Uint8Array(digest).slice(0, 8).toHex();
}

/** What makes g++ compute as a GPU does: multiply-adds fused where the text says so, and only there. */
const FLAGS =
  "-std=c++17 -O2 -ffp-contract=off -fno-fast-math -fno-math-errno -Wall -Wextra -Werror -Wno-unknown-pragmas -shared -fPIC"
    .split(" ").concat(Deno.build.arch === "x86_64" ? ["-mfma"] : []);

/** Compiles the functions unless that was done before; gives the library's path. */
async function build(): Promise<string> {
  const text = sourceText(), stem = `${FOLDER}/math-${await fingerprint(text)}`;
  if (await Deno.stat(`${stem}.so`).then(() => true, () => false)) return `${stem}.so`;
  await Deno.mkdir(FOLDER, { recursive: true });
  const part = `${stem}-${Deno.pid}`;
  await Deno.writeTextFile(`${part}.cpp`, text);
  const args = [...FLAGS, "-Ikernels/cuda", "-Itests/cuda", "-include", "builtins.h", `${part}.cpp`];
  const command = new Deno.Command("g++", { args: [...args, "-o", `${part}.so`], stderr: "piped" });
  const { success, stderr } = await command.output().catch((error) => {
    throw new Error("This test compiles CUDA's math for the CPU and needs g++ (Debian: apt install g++)", {
      cause: error,
    });
  });
  if (!success) throw new Error(`g++ refuses the math of kernels/cuda:\n${new TextDecoder().decode(stderr)}`);
  await Deno.rename(`${part}.so`, `${stem}.so`);
  await Deno.remove(`${part}.cpp`);
  return `${stem}.so`;
}

const OP = { parameters: ["buffer", "buffer", "buffer", "buffer", "i64"], result: "void" } as const;
const SOURCE = { parameters: ["buffer", "f64", "f64", "buffer", "i64"], result: "void" } as const;
const CONVERSION = { parameters: ["buffer", "buffer", "i64"], result: "void" } as const;

/** A function of the library: columns in, results out. */
export type Column = ArrayBufferView<ArrayBuffer>;

/** The functions of the library. */
export interface MathLibrary {
  /** Applies an op to as many columns as it takes. */
  op(name: string, columns: readonly Column[], results: Column & { readonly length: number }): void;
  /** Random numbers at indices. */
  random(
    dtype: string,
    indices: Column,
    seed: number,
    base: number,
    results: Column & { length: number },
  ): void;
  /** Converts a column. */
  convert(name: string, from: Column, to: Column & { readonly length: number }): void;
}

/** Builds the library and opens it, for as long as the process lives. */
export async function openMath(): Promise<MathLibrary> {
  const symbols: Record<string, Deno.ForeignFunction> = {};
  for (const { name, arity, dtypes } of ROWS) {
    if (arity === 0) symbols[`${name}_float32`] = symbols[`${name}_float64`] = SOURCE;
    for (const dtype of dtypes) symbols[`${name}_${dtype}`] = OP;
  }
  for (const { name } of CONVERSIONS) symbols[name] = CONVERSION;
  const library = Deno.dlopen(await build(), symbols);
  const call = (name: string, ...args: unknown[]): void => {
    (library.symbols[name] as unknown as (...args: unknown[]) => void)(...args);
  };
  return {
    op: (name, [x, y = x, z = x], results) => call(name, x, y, z, results, BigInt(results.length)),
    random: (dtype, indices, seed, base, results) =>
      call(`random_${dtype}`, indices, seed, base, results, BigInt(results.length)),
    convert: (name, from, to) => call(name, from, to, BigInt(to.length)),
  };
}
