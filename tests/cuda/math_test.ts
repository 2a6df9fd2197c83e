/**
 * The math of CUDA has the CPU's bits: every op in every class, conversions and random numbers, compiled by g++.
 *
 * `TENSAUR_EVERY_FLOAT=exp,sin` (or `all`) tries these functions on all 2^32 numbers of float32, minutes for each.
 */
import { assert, assertEquals } from "@std/assert";
import { backendOf } from "../../src/backend/devices.ts";
import { type DType, DTYPES, type TypedArray } from "../../src/dtype.ts";
import { OPCODES } from "../../src/ops/opcodes.ts";
import { CONST, OUTPUT } from "../../src/program.ts";
import { assemble, contiguous, opProgram, runSteps, strided } from "../steps.ts";
import { ready } from "./child.ts";
import { CONVERSIONS, type CudaRow, type MathLibrary, openMath, ROWS } from "./math_library.ts";
import { arrayOver, type ClassArray, type ClassName, samples } from "./samples.ts";

const math: MathLibrary | undefined = ready ? await openMath() : undefined;
const cpu = backendOf("cpu");
const EVERY_FLOAT = (Deno.env.get("TENSAUR_EVERY_FLOAT") ?? "").split(",");
/** How many of all floats are tried at once. */
const CHUNK = 1 << 22;
/** Indices for random numbers and conversions: where they begin, and how far they go each time. */
const INDEX = { offset: 3 - 2 ** 40, stride: 2 ** 24 + 1, length: 1 << 17 };
const indices = BigInt64Array.from(INDEX, (_, i) => BigInt(INDEX.offset + INDEX.stride * i));

function test(name: string, fn: () => void): void {
  Deno.test({ name: `cuda: ${name}`, ignore: !ready, fn });
}

/** Fails at the first element whose bits differ; all NaNs count as equal. */
function assertSameBits(got: TypedArray, wanted: TypedArray, tell: (i: number) => string): void {
  assertEquals(got.length, wanted.length);
  const words = (array: TypedArray): TypedArray | BigInt64Array =>
    array instanceof Float32Array
      ? new Int32Array(array.buffer, array.byteOffset, array.length)
      : array instanceof Float64Array
      ? new BigInt64Array(array.buffer, array.byteOffset, array.length)
      : array;
  const a = words(got), b = words(wanted);
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && (got[i] === got[i] || wanted[i] === wanted[i])) {
      throw new Error(`${tell(i)}: cuda says ${got[i]}, cpu ${wanted[i]}`);
    }
  }
}

/** What the CPU makes of the columns. */
function onCpu(name: string, dtype: ClassName, columns: readonly ClassArray[]): TypedArray {
  const { length } = columns[0]!;
  const operands = [...columns, 0].map((_, slot) => contiguous(slot, dtype, [length]));
  const program = opProgram(name, dtype, columns.length);
  const step = { kind: "map", program, constants: [], jobs: [{ shape: [length], operands }] } as const;
  return runSteps(cpu, [step], [...columns, columns[0]!.slice().fill(0)]).at(-1)!;
}

function compare({ name }: CudaRow, dtype: ClassName, columns: readonly ClassArray[]): void {
  const got = columns[0]!.slice();
  math!.op(`${name}_${dtype}`, columns, got);
  const row = (i: number): string => columns.map((column) => column[i]).join(", ");
  assertSameBits(got, onCpu(name, dtype, columns), (i) => `${name}(${row(i)}) in ${dtype}`);
}

Deno.test("every op has a row with an expression for CUDA", () => {
  assertEquals(ROWS.map(({ name }) => name).sort(), OPCODES.map(({ name }) => name).sort());
  for (const { name, arity, cuda } of ROWS) {
    assert(cuda !== "");
    if (name !== "random") assertEquals(arity, OPCODES.find((row) => row.name === name)!.arity, name);
  }
});

for (const dtype of ["float32", "float64", "int32"] as const) {
  const columns = [1, 2, 3].map((arity) => samples(dtype, arity));
  for (const row of ROWS.filter(({ arity, dtypes }) => arity > 0 && dtypes.includes(dtype))) {
    test(`${row.name} has the cpu's bits in ${dtype}`, () => {
      compare(row, dtype, columns[row.arity - 1]!);
    });
  }
}

test("random numbers have the cpu's bits", () => {
  const { length } = indices;
  for (const [seed, base] of [[0, 0], [2 ** 52 + 12345, 2 ** 50 + 5], [-1, NaN], [1e30, 0.9]] as const) {
    for (const dtype of ["float32", "float64"] as const) {
      const at = DTYPES[dtype].class;
      const results = arrayOver(dtype, new ArrayBuffer(length * DTYPES[dtype].size));
      const program = assemble({
        inputs: ["index"],
        outputs: [dtype],
        constants: 2,
        code: [["random", at, 0, CONST], ["store", at, OUTPUT]],
      });
      const operands = [strided(-1, "index", [INDEX.stride], INDEX.offset), contiguous(0, dtype, [length])];
      const jobs = [{ shape: [length], operands }];
      const step = { kind: "map", program, constants: [0, 1], jobs } as const;
      math!.random(dtype, indices, seed, base, results);
      const [wanted] = runSteps(cpu, [step], [results.slice().fill(0)], [seed, base]);
      assertSameBits(results, wanted!, (i) => `random ${indices[i]} of ${seed}, ${base} in ${dtype}`);
    }
  }
});

/** A column to convert; of an index there is none. */
function convertible(dtype: DType | "index"): ClassArray | Uint8Array<ArrayBuffer> | null {
  if (dtype === "index") return null;
  if (dtype === "uint8" || dtype === "bool") {
    return Uint8Array.from({ length: 256 }, (_, i) => dtype === "bool" ? i & 1 : i);
  }
  return samples(dtype, 1)[0]!;
}

for (const { name, from, to, through } of CONVERSIONS) {
  test(`${from} is converted to ${to} as on the cpu`, () => {
    const column = convertible(from), length = column?.length ?? INDEX.length;
    const at = DTYPES[through].class;
    const program = assemble({
      inputs: [from],
      outputs: [to],
      code: [["load", at, 0], ["store", at, OUTPUT]],
    });
    const input = column === null
      ? strided(-1, "index", [INDEX.stride], INDEX.offset)
      : contiguous(0, from as DType, [length]);
    const operands = [input, contiguous(column === null ? 0 : 1, to, [length])];
    const step = { kind: "map", program, constants: [], jobs: [{ shape: [length], operands }] } as const;
    const { array: View, size } = DTYPES[to];
    const got = new View(new ArrayBuffer(length * size), 0, length);
    const wanted = runSteps(cpu, [step], [...column === null ? [] : [column], got]).at(-1)!;
    math!.convert(name, column ?? indices, got as Uint8Array<ArrayBuffer>);
    assertSameBits(got, wanted, (i) => `${from} ${column?.[i] ?? indices[i]} as ${to}`);
  });
}

for (const row of ROWS) {
  const wanted = EVERY_FLOAT.includes("all") || EVERY_FLOAT.includes(row.name);
  if (row.arity !== 1 || !row.dtypes.includes("float32") || !wanted) continue;
  test(`${row.name} has the cpu's bits for every float`, () => {
    const words = new Int32Array(CHUNK);
    for (let start = 0; start < 2 ** 32; start += CHUNK) {
      for (let i = 0; i < CHUNK; i++) words[i] = start + i;
      compare(row, "float32", [new Float32Array(words.buffer)]);
    }
  });
}
