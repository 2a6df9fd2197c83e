/**
 * Programs of the eager oracle: each is run eagerly and lazily, and everything that it observes must be the same.
 *
 * @module
 */
import { StaleValueError } from "@tensaur/tensaur";

/** What stands for a value that is gone. */
export const STALE = "stale";

/** What a program may look at: numbers, or arrays of them. */
export type Observed = number | boolean | typeof STALE | ArrayLike<Observed>;

/** Takes down what a program sees. */
export type Observe = (...values: Observed[]) => void;

/** What an iteration of a program may cost once it runs steadily: means over the second half of its run. */
export interface Limits {
  /** Kernels run. */
  readonly kernels: number;
  /** Bytes handed out and left to the collector. */
  readonly garbage: number;
  /** Plans built. */
  readonly plans: number;
  /** Programs made. */
  readonly programs: number;
  /** Values computed again. */
  readonly recomputed: number;
  /** Nodes that stay alive. */
  readonly nodes: number;
  /** Bytes that stay alive. */
  readonly bytes: number;
}

/** A program: its body yields after each iteration. */
export interface Program {
  readonly name: string;
  readonly limits: Limits;
  /** How many reads of the lazy run may find that their value is gone. */
  readonly stale: number;
  readonly body: (observe: Observe) => Generator<void>;
}

/** Limits of a program that says nothing else: nothing is built, computed again or held from iteration on. */
const STEADY = { plans: 0, programs: 0, recomputed: 0, nodes: 0, bytes: 0 };

/** Defines a program. Kernels and garbage have to be stated. */
export function program(
  name: string,
  limits: Partial<Limits> & Pick<Limits, "kernels" | "garbage"> & { stale?: number },
  body: (observe: Observe) => Generator<void>,
): Program {
  const { stale = 0, ...stated } = limits;
  return { name, limits: { ...STEADY, ...stated }, stale, body };
}

/** A read that may come too late. */
export function unlessStale(read: () => Observed): Observed {
  try {
    return read();
  } catch (error) {
    if (error instanceof StaleValueError) return STALE;
    throw error;
  }
}
