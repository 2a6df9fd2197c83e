/**
 * The graph of variables as the course sees it.
 *
 * @module
 */

/** What the course calls a variable: something that was computed from others, or a leaf, or a constant. */
export interface Variable {
  /** A number that no other variable has. */
  readonly uniqueId: number;
  /** What it was computed from. */
  readonly parents: readonly Variable[];
  /** Whether no gradient flows into it. */
  isConstant(): boolean;
}

/**
 * The variables that a variable was computed from and itself, each before what it was computed from. Constants, and
 * what only they lead to, are left out.
 *
 * @param variable The last one
 * @returns The variables, `variable` first
 *
 * @example
 * ```ts
 * import { Scalar, topologicalSort } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const x = new Scalar(2, { name: "x" }), y = x.exp(), z = y.mul(x);
 * assertEquals(topologicalSort(z), [z, y, x]);
 * ```
 */
export function topologicalSort<T extends Variable>(variable: T): T[] {
  const seen = new Set<number>(), finished: T[] = [];
  const open: { variable: T; next: number }[] = [];
  const enter = (one: T): void => {
    if (one.isConstant() || seen.has(one.uniqueId)) return;
    seen.add(one.uniqueId);
    open.push({ variable: one, next: 0 });
  };
  enter(variable);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const parent = top.variable.parents[top.next++];
    if (parent !== undefined) enter(parent as T);
    else finished.push(open.pop()!.variable);
  }
  return finished.reverse();
}
