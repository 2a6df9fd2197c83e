/**
 * An expression as a list of steps, each after those that it reads: what is run for each call.
 *
 * @module
 */
import type { ElementwiseName } from "../ops/elementwise.ts";
import type { Expression, Guard, Operation, Type } from "./expression.ts";

/** A constant: a number of the source, or the place of one that is given with each call. */
export type RecipeConstant = { readonly value: number } | { readonly slot: number };

/** An op on values, named by their positions: parameters first, then constants, then steps. */
export interface Step {
  readonly row: ElementwiseName;
  readonly inputs: readonly number[];
  /** Whether it gives a boolean. */
  readonly boolean: boolean;
  /** The branch whose gradients must not leave it where it was not taken; -1 for none. */
  readonly guard: number;
}

/** A branch, by the position of its condition. */
export interface RecipeGuard {
  readonly condition: number;
  readonly taken: boolean;
  /** The branch around it; -1 for none. */
  readonly parent: number;
}

/** A compiled function. */
export interface Recipe {
  /** How many parameters it has. */
  readonly parameters: number;
  readonly constants: readonly RecipeConstant[];
  readonly steps: readonly Step[];
  readonly guards: readonly RecipeGuard[];
  /** The position of the result. */
  readonly result: number;
  /** What the result is. */
  readonly type: Type;
}

/** The recipe of an expression over so many parameters. */
export function recipeOf(parameters: number, result: Expression): Recipe {
  return new Writer(parameters).write(result);
}

class Writer {
  readonly #constants: RecipeConstant[] = [];
  readonly #steps: Operation[] = [];
  readonly #places = new Map<Expression, number>();
  readonly #known = new Map<string, number>();
  readonly #guards = new Map<Guard, number>();
  readonly #guardList: RecipeGuard[] = [];

  constructor(readonly parameters: number) {}

  write(result: Expression): Recipe {
    this.#visit(result);
    const steps = this.#steps.map(({ row, inputs, type, guard }) => ({
      row,
      inputs: inputs.map((input) => this.#position(input)),
      boolean: type === "boolean",
      guard: this.#guard(guard),
    }));
    return {
      parameters: this.parameters,
      constants: this.#constants,
      steps,
      guards: this.#guardList,
      result: this.#position(result),
      type: result.type,
    };
  }

  /** Places an expression after all that it reads; a stack of its own, as loops make long chains. */
  #visit(end: Expression): void {
    const open: Expression[] = [end];
    while (open.length > 0) {
      const x = open.at(-1)!;
      if (this.#places.has(x)) {
        open.pop();
        continue;
      }
      const missing = x.kind === "operation" ? this.#reads(x).filter((y) => !this.#places.has(y)) : [];
      if (missing.length > 0) open.push(...missing);
      else {
        this.#place(x);
        open.pop();
      }
    }
  }

  /** What must be there before an op: its inputs, and the conditions of the branches it stands in. */
  #reads({ inputs, guard }: Operation): Expression[] {
    const reads = [...inputs];
    for (let each = guard; each !== null; each = each.parent) if (each.steep) reads.push(each.condition);
    return reads;
  }

  #place(x: Expression): void {
    if (x.kind === "parameter") this.#places.set(x, x.index);
    else if (x.kind === "operation") this.#places.set(x, this.#steps.push(x) - 1);
    else {
      const key = x.slot < 0 ? `${Object.is(x.value, -0) ? "-0" : x.value}` : `slot ${x.slot}`;
      let place = this.#known.get(key);
      if (place === undefined) {
        place = this.#constants.push(x.slot < 0 ? { value: x.value } : { slot: x.slot }) - 1;
        this.#known.set(key, place);
      }
      this.#places.set(x, place);
    }
  }

  #position(x: Expression): number {
    const place = this.#places.get(x)!;
    if (x.kind === "parameter") return place;
    return this.parameters + place + (x.kind === "operation" ? this.#constants.length : 0);
  }

  #guard(guard: Guard | null): number {
    if (guard === null || !guard.steep) return -1;
    let place = this.#guards.get(guard);
    if (place === undefined) {
      const parent = this.#guard(guard.parent), { condition, taken } = guard;
      place = this.#guardList.push({ condition: this.#position(condition), taken, parent }) - 1;
      this.#guards.set(guard, place);
    }
    return place;
  }
}
