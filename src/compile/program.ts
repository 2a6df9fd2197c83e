/**
 * Compiled programs: functions of tensors that do the same again and again, such as a training step.
 *
 * @module
 */
import type { CallExpression, Identifier, MemberExpression, Node } from "npm:acorn@^8";
import { ArgumentError } from "../errors.ts";
import { Compiled } from "../graph/compiled.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { tensorsIn } from "../tensors_in.ts";
import { hasSource, parse } from "./parse.ts";

/** Makes of a function of tensors one that knows what its earlier calls did. */
export function compileProgram<A extends unknown[], R>(
  name: string,
  fn: (...args: A) => R,
): (...args: A) => R {
  const program = new Compiled();
  return (...args) =>
    program.run(() => {
      const result = fn(...args);
      if (result instanceof Promise) {
        throw new ArgumentError(`Cannot compile ${name}: an asynchronous function goes on after its call`);
      }
      evaluateNodes(result instanceof Tensor ? [result] : [...tensorsIn(result)]);
      return result;
    });
}

/**
 * Whether a function is one of tensors by its source: it calls a method of a parameter, of `this`, or of something from
 * outside that is no global of JavaScript. The language of numbers has no such calls.
 */
export function isProgram(fn: (...args: never[]) => unknown): boolean {
  const text = String(fn);
  return hasSource(text) && callsMethods(parse(fn, text).tree);
}

function callsMethods(node: Node): boolean {
  if (node.type === "CallExpression" && isOwnMethod(node as CallExpression)) return true;
  for (const part of Object.values(node)) {
    for (const child of Array.isArray(part) ? part : [part]) {
      if (typeof child?.type === "string" && callsMethods(child)) return true;
    }
  }
  return false;
}

function isOwnMethod({ callee }: CallExpression): boolean {
  if (callee.type !== "MemberExpression") return false;
  let object: Node = callee;
  for (;;) {
    if (object.type === "MemberExpression") object = (object as MemberExpression).object;
    else if (object.type === "CallExpression") object = (object as CallExpression).callee;
    else break;
  }
  return object.type === "ThisExpression" ||
    object.type === "Identifier" && !((object as Identifier).name in globalThis);
}
