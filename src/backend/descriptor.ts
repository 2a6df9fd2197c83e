/**
 * Descriptors: a step as the native library reads it, a list of numbers with holes for what a run brings.
 *
 * The layout of each family is written down in `kernels/README.md`.
 *
 * @module
 */
import { DTYPES } from "../dtype.ts";
import { KernelError } from "../errors.ts";
import type { Combine } from "../ops/op.ts";
import { FIRST_OP, type Program } from "../program.ts";
import type {
  Code,
  Epilogue,
  GatherStep,
  Job,
  MatmulStep,
  Operand,
  ReduceStep,
  ScatterAddStep,
  Step,
} from "./backend.ts";
import { NATIVE_COMBINES, NATIVE_OPCODES } from "./library.ts";
import { checkAlive, type Storage } from "./storage.ts";

/** A step's numbers, and where a run fills in addresses, offsets and constants. */
export class Descriptor {
  /** The family. */
  readonly kind: Step["kind"];
  /** What the library reads. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Pairs: where an address and the bytes behind it go, and the slot that has them. */
  readonly #bytes: Int32Array;
  /** Where offsets that shift go, and what they are without their shifts. */
  readonly #shifted: Int32Array;
  readonly #bases: Float64Array;
  /** Pairs: where a parameter is added, and which; what it is multiplied with stands in `#strides`. */
  readonly #shifts: Int32Array;
  readonly #strides: Float64Array;
  /** Pairs: where a constant goes, and the parameter that gives it. */
  readonly #constants: Int32Array;

  /** Made by `describe`. */
  constructor(kind: Step["kind"], writer: Writer) {
    this.kind = kind;
    this.numbers = Float64Array.from(writer.numbers);
    this.#bytes = Int32Array.from(writer.bytes);
    this.#shifted = Int32Array.from(writer.shifted);
    this.#bases = Float64Array.from(writer.bases);
    this.#shifts = Int32Array.from(writer.shifts);
    this.#strides = Float64Array.from(writer.strides);
    this.#constants = Int32Array.from(writer.constants);
  }

  /** Fills the holes for a run. */
  fill(slots: readonly Storage[], params: Float64Array): void {
    const numbers = this.numbers, bytes = this.#bytes, constants = this.#constants;
    for (let i = 0; i < bytes.length; i += 2) {
      const at = bytes[i]!, storage = slots[bytes[i + 1]!]!;
      if (storage.exposed) checkAlive(storage);
      numbers[at] = storage.address;
      numbers[at + 1] = storage.byteLength;
    }
    for (let i = 0; i < constants.length; i += 2) numbers[constants[i]!] = params[constants[i + 1]!]!;
    if (this.#shifted.length > 0) this.#shift(params);
  }

  #shift(params: Float64Array): void {
    const numbers = this.numbers, shifted = this.#shifted, shifts = this.#shifts;
    for (let i = 0; i < shifted.length; i++) numbers[shifted[i]!] = this.#bases[i]!;
    for (let i = 0; i < shifts.length; i += 2) {
      const at = shifts[i]!;
      numbers[at] = numbers[at]! + params[shifts[i + 1]!]! * this.#strides[i >> 1]!;
    }
  }
}

/** Collects a descriptor's numbers and holes. */
class Writer {
  readonly numbers: number[] = [];
  readonly bytes: number[] = [];
  readonly shifted: number[] = [];
  readonly bases: number[] = [];
  readonly shifts: number[] = [];
  readonly strides: number[] = [];
  readonly constants: number[] = [];

  /** Address, bytes and offset. */
  place({ slot, offset, shifts }: Operand): void {
    const at = this.numbers.length;
    if (slot >= 0) this.bytes.push(at, slot);
    this.numbers.push(0, 0, offset);
    if (shifts.length === 0) return;
    this.shifted.push(at + 2);
    this.bases.push(offset);
    for (const { param, stride } of shifts) {
      this.shifts.push(at + 2, param);
      this.strides.push(stride);
    }
  }

  operand(operand: Operand): void {
    this.place(operand);
    this.numbers.push(...operand.strides);
  }

  shape(shape: readonly number[]): void {
    this.numbers.push(shape.length, ...shape);
  }

  code({ program, constants }: Code): void {
    const { inputs, outputs, spills, code } = program;
    this.numbers.push(inputs.length, outputs.length, spills.length, constants.length, code.length / 4);
    this.numbers.push(...inputs, ...outputs, ...spills, ...nativeCode(program));
    for (const param of constants) {
      this.constants.push(this.numbers.length, param);
      this.numbers.push(0);
    }
  }

  job({ shape, operands }: Job): void {
    this.shape(shape);
    for (const operand of operands) this.operand(operand);
  }

  epilogue(epilogue: Epilogue | null): void {
    this.numbers.push(epilogue === null ? 0 : 1);
    if (epilogue !== null) this.map(epilogue, [epilogue.job]);
  }

  map(code: Code, jobs: readonly Job[]): void {
    this.code(code);
    this.numbers.push(jobs.length);
    for (const job of jobs) this.job(job);
  }

  reduce({ combine, job, reduced, result, epilogue, ...code }: ReduceStep): void {
    this.numbers.push(combineCode(combine), codeOf(result));
    this.shape(job.shape);
    this.numbers.push(...reduced.map(Number));
    this.place(result);
    this.code(code);
    for (const operand of job.operands) this.operand(operand);
    this.epilogue(epilogue);
  }

  matmul({ shape, inner, left, right, result, epilogue }: MatmulStep): void {
    const batch = shape.slice(0, -2), [rows, columns] = shape.slice(-2);
    this.numbers.push(codeOf(result));
    this.shape(batch);
    this.numbers.push(rows!, columns!, inner);
    this.operand(left);
    this.operand(right);
    this.place(result);
    this.epilogue(epilogue);
  }

  /** What gather and scatter-add begin with. */
  move({ shape, axis, size, source, index }: GatherStep | ScatterAddStep): void {
    this.numbers.push(codeOf(source));
    this.shape(shape);
    this.numbers.push(axis, size);
    this.operand(source);
    this.operand(index);
  }

  step(step: Step): void {
    switch (step.kind) {
      case "map":
        return this.map(step, step.jobs);
      case "reduce":
        return this.reduce(step);
      case "matmul":
        return this.matmul(step);
      case "gather":
        this.move(step);
        return this.place(step.result);
      case "scatterAdd":
        this.move(step);
        return this.operand(step.result);
    }
  }
}

function codeOf({ dtype }: Operand): number {
  if (dtype === "index") throw new KernelError("Cannot describe a step: an index has no memory to use");
  return DTYPES[dtype].code;
}

function combineCode(combine: Combine): number {
  const code = NATIVE_COMBINES.indexOf(combine);
  if (code < 0) throw new KernelError(`Cannot fold by ${combine}: the native library has no such combine`);
  return code;
}

/** A program's instructions with the library's numbers of the opcodes. */
function nativeCode({ code }: Program): number[] {
  return Array.from(code, (word, i) => i % 4 === 0 && word >= FIRST_OP ? nativeOp(word) : word);
}

function nativeOp(word: number): number {
  return FIRST_OP + NATIVE_OPCODES[word - FIRST_OP]!;
}

/** Turns a step into its descriptor. */
export function describe(step: Step): Descriptor {
  const writer = new Writer();
  writer.step(step);
  return new Descriptor(step.kind, writer);
}
