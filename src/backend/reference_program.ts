/**
 * Programs as JavaScript source: what the reference backend runs for each element.
 *
 * @module
 */
import { type Class, DTYPE_BY_CODE, DTYPES, F32, F64, I32, INDEX_CODE } from "../dtype.ts";
import { KernelError } from "../errors.ts";
import { type OpcodeRow, OPCODES } from "../ops/opcodes.ts";
import {
  CLASS_MASK,
  CONST,
  FIRST_OP,
  INPUT,
  LOAD,
  OUTPUT,
  type Program,
  SPILL,
  STORE,
  SWAP,
} from "../program.ts";

/** The values that the source refers to by name, besides the definitions of ops. */
export const BOUND: Readonly<Record<string, unknown>> = {
  fround: Math.fround,
  imul: Math.imul,
  toInt32: DTYPES.int32.round,
  toUint8: DTYPES.uint8.round,
};

/** A program's source. Input `i` is operand `i`, and output `i` is operand `inputs + i` of the nest. */
export interface ProgramSource {
  /** Reads the constants. */
  readonly preamble: string;
  /** Runs the program for one element. */
  readonly body: string;
  /** The name that holds the last accumulator. */
  readonly result: string;
  /** The class of the last accumulator. */
  readonly resultClass: Class;
  /** What the source refers to by name. */
  readonly bound: Record<string, unknown>;
}

const FLOAT32 = DTYPES.float32.code;
const BOOL = DTYPES.bool.code;
const UINT8 = DTYPES.uint8.code;
const FLOAT64 = DTYPES.float64.code;

/** Source that converts a stored value to a register class. */
function loaded(value: string, code: number, into: Class): string {
  if (into === F64 || (into === F32 && code === FLOAT32)) return value;
  if (into === F32) return `fround(${value})`;
  if (code === INDEX_CODE) return `${value} | 0`;
  return code === FLOAT32 || code === FLOAT64 ? `toInt32(${value}) | 0` : value;
}

/** Source that converts a value of a register class to what a dtype stores. */
export function stored(value: string, from: Class, code: number): string {
  if (code === BOOL) return `(${value}) !== 0 ? 1 : 0`;
  if (code === FLOAT64 || (code === FLOAT32 && from === F32)) return value;
  if (code === FLOAT32) return `fround(${value})`;
  if (code === UINT8) return from === I32 ? `(${value}) & 255` : `toUint8(${value}) | 0`;
  return from === I32 ? value : `toInt32(${value}) | 0`;
}

/** Source that rounds an op's result to its class. */
export function rounded(value: string, to: Class): string {
  return to === F32 ? `fround(${value})` : to === I32 ? `(${value}) | 0` : value;
}

function definitionOf(row: OpcodeRow, at: Class): OpcodeRow["f"] {
  const definition = at === I32 ? row.int : row.integersOnly ? null : at === F32 ? row.f32 : undefined;
  if (definition !== null) return definition ?? row.f;
  throw new KernelError(`Cannot compute ${row.name} of ${at === I32 ? "integers" : "floats"}`);
}

/** Turns a program's instructions into source, one constant per instruction. */
class Writer {
  readonly bound: Record<string, unknown> = { ...BOUND };
  readonly lines: string[] = [];
  readonly preamble = new Set<string>();
  readonly #program: Program;
  readonly #spills: string[] = [];
  #accumulator = "";
  #class: Class = F32;

  constructor(program: Program) {
    this.#program = program;
  }

  write(): ProgramSource {
    const { inputs, code } = this.#program;
    inputs.forEach((dtype, i) =>
      this.lines.push(`const v${i} = ${dtype === INDEX_CODE ? `p${i}` : `x${i}[p${i}]`};`)
    );
    for (let at = 0; at < code.length; at += 4) {
      this.#instruction(at / 4, code[at]!, code[at + 1]!, code[at + 2]!, code[at + 3]!);
    }
    return {
      preamble: [...this.preamble].join("\n"),
      body: this.lines.join("\n"),
      result: this.#accumulator,
      resultClass: this.#class,
      bound: this.bound,
    };
  }

  #instruction(number: number, op: number, mode: number, a: number, b: number): void {
    const at = (mode & CLASS_MASK) as Class;
    if (op === STORE) return this.#store(number, a);
    const value = op === LOAD ? this.#load(a, at) : this.#apply(op - FIRST_OP, at, (mode & SWAP) !== 0, a, b);
    this.#accumulator = `a${number}`;
    this.#class = at;
    this.lines.push(`const a${number} = ${value};`);
  }

  #load(slot: number, at: Class): string {
    if (slot >= CONST) return this.#constant(slot, at);
    return slot >= SPILL
      ? loaded(this.#spills[slot - SPILL]!, this.#program.spills[slot - SPILL]!, at)
      : loaded(`v${slot - INPUT}`, this.#program.inputs[slot - INPUT]!, at);
  }

  #store(number: number, slot: number): void {
    if (slot >= SPILL) {
      const value = stored(this.#accumulator, this.#class, this.#program.spills[slot - SPILL]!);
      this.#spills[slot - SPILL] = `s${number}`;
      this.lines.push(`const s${number} = ${value};`);
      return;
    }
    const operand = this.#program.inputs.length + slot - OUTPUT;
    const value = stored(this.#accumulator, this.#class, this.#program.outputs[slot - OUTPUT]!);
    this.lines.push(`x${operand}[p${operand}] = ${value};`);
  }

  #apply(index: number, at: Class, swap: boolean, a: number, b: number): string {
    const row = OPCODES[index];
    if (row === undefined) throw new KernelError(`Cannot run opcode ${index}: there are ${OPCODES.length}`);
    const f = `${row.name}_${at}`;
    this.bound[f] = definitionOf(row, at);
    return rounded(`${f}(${this.#parameters(row, at, swap, a, b)})`, at);
  }

  #parameters(row: OpcodeRow, at: Class, swap: boolean, a: number, b: number): string {
    const acc = this.#accumulator;
    if (row.name === "random") return `v${a}, ${this.#constant(b, F64)}, ${this.#constant(b + 1, F64)}`;
    if (row.arity === 1) return acc;
    const x = this.#load(a, at);
    if (row.arity === 2) return swap ? `${x}, ${acc}` : `${acc}, ${x}`;
    return `${acc}, ${x}, ${this.#load(b, at)}`;
  }

  /** A constant in a register class, read once before the loops. */
  #constant(slot: number, at: Class): string {
    const name = `c${slot - CONST}_${at}`;
    const value = `constants[${slot - CONST}]`;
    this.preamble.add(`const ${name} = ${loaded(value, FLOAT64, at)};`);
    return name;
  }
}

/** The source of a program. */
export function programSource(program: Program): ProgramSource {
  return new Writer(program).write();
}

/** A text that tells apart programs whose arrays have other dtypes. */
export function programTitle(program: Program): string {
  const names = (codes: readonly number[]): string =>
    codes.map((code) => DTYPE_BY_CODE[code] ?? "index").join(",");
  return `program ${program.id}: ${names(program.inputs)} -> ${names(program.outputs)}`;
}
