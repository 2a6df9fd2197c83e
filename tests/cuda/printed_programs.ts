/**
 * Steps whose printed programs have every op in every class, every conversion, and every family's kernels with programs
 * before and after them. Run as a program, it has a GPU's compiler make them ready, one plan a step, and rows that
 * several steps share.
 *
 * @module
 */
import type { Epilogue, FoldStep, MapStep, MatmulStep, Operand, Step } from "../../src/backend/backend.ts";
import { backendOf } from "../../src/backend/devices.ts";
import { type DType, DTYPES } from "../../src/dtype.ts";
import type { Combine } from "../../src/ops/op.ts";
import { CONST, MAX_OUTPUTS, OUTPUT } from "../../src/program.ts";
import { contiguousStrides } from "../../src/shape.ts";
import { evaluate, ones } from "../../mod.ts";
import { assemble, contiguous, type Instruction, strided } from "../steps.ts";
import { CONVERSIONS, ROWS } from "./math_library.ts";
import type { ClassName } from "./samples.ts";

const CLASSES: readonly ClassName[] = ["float32", "float64", "int32"];
const COMBINES: readonly Combine[] = ["sum", "prod", "max", "min", "any", "all", "argmax", "argmin"];
/** Layouts of three rows: of vectors, of odd length, turned, and one row repeated. */
const LAYOUTS = [[[3, 8], [8, 1]], [[3, 7], [7, 1]], [[3, 8], [1, 3]], [[3, 8], [0, 1]]] as const;
/**
 * Rows, columns and depth of products: a few results, and enough of them for each size of tile. They are exact ones,
 * since capability 7.5 has no others.
 */
const PRODUCTS = [[1, 4, 300], [16, 32, 9], [64, 64, 64], [300, 200, 20], [1100, 1300, 40], [40, 40, 9000]];

/** A map over contiguous operands, inputs first. */
function map(
  inputs: readonly (DType | "index")[],
  outputs: readonly DType[],
  code: Instruction[],
  constants: readonly number[] = [],
): MapStep {
  const shape = [12];
  const operands = [...inputs, ...outputs].map((dtype, slot) =>
    dtype === "index" ? strided(-1, dtype, [1]) : contiguous(slot, dtype, shape)
  );
  const program = assemble({
    inputs: [...inputs],
    outputs: [...outputs],
    constants: constants.length,
    code,
  });
  return { kind: "map", program, constants, jobs: [{ shape, operands }] };
}

function chunks<T>(values: readonly T[], length: number): T[][] {
  return Array.from(
    { length: Math.ceil(values.length / length) },
    (_, i) => values.slice(i * length, (i + 1) * length),
  );
}

/** Every op of a class, as many to a program as it may have outputs. */
function ops(dtype: ClassName): MapStep[] {
  const at = DTYPES[dtype].class;
  const rows = ROWS.filter(({ arity, dtypes }) => arity > 0 && dtypes.includes(dtype));
  return chunks(rows, MAX_OUTPUTS).map((some) =>
    map(
      [dtype, dtype, dtype],
      some.map(() => dtype),
      some.flatMap(({ name, arity }, i): Instruction[] => [
        ["load", at, 0],
        [name, at, arity > 1 ? 1 : 0, arity > 2 ? 2 : 0],
        ["store", at, OUTPUT + i],
      ]),
    )
  );
}

function random(dtype: "float32" | "float64"): MapStep {
  const at = DTYPES[dtype].class;
  return map(["index"], [dtype], [["random", at, 0, CONST], ["store", at, OUTPUT]], [0, 1]);
}

/** Every conversion through a class. */
function conversions(dtype: ClassName): MapStep[] {
  const at = DTYPES[dtype].class, through = CONVERSIONS.filter((one) => one.through === dtype);
  return chunks(through, MAX_OUTPUTS).map((some) =>
    map(
      some.map(({ from }) => from),
      some.map(({ to }) => to),
      some.flatMap((_, i): Instruction[] => [["load", at, i], ["store", at, OUTPUT + i]]),
    )
  );
}

/** `x · x` and more of one input. */
function squares(dtype: ClassName, outputs: DType[]): ReturnType<typeof assemble> {
  const at = DTYPES[dtype].class;
  const store: Instruction[] = outputs.map((_, i) => ["store", at, OUTPUT + i]);
  return assemble({ inputs: [dtype], outputs, code: [["load", at, 0], ["mul", at, 0], ...store] });
}

function layouts(dtype: ClassName): MapStep[] {
  return LAYOUTS.map(([shape, strides]) => {
    const operands = [strided(0, dtype, strides), contiguous(1, dtype, shape)];
    return { kind: "map", program: squares(dtype, [dtype]), constants: [], jobs: [{ shape, operands }] };
  });
}

/** What squares a result into slot 7. */
function epilogue(dtype: ClassName, result: Operand, shape: readonly number[]): Epilogue {
  const operands = [{ ...result, strides: contiguousStrides(shape) }, contiguous(7, dtype, shape)];
  return { program: squares(dtype, [dtype]), constants: [], job: { shape, operands } };
}

/** Folds of squares, along rows and columns, with an epilogue where the results have the class's dtype. */
function reductions(dtype: ClassName, combine: Combine): Step[] {
  const out = combine === "any" || combine === "all" ? "bool" : combine.startsWith("arg") ? "int32" : dtype;
  const shape = [3, 5], program = squares(dtype, []);
  return [[false, true], [true, false]].map((reduced): Step => {
    const kept = shape.filter((_, axis) => !reduced[axis]), result = contiguous(1, out, kept);
    return {
      ...{ kind: "reduce", combine, program, constants: [], reduced, result },
      job: { shape, operands: [contiguous(0, dtype, shape)] },
      epilogue: out === dtype ? epilogue(dtype, result, kept) : null,
    };
  });
}

function products(dtype: ClassName): MatmulStep[] {
  return PRODUCTS.flatMap(([m, n, k]) => {
    const shape = [2, m!, n!], result = contiguous(2, dtype, shape);
    const step: MatmulStep = {
      ...{ kind: "matmul", shape, inner: k!, tf32: false, result, epilogue: null },
      left: strided(0, dtype, [m! * k!, k!, 1]),
      right: strided(1, dtype, [0, n!, 1]),
    };
    return [step, { ...step, epilogue: epilogue(dtype, result, shape) }];
  });
}

function gathers(dtype: DType): Step[] {
  return [[4], [3, 4]].map((shape) => ({
    ...{ kind: "gather", shape, axis: 0, size: 3, source: contiguous(0, dtype, shape) },
    ...{ index: contiguous(1, "int32", shape), result: contiguous(2, dtype, shape) },
  }));
}

function scatters(dtype: ClassName): Step[] {
  return [[4], [3, 4]].map((shape) => ({
    ...{ kind: "scatterAdd", shape, axis: 0, size: 3, source: contiguous(0, dtype, shape) },
    ...{ index: contiguous(1, "int32", shape), result: contiguous(2, dtype, shape) },
  }));
}

function fold(dtype: ClassName): FoldStep {
  const shape = [3, 5], operands = [contiguous(0, dtype, shape), contiguous(1, dtype, shape)];
  return { kind: "fold", program: squares(dtype, [dtype]), constants: [], job: { shape, operands } };
}

/** All of them. */
export const STEPS: readonly Step[] = [
  ...CLASSES.flatMap((dtype) => [
    ...ops(dtype),
    ...conversions(dtype),
    ...layouts(dtype),
    ...COMBINES.flatMap((combine) => reductions(dtype, combine)),
    ...products(dtype),
    ...scatters(dtype),
    fold(dtype),
  ]),
  random("float32"),
  random("float64"),
  ...(["uint8", "float32", "float64"] as const).flatMap(gathers),
];

if (import.meta.main) {
  const cuda = backendOf("cuda");
  for (const step of STEPS) cuda.compile([step]).free();
  for (const dtype of ["float32", "float64"] as const) {
    const x = ones([4, 64], { device: "cuda", dtype });
    for (const rows of [x.softmax(1), x.logSoftmax(1), x.sub(x.mean(1, { keepdim: true }))]) evaluate(rows);
  }
}
