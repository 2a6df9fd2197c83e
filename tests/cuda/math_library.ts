/**
 * The math of `kernels/cuda/` as a shared library for the CPU: g++ compiles the same text as NVRTC does.
 *
 * @module
 */
import type { DType } from "../../src/dtype.ts";
import { filesUnder } from "../../tools/imports.ts";
import type { ClassName } from "./samples.ts";

/** What makes g++ compute as a GPU does: multiply-adds are fused where the text says so, and only there. */
const FLAGS = [
  ..."-std=c++17 -O2 -ffp-contract=off -fno-fast-math -fno-math-errno -shared -fPIC".split(" "),
  ..."-Wall -Wextra -Werror -Wno-unknown-pragmas".split(" "),
  ...Deno.build.arch === "x86_64" ? ["-mfma"] : [],
];

/** The types of CUDA C++. */
export const TYPES = {
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

/** The rows of `kernels/ops.rs`; what reads no operands computes floats. */
export const ROWS: readonly CudaRow[] = [...Deno.readTextFileSync("kernels/ops.rs").matchAll(ROW)]
  .map(([, name, operands, float, int, cuda]) => ({
    name: name!,
    arity: operands?.split(",").length ?? 0,
    dtypes: [
      ...float || operands === undefined ? ["float32", "float64"] as const : [],
      ...int ? ["int32"] as const : [],
    ],
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
    dtypes.map((dtype) => `${arity > 0 ? "OP" : "SOURCE"}(${name}_${dtype}, ${TYPES[dtype]}, ${cuda})`)
  );
  const conversions = CONVERSIONS.map(({ name, from, to }) =>
    `CONVERSION(${name}, ${TYPES[to]}, ${TYPES[from]})`
  );
  return ['#include "harness.h"', ...ops, ...conversions, ""].join("\n");
}

/** A name for what g++ is given: this text, the sources and the flags. */
async function fingerprint(text: string): Promise<string> {
  const files = [...filesUnder("kernels/cuda", ".cuh"), "tests/cuda/harness.h", "tests/cuda/builtins.h"];
  const all = [FLAGS.join(" "), text, ...files.map((file) => Deno.readTextFileSync(file))].join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(all));
  return new Uint8Array(digest).slice(0, 8).toHex();
}

/** Runs g++, or says what it complains of. */
async function compile(args: readonly string[]): Promise<void> {
  let result;
  try {
    result = await new Deno.Command("g++", { args: [...args], stderr: "piped" }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error("This test compiles CUDA's math for the CPU and needs g++ (apt install g++)", { cause });
  }
  if (!result.success) {
    throw new Error(`g++ refuses the math of kernels/cuda:\n${new TextDecoder().decode(result.stderr)}`);
  }
}

/** Compiles the functions unless that was done before; gives the library's path. */
async function build(): Promise<string> {
  const text = sourceText(), stem = `${FOLDER}/math-${await fingerprint(text)}`;
  if (await Deno.stat(`${stem}.so`).then(() => true, () => false)) return `${stem}.so`;
  await Deno.mkdir(FOLDER, { recursive: true });
  // Another process may be at it too.
  const part = `${stem}-${Deno.pid}`;
  await Deno.writeTextFile(`${part}.cpp`, text);
  const folders = ["-Ikernels/cuda", "-Itests/cuda", "-include", "builtins.h"];
  await compile([...FLAGS, ...folders, `${part}.cpp`, "-o", `${part}.so`]);
  await Deno.remove(`${part}.cpp`);
  await Deno.rename(`${part}.so`, `${stem}.so`);
  return `${stem}.so`;
}

const OP = { parameters: ["buffer", "buffer", "buffer", "buffer", "i64"], result: "void" } as const;
const SOURCE = { parameters: ["buffer", "f64", "f64", "buffer", "i64"], result: "void" } as const;
const CONVERSION = { parameters: ["buffer", "buffer", "i64"], result: "void" } as const;

/** Numbers in memory. */
type Column = ArrayBufferView<ArrayBuffer> & { readonly length: number };

/** The functions of the library. */
export interface MathLibrary {
  /** Applies an op to as many columns as it takes. */
  op(name: string, columns: readonly Column[], results: Column): void;
  /** Random numbers at indices. */
  random(dtype: string, indices: Column, seed: number, base: number, results: Column): void;
  /** Converts a column. */
  convert(name: string, from: Column, to: Column): void;
}

/** Builds the library and opens it, for as long as the process lives. */
export async function openMath(): Promise<MathLibrary> {
  const symbols: Record<string, Deno.ForeignFunction> = {};
  for (const { name, arity, dtypes } of ROWS) {
    for (const dtype of dtypes) symbols[`${name}_${dtype}`] = arity > 0 ? OP : SOURCE;
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
