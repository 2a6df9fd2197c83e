/**
 * The source of a function, as a tree.
 *
 * @module
 */
import type { ArrowFunctionExpression, FunctionExpression, Node, Program } from "npm:acorn@^8";
import { CompileError } from "../errors.ts";

/**
 * The parser, or why there is none. It runs first when a function is compiled; importing it by a call lets all but
 * `compile` work where npm cannot be reached.
 */
const acorn = await import.defer("npm:acorn@^8").catch((error: unknown) =>
  error instanceof Error ? error : new Error(String(error))
);

/** The tree of a function. */
export type FunctionNode = FunctionExpression | ArrowFunctionExpression;

/** A function's source: its text, its tree, and how positions of the tree relate to the text. */
export interface Source {
  /** What errors call the function. */
  readonly name: string;
  /** The text, as JavaScript keeps it. */
  readonly text: string;
  /** The tree. */
  readonly tree: FunctionNode;
  /** How many characters stand before the text in what was parsed. */
  readonly offset: number;
}

/** What is parsed around a text: functions are expressions, methods are parts of an object. */
const FRAMES = [["(", ")"], ["({", "})"]] as const;

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/** How many trees are remembered. */
const MAX_TREES = 256;

/** The trees of texts; null for what is not a function. */
const trees = new Map<string, Pick<Source, "tree" | "offset"> | null>();
let parsed = 0;

/** How many texts were parsed so far. */
export function textsParsed(): number {
  return parsed;
}

/** The source of a function. */
export function parse(fn: (...args: never[]) => unknown, text: string): Source {
  const name = nameOf(fn);
  if (NATIVE.test(text)) {
    throw new CompileError(
      `Cannot compile ${name}: it has no source, being built in or bound; wrap what it does in a function like (x) => …`,
    );
  }
  let found = trees.get(text);
  if (found === undefined) {
    if (trees.size >= MAX_TREES) trees.delete(trees.keys().next().value!);
    trees.set(text, found = treeOf(text));
  }
  if (found !== null) return { name, text, ...found };
  throw new CompileError(`Cannot compile ${name}: want a function, a method or an arrow function`, {
    source: text,
    line: 1,
    column: 1,
  });
}

/** What errors call a function. */
export function nameOf(fn: (...args: never[]) => unknown): string {
  return fn.name === "" ? "the function" : fn.name;
}

function treeOf(text: string): Pick<Source, "tree" | "offset"> | null {
  parsed++;
  for (const [before, after] of FRAMES) {
    const tree = functionOf(before + text + after);
    if (tree !== null) return { tree, offset: before.length };
  }
  return null;
}

/** The function that a text holds and nothing else; null if it is something else. */
function functionOf(text: string): FunctionNode | null {
  if (acorn instanceof Error) {
    throw new CompileError(
      `Cannot compile functions without the parser npm:acorn@^8: run "deno cache npm:acorn@^8" where npm can ` +
        `be reached (${acorn.message})`,
    );
  }
  let program: Program;
  try {
    program = acorn.parse(text, { ecmaVersion: "latest", locations: true });
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const statement = program.body[0];
  if (statement?.type !== "ExpressionStatement") return null;
  const { expression } = statement;
  if (expression.type === "FunctionExpression" || expression.type === "ArrowFunctionExpression") {
    return expression;
  }
  const property = expression.type === "ObjectExpression" ? expression.properties[0] : undefined;
  return property?.type === "Property" && property.value.type === "FunctionExpression"
    ? property.value
    : null;
}

/** The error that says what is wrong with a part of a function, and what works instead. */
export function refusal(
  { name, text, offset }: Source,
  node: Node,
  what: string,
  help: string,
): CompileError {
  const { line, column } = node.loc!.start;
  const place = { source: text, line, column: column + 1 - (line === 1 ? offset : 0) };
  return new CompileError(`Cannot compile ${what} (${name}, ${line}:${place.column}): ${help}`, place);
}
