/**
 * The shape of the code: who may import whom, how long a file may be, and that lists kept in two places agree.
 */
import { assert, assertEquals } from "@std/assert";
import { cratePathsOf, filesUnder, type Import, importsOf } from "../tools/imports.ts";

const MAX_LINES = 400;

/** The layers of the TypeScript side, from the top down; a file imports from its own layer or from below. */
const LAYERS: readonly (readonly string[])[] = [
  ["mod.ts", "src/modules.ts"],
  ["src/doctor.ts", "src/doctor/"],
  ["src/minitorch/"],
  ["src/nn/", "src/optim/", "src/data/", "src/safetensors.ts"],
  [
    "src/cell.ts",
    "src/create.ts",
    "src/random.ts",
    "src/compile.ts",
    "src/compile/",
    "src/custom.ts",
    "src/gradcheck.ts",
    "src/scope.ts",
    "src/tensors_in.ts",
    "src/profile.ts",
    "src/evaluate.ts",
    "src/functions.ts",
    "src/joins.ts",
    "src/gradients.ts",
    "src/options.ts",
  ],
  ["src/tensor.ts"],
  ["src/record/"],
  ["src/autograd.ts"],
  ["src/graph/"],
  ["src/backend/"],
  ["src/ops/"],
  [
    "src/arguments.ts",
    "src/program.ts",
    "src/format.ts",
    "src/nested.ts",
    "src/shape.ts",
    "src/dtype.ts",
    "src/errors.ts",
  ],
];

/** Modules that make tensors or write formulas over them, and see the classes as types only. */
const FORMULAS = ["src/ops/", "src/record/", "src/autograd.ts"];
const FORMULA_TYPES = ["src/tensor.ts", "src/graph/node.ts"];

/** The layers of the crate, from the top down; a module names its own layer or those below. */
const CRATE: readonly (readonly string[])[] = [
  ["lib", "fuzz"],
  ["abi"],
  ["handles", "ahead"],
  ["plan"],
  ["rows", "cuda"],
  ["device"],
  ["cpu"],
  ["program", "ops"],
  // Vectors and their math are all that a row of `ops` sees of the processor.
  ["cpu::simd", "cpu::math"],
  ["layout", "arguments", "reader", "list", "dtype", "error", "clock", "memory"],
];

/** The list of modules for Deno to load. */
const LIST = "src/modules.ts";

const library = ["mod.ts", ...filesUnder("src", ".ts")];
const elsewhere = ["tests", "bench", "examples", "tools"].flatMap((folder) => filesUnder(folder, ".ts"));
const kernels = filesUnder("kernels", ".rs");
const cuda = [".cu", ".cuh"].flatMap((extension) => filesUnder("kernels/cuda", extension));
const text = new Map(
  [...library, ...elsewhere, ...kernels, ...cuda].map((path) => [path, Deno.readTextFileSync(path)]),
);
const imports = new Map([...library, ...elsewhere].map((path) => [path, importsOf(path, text.get(path)!)]));

/** The imports of these modules that break a rule, as sentences. */
function offences(paths: readonly string[], breaks: (found: Import, path: string) => boolean): string[] {
  return paths.flatMap((path) =>
    imports.get(path)!.filter((found) => breaks(found, path)).map(({ specifier }) =>
      `${path} imports ${specifier}`
    )
  );
}

/** The module of the crate that tests share; it is compiled for them alone, and any of them may use it. */
const TESTING = "testing";

function lineCount(file: string): number {
  return file.split("\n").length - 1;
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => layer.some((place) => path === place || path.startsWith(place)));
}

/** The layer of the module that a path of the crate leads into; the most exact entry counts. */
function crateLayerOf(path: string): number {
  for (let module = path; module !== ""; module = module.slice(0, Math.max(0, module.lastIndexOf("::")))) {
    const layer = CRATE.findIndex((names) => names.includes(module));
    if (layer >= 0) return layer;
  }
  return -1;
}

function isFormulaType({ file, typeOnly }: Import, path: string): boolean {
  return typeOnly && FORMULAS.some((place) => path.startsWith(place)) && FORMULA_TYPES.includes(file!);
}

Deno.test("each module of the library stands in a layer", () => {
  assertEquals(library.filter((path) => layerOf(path) < 0), []);
});

Deno.test("modules import from their own layer or from below", () => {
  const upward = offences(library, (found, path) => {
    return found.file !== undefined && layerOf(found.file) < layerOf(path) && !isFormulaType(found, path);
  });
  assertEquals(upward, []);
});

Deno.test("no module imports itself over others", () => {
  const finished = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    assert(!above.includes(path), [...above, path].join(" imports "));
    if (finished.has(path)) return;
    for (const { file, typeOnly } of imports.get(path) ?? []) {
      if (file !== undefined && !typeOnly) visit(file, [...above, path]);
    }
    finished.add(path);
  };
  for (const path of library) visit(path, []);
});

Deno.test("src/modules.ts lists the modules that mod.ts reaches", () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const needed = imports.get(path)!.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic);
    for (const { file } of needed) if (file !== undefined && file !== LIST) visit(file);
  };
  visit("mod.ts");
  reached.delete("mod.ts");
  assertEquals(imports.get(LIST)!.map(({ file }) => file), [...reached].sort());
});

Deno.test("the library imports relative files, npm and node modules alone, so that it works from any URL", () => {
  assertEquals(offences(library, (found) => !/^(\.|npm:|node:)/.test(found.specifier)), []);
});

Deno.test("nothing imports files from outside of the project", () => {
  const outside = offences([...imports.keys()], ({ specifier, file }) => {
    return /^(https?|file|data):/.test(specifier) || file?.startsWith("..") === true;
  });
  assertEquals(outside, []);
});

Deno.test("mod.ts only exports what other modules define", () => {
  const code = text.get("mod.ts")!.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const rest = code.replaceAll(
    /^export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?)\s*from\s+"[^"]+";/gm,
    "",
  );
  assertEquals(rest.trim(), "");
});

Deno.test("the modules of the crate name their own layer or those below", () => {
  const wrong: string[] = [];
  for (const path of kernels) {
    const module = path.replace(/^kernels\//, "").replace(/\.rs$/, "").replaceAll("/", "::");
    if (module.split("::")[0] === TESTING) continue;
    if (crateLayerOf(module) < 0) wrong.push(`${path} stands in no layer`);
    for (const name of cratePathsOf(text.get(path)!)) {
      const layer = crateLayerOf(name);
      if (layer >= 0 && layer < crateLayerOf(module)) wrong.push(`${path} names ${name}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test(`no file but tensor.ts has more than ${MAX_LINES} lines`, () => {
  const long = [...text].filter(([path, lines]) => path !== "src/tensor.ts" && lineCount(lines) > MAX_LINES);
  assertEquals(long.map(([path, lines]) => `${path} has ${lineCount(lines)} lines`), []);
});
