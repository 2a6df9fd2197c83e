/**
 * A loop nest with the operands that it walks, ready to be given bytes.
 *
 * @module
 */
import { type DType, DTYPES, type TypedArray } from "../dtype.ts";
import { KernelError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import { offsetOf, type Operand } from "./backend.ts";
import { type Iteration, jumpsOf, type Nest } from "./loops.ts";
import { checkAlive, type Storage } from "./storage.ts";

/** How far an operand reaches below and above its start, in elements. */
export type Reach = readonly [below: number, above: number];

/** What a loop is made of. */
export interface LoopParts {
  /** The family, for errors. */
  readonly family: string;
  /** The compiled loops. */
  readonly nest: Nest;
  /** What they iterate over. */
  readonly iteration: Iteration;
  /** What they read and write; one for each row of the iteration's strides. */
  readonly operands: readonly Operand[];
  /** How far each operand reaches. */
  readonly reach: readonly Reach[];
  /** Constants that are known already. */
  readonly fixed?: readonly number[];
  /** The parameters that give the other constants. */
  readonly constants?: readonly number[];
}

/** How far the operands of an iteration reach; an empty one touches nothing. */
export function reachOf({ shape, strides }: Iteration): Reach[] {
  if (sizeOf(shape) === 0) return strides.map(() => [0, -1]);
  return strides.map((row) => {
    const ends = row.map((stride, axis) => stride * (shape[axis]! - 1));
    const below = ends.reduce((sum, end) => end < 0 ? sum - end : sum, 0);
    const above = ends.reduce((sum, end) => end > 0 ? sum + end : sum, 0);
    return [below, above];
  });
}

/** One loop nest of an executable. */
export class Loop {
  readonly #parts: LoopParts;
  readonly #shape: Int32Array;
  readonly #jumps: Float64Array;
  readonly #starts: Float64Array;
  readonly #constants: Float64Array;
  readonly #parameters: readonly number[];

  /** Prepares what stays the same over all runs. */
  constructor(parts: LoopParts) {
    const fixed = parts.fixed ?? [];
    this.#parts = parts;
    this.#parameters = parts.constants ?? [];
    this.#shape = Int32Array.from(parts.iteration.shape);
    this.#jumps = jumpsOf(parts.iteration);
    this.#starts = new Float64Array(parts.operands.length);
    this.#constants = Float64Array.from([...fixed, ...this.#parameters]);
  }

  /** Runs the nest over the bytes of the slots. */
  run(slots: readonly Storage[], params: Float64Array): void {
    const { nest, operands, reach } = this.#parts;
    const arrays: (TypedArray | null)[] = [];
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i]!;
      const start = offsetOf(operand, params);
      this.#starts[i] = start;
      arrays.push(operand.slot < 0 ? null : this.#view(i, slots[operand.slot]!, start, reach[i]!));
    }
    const fixed = this.#constants.length - this.#parameters.length;
    for (let i = 0; i < this.#parameters.length; i++) {
      this.#constants[fixed + i] = params[this.#parameters[i]!]!;
    }
    nest(arrays, this.#constants, this.#shape, this.#starts, this.#jumps);
  }

  #view(i: number, storage: Storage, start: number, [below, above]: Reach): TypedArray {
    checkAlive(storage);
    const { array: View, size } = DTYPES[this.#parts.operands[i]!.dtype as DType];
    const length = Math.floor(storage.byteLength / size);
    if (start - below < 0 || start + above >= length || length >= 2 ** 31) {
      throw new KernelError(
        `${this.#parts.family}: operand ${i} reaches from element ${start - below} to ${start + above}, ` +
          `but its storage has ${length}`,
      );
    }
    return new View(storage.buffer, storage.byteOffset, length);
  }
}
