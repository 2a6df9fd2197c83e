/**
 * The errors that Tensaur throws: one class for each thing that can be wrong, all of them `TensaurError`.
 *
 * @module
 */

/**
 * The base of every error that Tensaur throws on purpose.
 *
 * @example
 * ```ts
 * import { ShapeError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new ShapeError("Cannot add shapes [2] and [3]") instanceof TensaurError);
 * ```
 */
export class TensaurError extends Error {
  /** The name of the class. */
  override readonly name: string = "TensaurError";
}

/**
 * Shapes or axes do not fit the operation.
 *
 * @example
 * ```ts
 * import { ShapeError, zeros } from "@tensaur/tensaur";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => zeros([2, 3]).add(zeros([4])), ShapeError);
 * ```
 */
export class ShapeError extends TensaurError {
  /** The name of the class. */
  override readonly name = "ShapeError";
}

/**
 * A dtype is unknown, or the operation is not defined for it.
 *
 * @example
 * ```ts
 * import { DTypeError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new DTypeError("Cannot gather with a float32 index: want int32") instanceof TensaurError);
 * ```
 */
export class DTypeError extends TensaurError {
  /** The name of the class. */
  override readonly name = "DTypeError";
}

/**
 * An index lies outside the axis that it addresses.
 *
 * @example
 * ```ts
 * import { IndexError, tensor } from "@tensaur/tensaur";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => tensor([1, 2, 3]).at(5), IndexError);
 * ```
 */
export class IndexError extends TensaurError {
  /** The name of the class. */
  override readonly name = "IndexError";
}

/**
 * A device is not known or not available, or operands live on different ones.
 *
 * @example
 * ```ts
 * import { DeviceError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new DeviceError("Cannot add a cpu and a reference tensor") instanceof TensaurError);
 * ```
 */
export class DeviceError extends TensaurError {
  /** The name of the class. */
  override readonly name = "DeviceError";
}

/**
 * A gradient was asked for where none is recorded, or cannot flow.
 *
 * @example
 * ```ts
 * import { GradientError, zeros } from "@tensaur/tensaur";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => zeros([1]).sum().backward(), GradientError);
 * ```
 */
export class GradientError extends TensaurError {
  /** The name of the class. */
  override readonly name = "GradientError";
}

/**
 * A value needs a version of a parameter that no longer exists.
 *
 * @example
 * ```ts
 * import { StaleValueError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new StaleValueError("The value needs version 3 of weight") instanceof TensaurError);
 * ```
 */
export class StaleValueError extends TensaurError {
  /** The name of the class. */
  override readonly name = "StaleValueError";
}

/**
 * A tensor was used after it had been freed, or after its memory had been transferred away.
 *
 * @example
 * ```ts
 * import { DisposedError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new DisposedError("Cannot read a tensor that was freed") instanceof TensaurError);
 * ```
 */
export class DisposedError extends TensaurError {
  /** The name of the class. */
  override readonly name = "DisposedError";
}

/** Where in the source of a function something stands; lines and columns count from 1. */
export interface SourcePlace {
  /** The source of the function, as JavaScript keeps it: types are gone from it. */
  readonly source: string;
  /** The line in it. */
  readonly line: number;
  /** The column in the line. */
  readonly column: number;
}

/**
 * A function cannot be compiled to tensor operations. The message shows the place with a caret and says what works.
 *
 * @example
 * ```ts
 * import { compile, CompileError } from "@tensaur/tensaur";
 * import { assert, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => compile((x) => x & 1), CompileError);
 * assert(error.line === 1 && error.sourceLine.includes("x & 1"));
 * ```
 */
export class CompileError extends TensaurError {
  /** The name of the class. */
  override readonly name = "CompileError";
  /** The line in the function's source, from 1; 0 if the error has no place. */
  readonly line: number;
  /** The column in that line, from 1; 0 if the error has no place. */
  readonly column: number;
  /** The line of the source; empty if the error has no place. */
  readonly sourceLine: string;

  /**
   * Makes the error.
   *
   * @param message What is wrong, and what works instead
   * @param place Where it is wrong
   */
  constructor(message: string, place?: SourcePlace) {
    const { line, column } = place ?? { line: 0, column: 0 };
    const sourceLine = place?.source.split("\n")[line - 1] ?? "";
    super(place === undefined ? message : `${message}\n${withCaret(sourceLine, line, column)}`);
    this.line = line;
    this.column = column;
    this.sourceLine = sourceLine;
  }
}

/** A line of source with a caret below one of its columns. */
function withCaret(text: string, line: number, column: number): string {
  const margin = `  ${line} | `;
  return `${margin}${text}\n${" ".repeat(margin.length - 2)}| ${" ".repeat(column - 1)}^`;
}

/**
 * A kernel refused its arguments, ran out of memory or failed.
 *
 * @example
 * ```ts
 * import { KernelError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new KernelError("map: out of memory") instanceof TensaurError);
 * ```
 */
export class KernelError extends TensaurError {
  /** The name of the class. */
  override readonly name = "KernelError";
}

/**
 * A device has not the memory that was asked for.
 *
 * @example
 * ```ts
 * import { OutOfMemoryError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new OutOfMemoryError("cuda: 4294967296 bytes were wanted") instanceof TensaurError);
 * ```
 */
export class OutOfMemoryError extends TensaurError {
  /** The name of the class. */
  override readonly name = "OutOfMemoryError";
}

/**
 * The native library was not found, could not be opened, or is not the one that this version needs.
 *
 * @example
 * ```ts
 * import { LibraryError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new LibraryError("Cannot find the native library") instanceof TensaurError);
 * ```
 */
export class LibraryError extends TensaurError {
  /** The name of the class. */
  override readonly name = "LibraryError";
}

/**
 * An argument is not of the kind that is wanted.
 *
 * @example
 * ```ts
 * import { ArgumentError, manualSeed } from "@tensaur/tensaur";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => manualSeed(-1), ArgumentError);
 * ```
 */
export class ArgumentError extends TensaurError {
  /** The name of the class. */
  override readonly name = "ArgumentError";
}
