/**
 * The reference device against the same computation written by hand with typed arrays: at most 3 times slower.
 */
import type { Operand, Step } from "../src/backend/backend.ts";
import { referenceBackend } from "../src/backend/reference.ts";
import { allocate, type Storage, typed } from "../src/backend/storage.ts";
import { DTYPES, F32 } from "../src/dtype.ts";
import { OPCODE_INDEX } from "../src/ops/opcodes.ts";
import { FIRST_OP, internProgram, LOAD, OUTPUT, type Program, STORE } from "../src/program.ts";
import { contiguousStrides, sizeOf } from "../src/shape.ts";

const LENGTH = 2 ** 18;
const SIDE = 128;
const FLOAT32 = DTYPES.float32.code;

function operand(slot: number, shape: number[]): Operand {
  return { slot, dtype: "float32", offset: 0, shifts: [], strides: contiguousStrides(shape) };
}

function program(inputs: number, outputs: number, code: number[][]): Program {
  return internProgram({
    inputs: new Array(inputs).fill(FLOAT32),
    outputs: new Array(outputs).fill(FLOAT32),
    spills: [],
    constants: 0,
    code: Int32Array.from(code.flat()),
  });
}

function op(name: string, a = 0): number[] {
  return [FIRST_OP + OPCODE_INDEX.get(name)!, F32, a, 0];
}

/** A storage for each slot, filled with small numbers, and a function that runs the step over them. */
function prepare(step: Step, ...shapes: number[][]): { arrays: Float32Array[]; run: () => void } {
  const slots: Storage[] = shapes.map((shape) => allocate(4 * sizeOf(shape)));
  const arrays = slots.map((slot, i) => typed(slot, "float32", 0, sizeOf(shapes[i]!)) as Float32Array);
  for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = (i % 13) / 13;
  const executable = referenceBackend.compile([step]), params = new Float64Array(0);
  return { arrays, run: () => executable.run(slots, params) };
}

const line = [LENGTH];
const chain = prepare(
  {
    kind: "map",
    constants: [],
    program: program(3, 1, [
      [LOAD, F32, 0, 0],
      op("mul", 1),
      op("add", 2),
      op("relu"),
      op("square"),
      op("sub", 0),
      op("abs"),
      [STORE, F32, OUTPUT, 0],
    ]),
    jobs: [{ shape: line, operands: [0, 1, 2, 3].map((slot) => operand(slot, line)) }],
  },
  line,
  line,
  line,
  line,
);

function chainByHand(x: Float32Array, w: Float32Array, b: Float32Array, out: Float32Array): void {
  const round = Math.fround;
  for (let i = 0; i < out.length; i++) {
    const sum = round(round(x[i]! * w[i]!) + b[i]!);
    const kept = sum > 0 ? sum : 0;
    out[i] = Math.abs(round(round(kept * kept) - x[i]!));
  }
}

Deno.bench("by hand", { group: "chain of 6, 2^18", baseline: true }, () => {
  const [x, w, b, out] = chain.arrays;
  chainByHand(x!, w!, b!, out!);
});
Deno.bench("reference", { group: "chain of 6, 2^18" }, chain.run);

const sum = prepare(
  {
    kind: "reduce",
    combine: "sum",
    constants: [],
    program: program(1, 0, [[LOAD, F32, 0, 0]]),
    job: { shape: line, operands: [operand(0, line)] },
    reduced: [true],
    result: operand(1, []),
    epilogue: null,
  },
  line,
  [],
);

function sumByHand(x: Float32Array, out: Float32Array): void {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i]!;
  out[0] = total;
}

Deno.bench(
  "by hand",
  { group: "sum, 2^18", baseline: true },
  () => sumByHand(sum.arrays[0]!, sum.arrays[1]!),
);
Deno.bench("reference", { group: "sum, 2^18" }, sum.run);

const square = [SIDE, SIDE];
const matmul = prepare(
  {
    kind: "matmul",
    tf32: false,
    shape: square,
    inner: SIDE,
    left: operand(0, square),
    right: operand(1, square),
    result: operand(2, square),
    epilogue: null,
  },
  square,
  square,
  square,
);

function matmulByHand(a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      let total = 0;
      for (let k = 0; k < SIDE; k++) total += a[row * SIDE + k]! * b[k * SIDE + column]!;
      out[row * SIDE + column] = total;
    }
  }
}

Deno.bench("by hand", { group: "matmul, 128", baseline: true }, () => {
  const [a, b, out] = matmul.arrays;
  matmulByHand(a!, b!, out!);
});
Deno.bench("reference", { group: "matmul, 128" }, matmul.run);
