/**
 * Reading nested arrays.
 *
 * @module
 */
import { ArgumentError, ShapeError } from "./errors.ts";
import { checkShape, describe, showShape } from "./shape.ts";

/** Numbers or booleans in nested arrays of equal lengths, one level an axis. */
export type NestedNumbers = number | boolean | readonly NestedNumbers[];

/** What nested arrays hold. */
export interface Flat {
  /** The lengths of the levels. */
  readonly shape: readonly number[];
  /** The numbers in row-major order; booleans are 0 and 1. */
  readonly numbers: Float64Array;
  /** Whether they were booleans. */
  readonly booleans: boolean;
}

/** More levels than a tensor can have axes, so that an array that contains itself comes to an end. */
const MAX_LEVELS = 17;

/** The numbers of nested arrays. Throws if they are ragged or hold anything else. */
export function readNested(values: unknown): Flat {
  const shape: number[] = [];
  let first = values;
  while (Array.isArray(first) && shape.length < MAX_LEVELS) {
    shape.push(first.length);
    first = first[0];
  }
  checkShape("make a tensor", shape);
  const reader = new Reader(shape, typeof first as "number" | "boolean");
  reader.read(values, 0);
  return { shape, numbers: reader.numbers, booleans: typeof first === "boolean" };
}

class Reader {
  readonly numbers: Float64Array;
  readonly #shape: readonly number[];
  readonly #kind: "number" | "boolean";
  readonly #path: number[] = [];
  #next = 0;

  constructor(shape: readonly number[], kind: "number" | "boolean") {
    this.#shape = shape;
    this.#kind = kind;
    this.numbers = new Float64Array(shape.reduce((size, length) => size * length, 1));
  }

  read(value: unknown, level: number): void {
    if (level === this.#shape.length) return this.#readElement(value);
    const length = this.#shape[level]!;
    if (!Array.isArray(value) || value.length !== length) {
      const given = Array.isArray(value) ? `an array of length ${value.length}` : describe(value);
      throw new ShapeError(
        `Cannot make a tensor: ${this.#place()} is ${given}, want an array of length ${length}`,
      );
    }
    for (let i = 0; i < length; i++) {
      this.#path.push(i);
      this.read(value[i], level + 1);
      this.#path.pop();
    }
  }

  #readElement(value: unknown): void {
    if (Array.isArray(value)) {
      throw new ShapeError(
        `Cannot make a tensor: ${this.#place()} is an array, want a ${this.#kind} as before it`,
      );
    }
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new ArgumentError(`Cannot make a tensor: ${this.#place()} is ${describe(value)}, want a number`);
    }
    const isAsBefore = typeof value === "boolean" ? this.#kind === "boolean" : this.#kind === "number";
    if (!isAsBefore) {
      throw new ArgumentError(
        `Cannot make a tensor: ${this.#place()} is ${value}, want a ${this.#kind} as before it`,
      );
    }
    this.numbers[this.#next++] = Number(value);
  }

  #place(): string {
    return this.#path.length === 0 ? "the value" : `entry ${showShape(this.#path)}`;
  }
}
