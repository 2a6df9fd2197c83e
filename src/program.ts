/**
 * Expression programs: the code that a map kernel runs for each element.
 *
 * A program drives an accumulator machine. One tile of elements is the accumulator; an instruction
 * replaces it by an op of it and of values in slots. The same code is read by the Rust kernels, by the
 * reference backend and, later, printed as CUDA C.
 *
 * An instruction is four words `[op, mode, a, b]`:
 *
 * | op | meaning |
 * | --- | --- |
 * | `LOAD` | accumulator = slot `a`, converted to the class of `mode`; the only place where the class changes (with `random`) |
 * | `STORE` | slot `a` (an output or a spill) = accumulator, converted to the slot's dtype; the accumulator stays |
 * | `FIRST_OP + row` | unary: acc = op(acc); binary: acc = op(acc, a), or op(a, acc) with `SWAP`; `where`: acc = acc ≠ 0 ? a : b; `random`: acc = random(index slot a, consts b (seed) and b + 1 (base)) |
 *
 * `mode` is the register class, plus `SWAP`. Operands `a` and `b` of ops are of the class's own dtype
 * (`float32`, `float64`, `int32`) or constants; other dtypes go through `LOAD`.
 *
 * @module
 */

/** The op word of a load. */
export const LOAD = 0;
/** The op word of a store. */
export const STORE = 1;
/** Op words from here on are rows of the table of opcodes. */
export const FIRST_OP = 2;
/** Set in the mode word of a binary instruction whose accumulator is the second operand. */
export const SWAP = 16;
/** The class bits of the mode word. */
export const CLASS_MASK = 15;

/** The first slot number of the inputs. */
export const INPUT = 0;
/** The first slot number of the outputs. */
export const OUTPUT = 32;
/** The first slot number of the spills. */
export const SPILL = 64;
/** The first slot number of the constants. */
export const CONST = 96;

/** The most inputs a program may have. */
export const MAX_INPUTS = 16;
/** The most outputs a program may have. */
export const MAX_OUTPUTS = 8;
/** The most spill slots a program may have. */
export const MAX_SPILLS = 32;
/** The most constants a program may have. */
export const MAX_CONSTANTS = 64;
/** The most instructions a program may have. */
export const MAX_INSTRUCTIONS = 128;

/** A finished program. Programs are interned: equal code is the same object. */
export interface Program {
  /** A number for each distinct program, in order of making. */
  readonly id: number;
  /** Dtype codes of the inputs (`INDEX_CODE` for an index). */
  readonly inputs: readonly number[];
  /** Dtype codes of the outputs. */
  readonly outputs: readonly number[];
  /** Dtype codes of the spill slots. */
  readonly spills: readonly number[];
  /** How many constants it reads; their values come with each run. */
  readonly constants: number;
  /** The instructions, four words each. */
  readonly code: Int32Array;
}

const interned = new Map<string, Program>();
let made = 0;

/** How many distinct programs were made so far. */
export function programsMade(): number {
  return made;
}

/** The program of this code: the one made before, if the code is the same. */
export function internProgram(parts: Omit<Program, "id">): Program {
  const key = `${parts.inputs}|${parts.outputs}|${parts.spills}|${parts.constants}|${parts.code}`;
  let program = interned.get(key);
  if (program === undefined) {
    program = { ...parts, id: ++made };
    if (interned.size >= 4096) interned.delete(interned.keys().next().value!);
    interned.set(key, program);
  }
  return program;
}
