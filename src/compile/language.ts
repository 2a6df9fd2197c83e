/**
 * The expressions of the language: a tree of JavaScript becomes an expression of ours.
 *
 * @module
 */
import type * as acorn from "npm:acorn@^8";
import { globals } from "./builtins.ts";
import { boolean, Builder, type Expression, literalOf, number } from "./expression.ts";
import { BINARY, INSTEAD, UNARY } from "./operators.ts";
import { knownValue } from "./known.ts";
import { refusal, type Source } from "./parse.ts";
import { chooseValue, type Helper, isExpression, isList, Scope, type Value, type Way } from "./scope.ts";

/** The most ops that a function may come to. */
export const MAX_OPS = 10_000;

/** What is the same for a function and all that it calls. */
export class Unit {
  readonly builder: Builder = new Builder();
  /** The places of constants on whose values the shape of the result depends. */
  readonly fixed: Set<number> = new Set();
  /** How many rounds of loops were unrolled. */
  rounds = 0;

  constructor(
    /** What was given beside the function, by name. */
    readonly given: ReadonlyMap<string, Value>,
    /** Calls a helper. */
    readonly call: (helper: Helper, args: readonly Value[], at: Place, node: acorn.Node) => Value,
  ) {}
}

/** Where a walk is: in which function, which block, and on which way through it. */
export class Place {
  constructor(
    readonly unit: Unit,
    readonly source: Source,
    readonly scope: Scope,
    readonly way: Way,
    /** How many functions are being called. */
    readonly depth: number,
  ) {}

  get builder(): Builder {
    return this.unit.builder;
  }

  /** The same place in a block of its own, maybe on another way. */
  inner(way: Way = this.way): Place {
    return new Place(this.unit, this.source, new Scope(this.scope), way, this.depth);
  }

  /** Throws the error that says what is wrong at a node, and what works instead. */
  refuse(node: acorn.Node, what: string, help: string): never {
    throw refusal(this.source, node, what, help);
  }
}

type Walk<N> = (node: N, at: Place) => Value;

/** The number or boolean that an expression gives. */
export function scalar(node: acorn.Expression | acorn.Super, at: Place): Expression {
  const result = value(node, at);
  if (isExpression(result)) return result;
  return at.refuse(node, `${kindOf(result)} as a number`, "name one of its numbers, or call it");
}

/** What an expression gives. */
export function value(node: acorn.Expression | acorn.Super, at: Place): Value {
  const walk = WALKS[node.type] as Walk<typeof node> | undefined;
  if (walk === undefined) {
    const [what, help] = OUTSIDE[node.type] ?? [node.type, "use numbers, operators and Math functions"];
    return at.refuse(node, what, help);
  }
  const result = walk(node, at);
  if (at.builder.count > MAX_OPS) {
    at.refuse(node, "so long a function", `it comes to more than ${MAX_OPS} ops; do fewer rounds in loops`);
  }
  return result;
}

/** The value of an expression that must be known before any tensor is. */
export function known(node: acorn.Expression, x: Expression, at: Place, help: string): number {
  return knownValue(x, at.unit.fixed) ?? at.refuse(node, "a bound that depends on the elements", help);
}

const WALKS: {
  readonly [Type in (acorn.Expression | acorn.Super)["type"]]?: Walk<
    Extract<acorn.Expression, { type: Type }>
  >;
} = {
  Literal: literal,
  Identifier: identifier,
  ParenthesizedExpression: (node, at) => value(node.expression, at),
  UnaryExpression: unary,
  BinaryExpression: binary,
  LogicalExpression: logical,
  ConditionalExpression: conditional,
  ArrayExpression: list,
  MemberExpression: member,
  CallExpression: call,
};

/** What is not in the language, in words, and what works instead. */
const OUTSIDE: Readonly<Record<string, readonly [what: string, help: string]>> = {
  AssignmentExpression: ["an assignment inside an expression", "make it a statement of its own"],
  UpdateExpression: ["++ or -- inside an expression", "make it a statement of its own"],
  ArrowFunctionExpression: [
    "a function inside a function",
    "define it outside and pass it as { with: { name } }",
  ],
  FunctionExpression: ["a function inside a function", "define it outside and pass it as { with: { name } }"],
  TemplateLiteral: ["a string", "only numbers and booleans can be computed"],
  TaggedTemplateExpression: ["a string", "only numbers and booleans can be computed"],
  ObjectExpression: ["an object", "use a variable for each number, or an array"],
  ThisExpression: ["this", "pass what is needed as parameters or as { with: { name } }"],
  Super: ["super", "pass what is needed as parameters or as { with: { name } }"],
  NewExpression: ["new", "only numbers, booleans and arrays of them can be made"],
  AwaitExpression: ["await", "a compiled function computes numbers only"],
  YieldExpression: ["yield", "a compiled function computes numbers only"],
  SequenceExpression: ["a comma between expressions", "make each a statement of its own"],
  ClassExpression: ["a class", "define a function outside and pass it as { with: { name } }"],
  ImportExpression: ["import()", "pass what is needed as { with: { name } }"],
  MetaProperty: ["a meta property", "pass what is needed as { with: { name } }"],
  ChainExpression: ["?.", "numbers are never null: use a plain dot"],
};

function literal(node: acorn.Literal, at: Place): Value {
  if (typeof node.value === "number") return number(node.value);
  if (typeof node.value === "boolean") return boolean(node.value);
  const what = typeof node.value === "string"
    ? "a string"
    : typeof node.value === "bigint"
    ? "a bigint"
    : node.regex
    ? "a regular expression"
    : "null";
  return at.refuse(node, what, "only numbers and booleans can be computed");
}

function identifier(node: acorn.Identifier, at: Place): Value {
  const { name } = node, variable = at.scope.find(name);
  if (variable !== undefined) {
    return at.way.values.get(variable) ??
      at.refuse(node, `${name} before it has a value on every way here`, `write let ${name} = 0`);
  }
  const found = at.unit.given.get(name) ?? globals().get(name);
  if (found !== undefined) return found;
  if (name === "undefined") return at.refuse(node, "undefined", "use NaN for a number that is missing");
  return at.refuse(
    node,
    `the free variable ${name}`,
    `it is not part of the function's source; pass it as { with: { ${name} } }`,
  );
}

function unary(node: acorn.UnaryExpression, at: Place): Value {
  const make = UNARY[node.operator];
  if (make === undefined) return at.refuse(node, node.operator, INSTEAD[node.operator]!);
  return make(at.builder, scalar(node.argument, at));
}

function binary(node: acorn.BinaryExpression, at: Place): Value {
  const make = BINARY[node.operator];
  if (make === undefined || node.left.type === "PrivateIdentifier") {
    return at.refuse(node, node.operator, INSTEAD[node.operator]!);
  }
  const x = scalar(node.left, at), y = scalar(node.right, at);
  if ((node.operator === "===" || node.operator === "!==") && (x.type !== y.type || x.type === "mixed")) {
    return at.refuse(
      node,
      `${node.operator} of a number and a boolean`,
      "convert one: +x is a number, !!x a boolean",
    );
  }
  return make(at.builder, x, y);
}

function logical(node: acorn.LogicalExpression, at: Place): Value {
  if (node.operator === "??") return at.refuse(node, node.operator, INSTEAD["??"]!);
  const { builder } = at, x = scalar(node.left, at), truth = builder.truth(x), and = node.operator === "&&";
  const decided = literalOf(truth);
  if (decided !== undefined) return (decided !== 0) === and ? scalar(node.right, at) : x;
  const y = builder.within(truth, and, () => scalar(node.right, at));
  if (x.type === "boolean" && y.type === "boolean") return builder.op(and ? "logicalAnd" : "logicalOr", x, y);
  return and ? builder.choose(truth, y, x) : builder.choose(truth, x, y);
}

function conditional(node: acorn.ConditionalExpression, at: Place): Value {
  const { builder } = at, truth = builder.truth(scalar(node.test, at)), decided = literalOf(truth);
  if (decided !== undefined) return value(decided !== 0 ? node.consequent : node.alternate, at);
  const x = builder.within(truth, true, () => value(node.consequent, at));
  const y = builder.within(truth, false, () => value(node.alternate, at));
  return chooseValue(builder, truth, x, y) ??
    at.refuse(node, "a choice between different things", "choose between numbers");
}

function list(node: acorn.ArrayExpression, at: Place): Value {
  const items = node.elements.map((element) => {
    if (element === null) return at.refuse(node, "an array with a gap", "write 0 or NaN there");
    if (element.type === "SpreadElement") return at.refuse(element, "...", "name each element");
    return value(element, at);
  });
  return { kind: "list", items };
}

function member(node: acorn.MemberExpression, at: Place): Value {
  const owner = value(node.object, at);
  if (isList(owner)) return element(node, owner.items, at);
  const name = !node.computed && node.property.type === "Identifier" ? node.property.name : undefined;
  if (owner.kind !== "namespace" || name === undefined) {
    return at.refuse(
      node,
      `a property of ${kindOf(owner)}`,
      "only Math, Number and arrays have properties here",
    );
  }
  const found = owner.names.get(name);
  if (found !== undefined) return found;
  const help = name === "random"
    ? "it is not pure: pass rand(x.shape) as an argument"
    : "there is no op for it";
  return at.refuse(node, textOf(node, at), help);
}

function element(node: acorn.MemberExpression, items: readonly Value[], at: Place): Value {
  if (!node.computed || node.property.type === "PrivateIdentifier") {
    const isLength = node.property.type === "Identifier" && node.property.name === "length";
    return isLength
      ? number(items.length)
      : at.refuse(node, textOf(node, at), "arrays have elements and a length only");
  }
  const help = "index arrays with numbers that the source or { with } gives";
  const index = known(node.property, scalar(node.property, at), at, help);
  return items[index] ??
    at.refuse(node, `element ${index} of an array of ${items.length}`, "stay inside the array");
}

function call(node: acorn.CallExpression, at: Place): Value {
  const { callee } = node;
  if (node.optional) return at.refuse(node, "?.", "call it with plain parentheses");
  const called = value(callee, at);
  const args = node.arguments.map((argument) =>
    argument.type === "SpreadElement" ? at.refuse(argument, "...", "name each argument") : value(argument, at)
  );
  if (called.kind === "helper") return at.unit.call(called, args, at, node);
  if (called.kind !== "builtin") {
    return at.refuse(
      node,
      `a call of ${kindOf(called)}`,
      "call Math functions and helpers given as { with }",
    );
  }
  const { name, arity, make } = called;
  const numbers = args.map((argument, i) =>
    isExpression(argument)
      ? argument
      : at.refuse(node.arguments[i]!, `${kindOf(argument)} as a number`, "name one of its numbers")
  );
  if (numbers.length < arity) {
    return at.refuse(node, `${name} of ${numbers.length} arguments`, `give it ${arity}`);
  }
  return make(at.builder, numbers);
}

/** A value in words. */
export function kindOf(x: Value): string {
  if (isExpression(x)) return `a ${x.type === "mixed" ? "number" : x.type}`;
  return isList(x) ? "an array" : x.kind === "namespace" ? "an object" : "a function";
}

function textOf({ start, end }: acorn.Node, { source }: Place): string {
  return source.text.slice(start - source.offset, end - source.offset);
}
