/**
 * Descriptors: the steps of a plan as the native library reads them, a list of numbers.
 *
 * The layout is written down in `kernels/README.md`.
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

/** The library's numbers of the families. */
const FAMILIES: readonly Step["kind"][] = ["map", "reduce", "matmul", "gather", "scatterAdd", "fold"];

/** Collects a descriptor's numbers. */
class Writer {
  readonly numbers: number[] = [];

  /** Slot (an index has none), offset, and what a run adds to it. */
  place({ slot, dtype, offset, shifts }: Operand): void {
    if (dtype !== "index") this.numbers.push(slot);
    this.numbers.push(offset, shifts.length);
    for (const { param, stride } of shifts) this.numbers.push(param, stride);
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
    this.numbers.push(...inputs, ...outputs, ...spills, ...nativeCode(program), ...constants);
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

  matmul({ shape, tf32, inner, left, right, result, epilogue }: MatmulStep): void {
    const batch = shape.slice(0, -2), [rows, columns] = shape.slice(-2);
    this.numbers.push(codeOf(result), Number(tf32));
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
    if (step.kind === "call") {
      throw new KernelError("Cannot call a function of JavaScript's from the native library");
    }
    this.numbers.push(FAMILIES.indexOf(step.kind));
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
      case "fold":
        this.code(step);
        return this.job(step.job);
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

/** The numbers that the library makes a plan of. */
export function describe(steps: readonly Step[]): Float64Array<ArrayBuffer> {
  const writer = new Writer();
  writer.numbers.push(steps.length);
  for (const step of steps) writer.step(step);
  return Float64Array.from(writer.numbers);
}
