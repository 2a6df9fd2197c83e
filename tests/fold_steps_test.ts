/**
 * Reductions and matrix products made by hand, run on each device.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { Epilogue, MatmulStep, ReduceStep } from "../src/backend/backend.ts";
import { type DType, DTYPES, F32, type TypedArray } from "../src/dtype.ts";
import { KernelError } from "../src/errors.ts";
import type { Combine } from "../src/ops/op.ts";
import { CONST, OUTPUT } from "../src/program.ts";
import { sizeOf } from "../src/shape.ts";
import { arrayOf, assemble, assertClose, contiguous, onDevices, type Run, strided } from "./steps.ts";

/** Integers from 0 to 6, spread without a pattern that lines up with an axis. */
function spread(length: number): number[] {
  return Array.from({ length }, (_, i) => (i * 31 + (i >> 3) * 17) % 7);
}

function identityOf(dtype: DType): ReduceStep["program"] {
  return assemble({ inputs: [dtype], code: [["load", DTYPES[dtype].class, 0]] });
}

interface Fold {
  combine: Combine;
  dtype: DType;
  out: DType;
  shape: readonly number[];
  reduced: readonly boolean[];
  strides?: readonly number[];
}

function fold(
  run: Run,
  { combine, dtype, out, shape, reduced, strides }: Fold,
  values: number[],
): TypedArray {
  const kept = shape.filter((_, axis) => !reduced[axis]);
  const source = strides === undefined ? contiguous(0, dtype, shape) : strided(0, dtype, strides);
  const step: ReduceStep = {
    kind: "reduce",
    combine,
    program: identityOf(dtype),
    constants: [],
    job: { shape, operands: [source] },
    reduced,
    result: contiguous(1, out, kept),
    epilogue: null,
  };
  return run([step], [arrayOf(dtype, values), arrayOf(out, new Array(sizeOf(kept)).fill(9))])[1]!;
}

const FOLDS: Record<Combine, (values: number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  prod: (values) => values.reduce((a, b) => a * b, 1),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  any: (values) => values.some((x) => x !== 0) ? 1 : 0,
  all: (values) => values.every((x) => x !== 0) ? 1 : 0,
  argmax: (values) => values.indexOf(Math.max(...values)),
  argmin: (values) => values.indexOf(Math.min(...values)),
};

/** Folds by definition, over every combination of kept coordinates. */
function foldByHand({ combine, shape, reduced, strides }: Fold, values: number[]): number[] {
  const walk = strides ?? contiguous(0, "float32", shape).strides;
  const groups: number[][] = Array.from(
    { length: sizeOf(shape.filter((_, axis) => !reduced[axis])) },
    () => [],
  );
  for (let flat = 0; flat < sizeOf(shape); flat++) {
    let rest = flat, position = 0, group = 0, weight = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const coordinate = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      position += coordinate * walk[axis]!;
      if (reduced[axis]) continue;
      group += coordinate * weight;
      weight *= shape[axis]!;
    }
    groups[group]!.push(values[position]!);
  }
  return groups.map(FOLDS[combine]);
}

function outOf(combine: Combine, dtype: DType): DType {
  if (combine.startsWith("arg")) return "int32";
  if (combine === "any" || combine === "all") return "bool";
  return DTYPES[dtype].float ? dtype : "int32";
}

const REDUCED = [[true, true, true], [false, true, true], [true, false, false], [false, false, true], [
  true,
  false,
  true,
]];

onDevices("every combine over every choice of axes", (run) => {
  for (const combine of Object.keys(FOLDS) as Combine[]) {
    for (const dtype of Object.keys(DTYPES) as DType[]) {
      for (const reduced of REDUCED) {
        const shape = [3, 2, 5], raw = combine === "prod" ? spread(30).map((x) => 1 + x % 2) : spread(30);
        const values = [...arrayOf(dtype, dtype === "bool" ? raw.map((x) => x > 3 ? 1 : 0) : raw)];
        const out = outOf(combine, dtype);
        for (const strides of [undefined, [1, 3, 6]]) {
          const spec = { combine, dtype, out, shape, reduced, ...(strides && { strides }) };
          const what = `${combine} of ${dtype}, folded ${reduced}, strides ${strides}`;
          assertClose(fold(run, spec, values), foldByHand(spec, values), 0, what);
        }
      }
    }
  }
});

onDevices("long rows and columns are folded whole", (run) => {
  const values = spread(3 * 20_000);
  for (const [shape, reduced] of [[[3, 20_000], [false, true]], [[20_000, 3], [true, false]]] as const) {
    const spec = { combine: "sum", dtype: "float32", out: "float32", shape, reduced } as const;
    assertClose(fold(run, spec, values), foldByHand(spec, values), 1e-6, `${shape}`);
  }
});

onDevices("NaN, signed zeros and infinities in folds", (run) => {
  const over = (combine: Combine, values: number[]): number => {
    const dtype = "float32", out = outOf(combine, dtype);
    return fold(run, { combine, dtype, out, shape: [values.length], reduced: [true] }, values)[0]!;
  };
  assertEquals(over("max", [1, NaN, 3]), NaN);
  assertEquals(over("min", [1, NaN, 3]), NaN);
  assertEquals(over("max", [-0, 0, -0]), 0);
  assertEquals(over("min", [0, -0, 0]), -0);
  assertEquals(over("argmax", [1, NaN, Infinity, NaN]), 1);
  assertEquals(over("argmin", [1, -Infinity, NaN, -Infinity]), 2);
  assertEquals(over("argmax", [-Infinity, -Infinity]), 0);
  assertEquals(over("any", [0, NaN, -0]), 1);
  assertEquals(over("all", [1, NaN]), 1);
  assertEquals(over("sum", [Infinity, -Infinity]), NaN);
});

onDevices("integers wrap in sums and products", (run) => {
  const spec = { dtype: "int32", out: "int32", shape: [3], reduced: [true] } as const;
  const of = (combine: Combine, values: number[]): number => fold(run, { ...spec, combine }, values)[0]!;
  assertEquals(of("sum", [2147483647, 1, 1]), -2147483647);
  assertEquals(of("prod", [65536, 65536, 3]), 0);
  assertEquals(of("prod", [65537, 65537, 3]), Math.imul(Math.imul(65537, 65537), 3));
});

onDevices("folds of nothing give the identity", (run) => {
  const of = (combine: Combine, dtype: DType): number[] => [
    ...fold(run, { combine, dtype, out: outOf(combine, dtype), shape: [2, 0], reduced: [false, true] }, []),
  ];
  assertEquals(of("sum", "float32"), [0, 0]);
  assertEquals(of("prod", "int32"), [1, 1]);
  assertEquals(of("any", "bool"), [0, 0]);
  assertEquals(of("all", "float64"), [1, 1]);
  assertEquals(of("max", "float32"), [-Infinity, -Infinity]);
  assertEquals(of("min", "int32"), [2147483647, 2147483647]);
  assertThrows(() => of("argmax", "float32"), KernelError);
});

onDevices("a reduction folds what its program computes, and its epilogue sees the rounded result", (run) => {
  const program = assemble({
    inputs: ["float32", "float32"],
    code: [["load", F32, 0], ["sub", F32, 1], ["square", F32]],
  });
  const scale = assemble({
    inputs: ["float32"],
    outputs: ["float32"],
    constants: 1,
    code: [["load", F32, 0], ["mul", F32, CONST], ["store", F32, OUTPUT]],
  });
  const result = contiguous(2, "float32", [2]);
  const epilogue: Epilogue = {
    program: scale,
    constants: [0],
    job: { shape: [2], operands: [result, contiguous(3, "float32", [2])] },
  };
  const operands = [contiguous(0, "float32", [2, 3]), strided(1, "float32", [1, 0])];
  const results = run(
    [{
      kind: "reduce",
      combine: "sum",
      program,
      constants: [],
      job: { shape: [2, 3], operands },
      reduced: [false, true],
      result,
      epilogue,
    }],
    [[1, 2, 3, 4, 5, 6], [2, 5], [0, 0], [0, 0]].map((values) => arrayOf("float32", values)),
    [0.5],
  );
  assertEquals([...results[2]!], [2, 2]);
  assertEquals([...results[3]!], [1, 1]);
});

interface Product {
  dtype: "float32" | "float64" | "int32";
  batch: number;
  m: number;
  n: number;
  k: number;
  transposed: boolean;
}

/** Multiplies [batch, m, k] by one [k, n] matrix, both perhaps stored transposed. */
function product({ dtype, batch, m, n, k, transposed }: Product): MatmulStep {
  return {
    kind: "matmul",
    tf32: false,
    shape: [batch, m, n],
    inner: k,
    left: strided(0, dtype, transposed ? [m * k, 1, m] : [m * k, k, 1]),
    right: strided(1, dtype, transposed ? [0, 1, k] : [0, n, 1]),
    result: contiguous(2, dtype, [batch, m, n]),
    epilogue: null,
  };
}

function productByHand(
  { batch, m, n, k, dtype }: Product,
  step: MatmulStep,
  a: number[],
  b: number[],
): number[] {
  const result: number[] = [], [, rows, across] = step.left.strides, [, down, columns] = step.right.strides;
  for (let i = 0; i < batch * m * n; i++) {
    const row = Math.floor(i / n) % m, column = i % n, start = Math.floor(i / (m * n)) * m * k;
    let sum = 0;
    for (let l = 0; l < k; l++) {
      sum += a[start + row * rows! + l * across!]! * b[l * down! + column * columns!]!;
    }
    result.push(DTYPES[dtype].round(sum));
  }
  return result;
}

const SIZES = [[1, 1, 1], [2, 3, 4], [1, 5, 300], [3, 1, 70], [17, 33, 9], [65, 40, 130]] as const;

onDevices("matrix products, batched, broadcast and transposed", (run) => {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    for (const [m, n, k] of SIZES) {
      for (const transposed of [false, true]) {
        const spec = { dtype, batch: 2, m, n, k, transposed }, step = product(spec);
        const a = spread(2 * m * k), b = spread(k * n).reverse();
        const zeros = new Array(2 * m * n).fill(0);
        const [, , c] = run([step], [arrayOf(dtype, a), arrayOf(dtype, b), arrayOf(dtype, zeros)]);
        assertClose(c!, productByHand(spec, step, a, b), 0, `${dtype} ${m}x${k}x${n} ${transposed}`);
      }
    }
  }
});

onDevices("a matrix product over nothing is zero, and integers wrap", (run) => {
  const empty = product({ dtype: "float32", batch: 1, m: 2, n: 2, k: 0, transposed: false });
  const [, , zeros] = run([empty], [[], [], [9, 9, 9, 9]].map((values) => arrayOf("float32", values)));
  assertEquals([...zeros!], [0, 0, 0, 0]);
  const big = product({ dtype: "int32", batch: 1, m: 1, n: 1, k: 2, transposed: false });
  const [, , wrapped] = run(
    [big],
    [[65537, 65537], [65537, 65537], [0]].map((values) => arrayOf("int32", values)),
  );
  assertEquals(wrapped![0], (2 * Math.imul(65537, 65537)) | 0);
});

onDevices("a matrix product's epilogue adds a bias and keeps both results", (run) => {
  const program = assemble({
    inputs: ["float32", "float32"],
    outputs: ["float32"],
    code: [["load", F32, 0], ["add", F32, 1], ["relu", F32], ["store", F32, OUTPUT]],
  });
  const step = product({ dtype: "float32", batch: 1, m: 2, n: 2, k: 2, transposed: false });
  const shape = [1, 2, 2];
  const operands = [step.result, strided(3, "float32", [0, 0, 1]), contiguous(4, "float32", shape)];
  const results = run(
    [{ ...step, epilogue: { program, constants: [], job: { shape, operands } } }],
    [[1, 2, 3, 4], [1, 0, 0, 1], [0, 0, 0, 0], [-2, 10], [0, 0, 0, 0]].map((values) =>
      arrayOf("float32", values)
    ),
  );
  assertEquals([...results[2]!], [1, 2, 3, 4]);
  assertEquals([...results[4]!], [0, 12, 1, 14]);
});
