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

/**
 * A function cannot be compiled to tensor operations.
 *
 * @example
 * ```ts
 * import { CompileError, TensaurError } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * assert(new CompileError("Cannot compile a loop at 1:8") instanceof TensaurError);
 * ```
 */
export class CompileError extends TensaurError {
  /** The name of the class. */
  override readonly name = "CompileError";
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
