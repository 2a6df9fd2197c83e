/**
 * Freeing tensors before the garbage collector does.
 *
 * @module
 */
import { ArgumentError } from "./errors.ts";
import { freeNodes } from "./graph/free.ts";
import { DISPOSED, type Node } from "./graph/node.ts";
import { recording } from "./graph/pending.ts";
import { describe } from "./shape.ts";
import { tensorsIn } from "./tensors_in.ts";

/**
 * Runs a function and frees the tensors that were made in it, except those that it returns (in arrays, maps and
 * plain objects too), gradients, and the values of parameters and buffers. What those need is computed first.
 * On the CPU this only returns memory to the pool sooner.
 *
 * @example
 * ```ts
 * import { ones, scope } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const total = scope(() => ones([1000]).mul(2).sum());
 * assertEquals(total.item(), 2000);
 * ```
 *
 * @param f A function that is not asynchronous
 * @returns What the function returns
 * @throws {ArgumentError} If it is not a function, or returns a promise
 */
export function scope<T>(f: () => T): T {
  if (typeof f !== "function") throw new ArgumentError(`Cannot scope ${describe(f)}: want a function`);
  const outer = recording.made, made: Node[] = [];
  recording.made = made;
  let returned: T | undefined;
  try {
    returned = f();
    if (returned instanceof Promise) {
      throw new ArgumentError("Cannot scope an asynchronous function: its tensors would outlive the scope");
    }
  } finally {
    recording.made = outer;
    freeNodes(made, tensorsIn(returned));
    if (outer !== null) { for (const node of made) if (!node.is(DISPOSED)) outer.push(node); }
  }
  return returned;
}
