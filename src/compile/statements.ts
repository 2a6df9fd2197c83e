/**
 * The statements of the language: all ways through a function at once, as an expression of its result.
 *
 * @module
 */
import type * as acorn from "npm:acorn@^8";
import { type Expression, type Guard, literalOf, number } from "./expression.ts";
import { kindOf, known, Place, scalar, Unit, value } from "./language.ts";
import { BINARY, INSTEAD } from "./operators.ts";
import type { Source } from "./parse.ts";
import { type Helper, isExpression, isList, Scope, type Value, type Variable, Way } from "./scope.ts";

/** The most rounds of loops that a function may be unrolled to, all loops together. */
export const MAX_ROUNDS = 1024;
/** How deep functions may call each other. */
const MAX_DEPTH = 64;

/** A unit whose functions can call each other. */
export function makeUnit(given: ReadonlyMap<string, Value>): Unit {
  return new Unit(given, (helper, args, at, node) => callHelper(helper, args, at, node));
}

function callHelper({ source }: Helper, args: readonly Value[], at: Place, node: acorn.Node): Value {
  if (at.depth >= MAX_DEPTH) {
    return at.refuse(
      node,
      `a call that goes ${MAX_DEPTH} functions deep`,
      "use a for loop with constant bounds",
    );
  }
  return run(at.unit, source, args, at.depth + 1);
}

/** What a function returns for arguments. */
export function run(
  unit: Unit,
  source: Source,
  args: readonly (Value | undefined)[],
  depth: number,
): Expression {
  const { tree } = source, at = new Place(unit, source, new Scope(null), new Way(unit.builder.guard), depth);
  if (tree.async) return at.refuse(tree, "an async function", "a compiled function computes numbers only");
  if (tree.generator) return at.refuse(tree, "a generator", "a compiled function returns one number");
  tree.params.forEach((pattern, i) => bind(pattern, args[i], false, at));
  const { body } = tree, outside = unit.builder.guard;
  if (body.type !== "BlockStatement") return scalar(body, at);
  try {
    block(body.body, at.inner());
  } finally {
    unit.builder.guard = outside;
  }
  const { returned, result } = at.way;
  if (returned !== true) {
    return at.refuse(tree, "a function that does not always return", "end each way through it with return");
  }
  return result!;
}

/** Gives names their values. */
function bind(pattern: acorn.Pattern, given: Value | undefined, fixed: boolean, at: Place): void {
  switch (pattern.type) {
    case "Identifier": {
      const variable = at.scope.declare(pattern.name, fixed);
      if (variable === undefined) at.refuse(pattern, `a second ${pattern.name}`, "give it another name");
      else if (given !== undefined) at.way.values.set(variable, given);
      return;
    }
    case "AssignmentPattern":
      return bind(pattern.left, given ?? value(pattern.right, at), fixed, at);
    case "ArrayPattern":
      return bindList(pattern, given, fixed, at);
    case "RestElement":
      return at.refuse(pattern, "...", "name each parameter");
    default:
      return at.refuse(pattern, "an object pattern", "use parameters, or an array of fixed length");
  }
}

function bindList(pattern: acorn.ArrayPattern, given: Value | undefined, fixed: boolean, at: Place): void {
  if (given === undefined || !isList(given)) {
    return at.refuse(
      pattern,
      `${given === undefined ? "nothing" : kindOf(given)} as an array`,
      "pass an array",
    );
  }
  pattern.elements.forEach((element, i) => {
    if (element !== null) bind(element, given.items[i], fixed, at);
  });
}

/** Walks statements until the function has returned on all ways. */
function block(statements: readonly acorn.Statement[], at: Place): void {
  const { builder } = at, outside = builder.guard;
  for (const node of statements) {
    statement(node, at);
    if (at.way.returned === true) break;
    guardRest(at, outside);
  }
  builder.guard = outside;
}

/** What follows a return that not every way takes counts only where it was not taken. */
function guardRest({ builder, way: { returned } }: Place, outside: Guard | null): void {
  if (typeof returned === "boolean" || builder.guard?.condition === returned) return;
  builder.guard = { condition: returned, taken: false, parent: outside, steep: false };
}

/** What works instead of other loops. */
const BOUNDED = "use a for loop with constant bounds, like for (let i = 0; i < 8; i++)";

/** What is not in the language, in words, and what works instead. */
const OUTSIDE: Readonly<Record<string, readonly [what: string, help: string]>> = {
  WhileStatement: ["while", BOUNDED],
  DoWhileStatement: ["do … while", BOUNDED],
  ForInStatement: ["for … in", BOUNDED],
  ForOfStatement: ["for … of", BOUNDED],
  SwitchStatement: ["switch", "use if and else"],
  BreakStatement: ["break", "use if around what follows, or return"],
  ContinueStatement: ["continue", "use if around what follows"],
  ThrowStatement: ["throw", "return NaN where there is no result"],
  TryStatement: ["try", "nothing throws here: leave it out"],
  FunctionDeclaration: [
    "a function inside a function",
    "define it outside and pass it as { with: { name } }",
  ],
  ClassDeclaration: ["a class", "define a function outside and pass it as { with: { name } }"],
  LabeledStatement: ["a label", "leave it out"],
  DebuggerStatement: ["debugger", "leave it out"],
};

function statement(node: acorn.Statement, at: Place): void {
  switch (node.type) {
    case "BlockStatement":
      return block(node.body, at.inner());
    case "EmptyStatement":
      return;
    case "VariableDeclaration":
      return declaration(node, at);
    case "ExpressionStatement":
      return effect(node.expression, at);
    case "ReturnStatement":
      if (!node.argument) return at.refuse(node, "return without a value", "return a number");
      return at.way.return(at.builder, scalar(node.argument, at));
    case "IfStatement":
      return branch(node, at);
    case "ForStatement":
      return loop(node, at);
    default: {
      const [what, help] = OUTSIDE[node.type] ?? [node.type, "use const, let, if, for and return"];
      return at.refuse(node, what, help);
    }
  }
}

function declaration(node: acorn.VariableDeclaration, at: Place): void {
  if (node.kind !== "let" && node.kind !== "const") {
    return at.refuse(node, node.kind, "use let or const");
  }
  for (const { id, init } of node.declarations) {
    bind(id, init ? value(init, at) : undefined, node.kind === "const", at);
  }
}

/** An expression that stands as a statement: it changes a variable. */
function effect(node: acorn.Expression, at: Place): void {
  switch (node.type) {
    case "AssignmentExpression":
      return assignment(node, at);
    case "UpdateExpression": {
      const row = node.operator === "++" ? "add" : "sub";
      return assign(node.argument, at.builder.op(row, scalar(node.argument, at), number(1)), at);
    }
    case "SequenceExpression":
      return node.expressions.forEach((each) => effect(each, at));
    default:
      value(node, at);
      return at.refuse(node, "a statement without effect", "assign its value to a variable, or return it");
  }
}

function assignment(node: acorn.AssignmentExpression, at: Place): void {
  if (node.operator === "=") return assign(node.left, value(node.right, at), at);
  const operator = node.operator.slice(0, -1), make = BINARY[operator];
  if (make === undefined) {
    return at.refuse(node, node.operator, INSTEAD[operator] ?? `write it out: x = x ${operator} y`);
  }
  const before = scalar(node.left as acorn.Expression, at);
  assign(node.left, make(at.builder, before, scalar(node.right, at)), at);
}

function assign(target: acorn.Pattern | acorn.Expression, x: Value, at: Place): void {
  if (target.type !== "Identifier") {
    return at.refuse(target, "an assignment to this", "assign to one variable");
  }
  const variable: Variable | undefined = at.scope.find(target.name);
  if (variable === undefined) {
    return at.refuse(
      target,
      `an assignment to ${target.name} outside of the function`,
      "return the value instead",
    );
  }
  if (variable.fixed) {
    return at.refuse(target, `an assignment to the constant ${target.name}`, "declare it with let");
  }
  at.way.values.set(variable, x);
}

function branch(node: acorn.IfStatement, at: Place): void {
  const { builder, way } = at,
    condition = builder.truth(scalar(node.test, at)),
    decided = literalOf(condition);
  if (decided !== undefined) {
    const taken = decided !== 0 ? node.consequent : node.alternate;
    return taken ? statement(taken, at.inner()) : undefined;
  }
  const yes = way.fork(), no = way.fork();
  builder.within(condition, true, () => statement(node.consequent, at.inner(yes)));
  const { alternate } = node;
  if (alternate) builder.within(condition, false, () => statement(alternate, at.inner(no)));
  const differing = way.join(builder, condition, yes, no);
  if (differing !== null) {
    at.refuse(node, `${differing}, which is one thing or another`, "keep it a number on both ways");
  }
}

function loop(node: acorn.ForStatement, outside: Place): void {
  const at = outside.inner(),
    { init, test, update, body } = node,
    { unit, builder } = at,
    { guard } = builder;
  if (init?.type === "VariableDeclaration") declaration(init, at);
  else if (init) effect(init, at);
  if (!test) return at.refuse(node, "for without a condition", "write for (let i = 0; i < 8; i++)");
  const help = "the bounds of a loop are numbers that the source or { with } gives, as it is unrolled";
  while (isTrue(known(test, truthOf(test, at), at, help))) {
    if (++unit.rounds > MAX_ROUNDS) {
      return at.refuse(
        node,
        `more than ${MAX_ROUNDS} rounds of loops`,
        `${MAX_ROUNDS} is the limit, as loops are unrolled`,
      );
    }
    statement(body, at.inner());
    if (at.way.returned === true) break;
    guardRest(at, guard);
    if (update) effect(update, at);
  }
  builder.guard = guard;
}

function truthOf(test: acorn.Expression, at: Place): Expression {
  const x = value(test, at);
  return isExpression(x) ? at.builder.truth(x) : scalar(test, at);
}

function isTrue(x: number): boolean {
  return x !== 0 && x === x;
}
