/**
 * A compiled function as a program that a fold runs in each round.
 *
 * All of it is computed in one class, booleans as 0 and 1. A value stays in the accumulator if the next op alone reads
 * it, otherwise it is spilled until its last use.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import type { ElementwiseName } from "../ops/elementwise.ts";
import type { Body } from "../ops/op.ts";
import { OPCODE_INDEX } from "../ops/opcodes.ts";
import {
  CONST,
  FIRST_OP,
  INPUT,
  internProgram,
  LOAD,
  MAX_CONSTANTS,
  MAX_INSTRUCTIONS,
  MAX_SPILLS,
  OUTPUT,
  SPILL,
  STORE,
  SWAP,
} from "../program.ts";
import type { Numbers } from "./numbers.ts";
import type { Recipe, Step } from "./recipe.ts";

/** The body of a recipe of which some values are known; null if it is too long for a program. */
export function bodyOf(recipe: Recipe, numbers: Numbers, dtype: DType): Body | null {
  return new Writer(recipe, numbers, dtype).write();
}

class Writer {
  readonly #code: number[] = [];
  /** The slots of values, by their positions in the recipe. */
  readonly #slots = new Map<number, number>();
  readonly #constants: number[] = [];
  /** How often each value is read, and by which step last. */
  readonly #reads: number[];
  readonly #lastRead: number[];
  readonly #freeSpills: number[] = [];
  #spills = 0;
  /** The position of the value in the accumulator. */
  #accumulator = -1;
  readonly #class: number;

  constructor(readonly recipe: Recipe, readonly numbers: Numbers, readonly dtype: DType) {
    this.#class = DTYPES[dtype].class;
    this.#reads = numbers.map(() => 0);
    this.#lastRead = numbers.map(() => -1);
  }

  write(): Body | null {
    const { parameters, steps } = this.recipe, first = this.numbers.length - steps.length;
    const result = this.#origin(this.recipe.result), needed: number[] = [];
    this.#read(result, this.numbers.length);
    for (let at = this.numbers.length - 1; at >= first; at--) {
      if (this.#reads[at] === 0 || this.numbers[at] !== undefined) continue;
      needed.unshift(at);
      for (const input of this.#inputsOf(at)) this.#read(input, at);
    }
    for (let i = 0; i < parameters; i++) this.#slots.set(i, INPUT + i);
    needed.forEach((at, i) => {
      this.#apply(at, this.#inputsOf(at));
      // The next step can take it from the accumulator.
      const kept = this.#reads[at] === 1 && this.#lastRead[at] === (needed[i + 1] ?? this.numbers.length);
      if (!kept || at !== result && !this.#takes(needed[i + 1]!, at)) this.#spill(at);
    });
    this.#load(result);
    this.#emit(STORE, OUTPUT);
    const fits = this.#spills <= MAX_SPILLS && this.#constants.length <= MAX_CONSTANTS &&
      this.#code.length <= 4 * MAX_INSTRUCTIONS;
    return fits ? this.#body(DTYPES[this.dtype].code) : null;
  }

  #body(code: number): Body {
    const program = internProgram({
      inputs: new Array(this.recipe.parameters).fill(code),
      outputs: [code],
      spills: new Array(this.#spills).fill(code),
      constants: this.#constants.length,
      code: Int32Array.from(this.#code),
    });
    return { program, constants: this.#constants };
  }

  #step(at: number): Step {
    return this.recipe.steps[at - this.numbers.length + this.recipe.steps.length]!;
  }

  /** The value that a position stands for: of choices that are made already, what was chosen. */
  #origin(at: number): number {
    while (at >= this.numbers.length - this.recipe.steps.length && this.numbers[at] === undefined) {
      const { row, inputs } = this.#step(at);
      const chosen = row === "where" ? this.numbers[inputs[0]!] : undefined;
      if (chosen === undefined) break;
      at = inputs[chosen !== 0 ? 1 : 2]!;
    }
    return at;
  }

  #inputsOf(at: number): number[] {
    return this.#step(at).inputs.map((input) => this.#origin(input));
  }

  #read(at: number, reader: number): void {
    this.#reads[at]!++;
    this.#lastRead[at] = Math.max(this.#lastRead[at]!, reader);
  }

  #emit(op: number, a: number = 0, b: number = 0, mode: number = 0): void {
    this.#code.push(op, this.#class | mode, a, b);
  }

  /** Whether a step can read a value from the accumulator: a choice reads its condition so, other ops any operand. */
  #takes(at: number, value: number): boolean {
    return this.#step(at).row !== "where" || this.#inputsOf(at)[0] === value;
  }

  #apply(at: number, [x, y, z]: readonly number[]): void {
    const { row } = this.#step(at);
    if (y === undefined || row === "pow" && this.numbers[y] === 2 && this.#isLiteral(y)) {
      this.#load(x!);
      this.#emit(wordOf(y === undefined ? row : "square"));
    } else if (z !== undefined) {
      this.#load(x!);
      this.#emit(wordOf(row), this.#slot(y), this.#slot(z));
    } else if (this.#accumulator === y && x !== y) this.#emit(wordOf(row), this.#slot(x!), 0, SWAP);
    else {
      this.#load(x!);
      this.#emit(wordOf(row), this.#slot(y));
    }
    this.#accumulator = at;
    for (const input of new Set([x!, y ?? x!, z ?? x!])) this.#release(input, at);
  }

  #isLiteral(at: number): boolean {
    const constant = this.recipe.constants[at - this.recipe.parameters];
    return constant !== undefined && "value" in constant;
  }

  #load(at: number): void {
    if (this.#accumulator !== at) this.#emit(LOAD, this.#slot(at));
    this.#accumulator = at;
  }

  /** Where a value lies; a number becomes a constant at its first use. */
  #slot(at: number): number {
    const known = this.#slots.get(at);
    if (known !== undefined) return known;
    const before = this.numbers.slice(0, at).filter((x) => x !== undefined).length;
    const slot = CONST + this.#constants.push(before) - 1;
    this.#slots.set(at, slot);
    return slot;
  }

  #spill(at: number): void {
    const slot = this.#freeSpills.pop() ?? SPILL + this.#spills++;
    this.#slots.set(at, slot);
    this.#emit(STORE, slot);
  }

  #release(at: number, reader: number): void {
    const slot = this.#slots.get(at);
    if (slot !== undefined && slot >= SPILL && slot < CONST && this.#lastRead[at] === reader) {
      this.#freeSpills.push(slot);
    }
  }
}

function wordOf(row: ElementwiseName): number {
  return FIRST_OP + OPCODE_INDEX.get(row)!;
}
