/**
 * Compiled programs: functions of tensors that do the same again and again, such as a training step.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { Compiled } from "../graph/compiled.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { Tensor } from "../tensor.ts";
import { tensorsIn } from "../tensors_in.ts";

/** Makes of a function of tensors one that knows what its earlier calls did. */
export function compileProgram<A extends unknown[], R>(
  name: string,
  fn: (...args: A) => R,
): (...args: A) => R {
  const program = new Compiled();
  return (...args) =>
    program.run(args, () => {
      const result = fn(...args);
      if (result instanceof Promise) {
        throw new ArgumentError(`Cannot compile ${name}: an asynchronous function goes on after its call`);
      }
      evaluateNodes(result instanceof Tensor ? [result] : [...tensorsIn(result)]);
      return result;
    });
}

const COMMENTS = /\/\*[^]*?\*\/|\/\/.*/g;
/** The call of a method; its group is what stands before the dot. */
const METHOD_CALL = /([\w$]+)\s*\??\.\s*#?[\w$]+\s*\(/g;

/**
 * Whether a function is one of tensors by its source: it calls a method of something that is no global of JavaScript.
 * The language of numbers has no such call, and nothing that could hide one but comments.
 */
export function isProgram(fn: (...args: never[]) => unknown): boolean {
  const calls = String(fn).replace(COMMENTS, "").matchAll(METHOD_CALL);
  return calls.some(([, object]) => !(object! in globalThis));
}
