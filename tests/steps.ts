/**
 * Programs, operands and steps made by hand, and what it takes to run them.
 */
import { assertEquals } from "@std/assert";
import type { Backend, Operand, Step } from "../src/backend/backend.ts";
import { backendOf } from "../src/backend/devices.ts";
import { fromTypedArray, type Storage, typed } from "../src/backend/storage.ts";
import { type Class, type DType, DTYPES, INDEX_CODE, type TypedArray } from "../src/dtype.ts";
import { OPCODE_INDEX } from "../src/ops/opcodes.ts";
import { FIRST_OP, internProgram, LOAD, type Program, STORE } from "../src/program.ts";
import { contiguousStrides } from "../src/shape.ts";
import { DEVICES } from "./devices.ts";

/** An instruction: a name, and words that default to 0. */
export type Instruction = readonly [name: string, mode: number, a?: number, b?: number];

function opWord(name: string): number {
  if (name === "load") return LOAD;
  return name === "store" ? STORE : FIRST_OP + OPCODE_INDEX.get(name)!;
}

/** A program from names. */
export function assemble(
  { inputs, outputs = [], spills = [], constants = 0, code }: {
    inputs: (DType | "index")[];
    outputs?: DType[];
    spills?: DType[];
    constants?: number;
    code: Instruction[];
  },
): Program {
  const codes = (dtypes: readonly (DType | "index")[]): number[] =>
    dtypes.map((dtype) => dtype === "index" ? INDEX_CODE : DTYPES[dtype].code);
  const words = code.flatMap(([name, mode, a = 0, b = 0]) => [opWord(name), mode, a, b]);
  return internProgram({
    inputs: codes(inputs),
    outputs: codes(outputs),
    spills: codes(spills),
    constants,
    code: Int32Array.from(words),
  });
}

/** An operand with strides of its own. */
export function strided(
  slot: number,
  dtype: DType | "index",
  strides: readonly number[],
  offset = 0,
): Operand {
  return { slot, dtype, offset, shifts: [], strides };
}

/** An operand that lies in row-major order. */
export function contiguous(slot: number, dtype: DType, shape: readonly number[]): Operand {
  return strided(slot, dtype, contiguousStrides(shape));
}

/** The dtype that a typed array holds; bytes are uint8. */
export function dtypeOf(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  return array instanceof Int32Array ? "int32" : "uint8";
}

/** Runs steps over copies of arrays, one a slot, and gives back what the slots hold afterwards. */
export function runSteps(
  backend: Backend,
  steps: Step[],
  arrays: TypedArray[],
  params: number[] = [],
): TypedArray[] {
  const slots: Storage[] = arrays.map((array) => backend.place(fromTypedArray(array)));
  backend.compile(steps).run(slots, Float64Array.from(params));
  return slots.map((slot, i) => {
    const array = arrays[i]!;
    return typed(slot, dtypeOf(array), 0, array.length);
  });
}

/** A typed array of values. */
export function arrayOf(dtype: DType, values: readonly number[]): TypedArray {
  const { array: View, size } = DTYPES[dtype];
  const array = new View(new ArrayBuffer(values.length * size), 0, values.length);
  array.set(values);
  return array;
}

/** Runs steps on one device: arrays go in, one a slot, and come out as the steps leave them. */
export type Run = (steps: Step[], arrays: TypedArray[], params?: number[]) => TypedArray[];

/** A test for each device. */
export function onDevices(name: string, body: (run: Run) => void): void {
  for (const device of DEVICES) {
    Deno.test(`${device}: ${name}`, () => body((...args) => runSteps(backendOf(device), ...args)));
  }
}

/** Compares within `bound` of the larger of 1 and the expected value; a bound of 0 wants the same bits. */
export function assertClose(
  actual: TypedArray,
  expected: ArrayLike<number>,
  bound: number,
  what: string,
): void {
  assertEquals(actual.length, expected.length, what);
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i]!, e = expected[i]!;
    const close = Object.is(a, e) ||
      (bound > 0 && (a === e || Math.abs(a - e) <= bound * Math.max(1, Math.abs(e))));
    if (!close) throw new Error(`${what}: element ${i} is ${a}, want ${e}`);
  }
}

/** A program of one opcode on its inputs. */
export function opProgram(name: string, dtype: DType, arity: number): Program {
  const at: Class = DTYPES[dtype].class;
  const inputs = Array.from({ length: arity }, () => dtype);
  return assemble({
    inputs,
    outputs: [dtype],
    code: [["load", at, 0], [name, at, arity > 1 ? 1 : 0, arity > 2 ? 2 : 0], ["store", at, 32]],
  });
}
