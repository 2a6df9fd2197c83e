/**
 * What the course's functions of scalars and of tensors have in common: a value, and how a derivative goes back.
 *
 * @module
 */

/**
 * What a function keeps from `forward` for `backward`.
 *
 * @example
 * ```ts
 * import { Context } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const ctx = new Context();
 * ctx.saveForBackward(1, 2);
 * assertEquals(ctx.savedValues, [1, 2]);
 * ```
 */
export class Context<T = number> {
  #saved: readonly T[] = [];

  /** What was kept. */
  get savedValues(): readonly T[] {
    return this.#saved;
  }

  /**
   * Keeps values.
   *
   * @param values What `backward` will need
   */
  saveForBackward(...values: T[]): void {
    this.#saved = values;
  }
}

/** A function of numbers or of tensors, and its derivatives. */
export interface Rule<T> {
  /** What it is called. */
  readonly name: string;
  /** Computes the result. */
  forward(ctx: Context<T>, ...inputs: T[]): T;
  /** Computes the derivative by each input, in an array if there are several, from that of the result. */
  backward(ctx: Context<T>, derivative: T): T | readonly T[];
}

/** A function of one input whose derivative is a function of that input. */
export function unary<T>(name: string, value: (x: T) => T, back: (x: T, derivative: T) => T): Rule<T> {
  return {
    name,
    forward(ctx, x): T {
      ctx.saveForBackward(x!);
      return value(x!);
    },
    backward: (ctx, derivative) => back(ctx.savedValues[0]!, derivative),
  };
}

/** A function of one input whose derivative is a function of its result. */
export function unaryByResult<T>(
  name: string,
  value: (x: T) => T,
  back: (result: T, derivative: T) => T,
): Rule<T> {
  return {
    name,
    forward(ctx, x): T {
      const result = value(x!);
      ctx.saveForBackward(result);
      return result;
    },
    backward: (ctx, derivative) => back(ctx.savedValues[0]!, derivative),
  };
}

/** A function of two inputs that keeps both. */
export function binary<T>(
  name: string,
  value: (x: T, y: T) => T,
  back: (x: T, y: T, derivative: T) => readonly [T, T],
): Rule<T> {
  return {
    name,
    forward(ctx, x, y): T {
      ctx.saveForBackward(x!, y!);
      return value(x!, y!);
    },
    backward: (ctx, derivative) => back(ctx.savedValues[0]!, ctx.savedValues[1]!, derivative),
  };
}
