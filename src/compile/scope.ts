/**
 * What names mean while a function is walked, and how two ways through it become one.
 *
 * @module
 */
import type { Builtin, Namespace } from "./builtins.ts";
import type { Builder, Expression, Guard } from "./expression.ts";
import type { Source } from "./parse.ts";

/** A function that was given to be called by the compiled one. */
export interface Helper {
  readonly kind: "helper";
  readonly source: Source;
}

/** An array whose length is known. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Value[];
}

/** What a name or an expression of the source stands for. */
export type Value = Expression | List | Helper | Builtin | Namespace;

/** A variable; its value is in the `Way`. */
export interface Variable {
  readonly name: string;
  /** Whether it cannot be assigned. */
  readonly fixed: boolean;
}

/** The variables of a block and of those around it. */
export class Scope {
  readonly #variables = new Map<string, Variable>();

  constructor(readonly parent: Scope | null) {}

  /** Adds a variable; undefined if the block has one of this name. */
  declare(name: string, fixed: boolean): Variable | undefined {
    if (this.#variables.has(name)) return undefined;
    const variable = { name, fixed };
    this.#variables.set(name, variable);
    return variable;
  }

  /** The variable that a name means. */
  find(name: string): Variable | undefined {
    return this.#variables.get(name) ?? this.parent?.find(name);
  }
}

/** One way through a function: what its variables hold, and whether it has returned. */
export class Way {
  /** What the variables hold; nothing for those that were not given a value. */
  values: Map<Variable, Value> = new Map();
  /** Where the function has returned before: nowhere, wherever the condition holds, or everywhere. */
  returned: Expression | boolean = false;
  /** What it has returned there. */
  result: Expression | null = null;

  constructor(
    /** The branch in which it began. */
    readonly guard: Guard | null,
  ) {}

  /** A copy that goes on by itself, and has not returned. */
  fork(): Way {
    const way = new Way(this.guard);
    way.values = new Map(this.values);
    return way;
  }

  /** Returns wherever nothing was returned before. */
  return(builder: Builder, result: Expression): void {
    this.finish(builder, true, result);
  }

  /** Goes on as one of two forks does. Returns the name of a variable that cannot be both; null if there is none. */
  join(builder: Builder, condition: Expression, yes: Way, no: Way): string | null {
    for (const variable of this.values.keys()) {
      const a = yes.values.get(variable)!, b = no.values.get(variable)!;
      const value = yes.returned === true
        ? b
        : no.returned === true
        ? a
        : chooseValue(builder, condition, a, b);
      if (value === null) return variable.name;
      this.values.set(variable, value);
    }
    const result = yes.result === null
      ? no.result
      : no.result === null
      ? yes.result
      : builder.choose(condition, yes.result, no.result);
    this.finish(builder, chooseFlag(builder, condition, yes.returned, no.returned), result);
    return null;
  }

  /** Notes that the function also returns something where `when` holds, if it has not returned before. */
  finish(builder: Builder, when: Expression | boolean, result: Expression | null): void {
    if (when === false || result === null) return;
    if (typeof this.returned === "boolean") {
      this.result = result;
      this.returned = when;
      return;
    }
    // What was returned before must keep its gradient, so this choice is not part of what follows that return.
    const { guard } = builder;
    builder.guard = this.guard;
    this.result = builder.choose(this.returned, this.result!, result);
    this.returned = when === true ? true : builder.op("logicalOr", this.returned, when);
    builder.guard = guard;
  }
}

/** Whether a value is a number or a boolean. */
export function isExpression(value: Value): value is Expression {
  return value.kind === "parameter" || value.kind === "constant" || value.kind === "operation";
}

/** Whether a value is an array. */
export function isList(value: Value): value is List {
  return value.kind === "list";
}

/** One of two values; null if they are of different kinds. */
export function chooseValue(builder: Builder, condition: Expression, a: Value, b: Value): Value | null {
  if (a === b) return a;
  if (isExpression(a) && isExpression(b)) return builder.choose(condition, a, b);
  if (!isList(a) || !isList(b) || a.items.length !== b.items.length) return null;
  const items = a.items.map((item, i) => chooseValue(builder, condition, item, b.items[i]!));
  return items.includes(null) ? null : { kind: "list", items: items as Value[] };
}

function chooseFlag(
  builder: Builder,
  condition: Expression,
  yes: Expression | boolean,
  no: Expression | boolean,
): Expression | boolean {
  if (yes === no) return yes;
  if (typeof yes === "boolean" && typeof no === "boolean") {
    return yes ? condition : builder.op("logicalNot", condition);
  }
  if (yes === false) return builder.op("logicalAnd", builder.op("logicalNot", condition), no as Expression);
  if (no === false) return builder.op("logicalAnd", condition, yes as Expression);
  if (yes === true) return builder.op("logicalOr", condition, no as Expression);
  if (no === true) return builder.op("logicalOr", builder.op("logicalNot", condition), yes);
  return builder.choose(condition, yes, no);
}
