/**
 * Plain functions of numbers as kernels, with gradients that nobody wrote.
 *
 * @module
 */
import { checkOptions } from "./arguments.ts";
import { apply, checkFunction } from "./compile/apply.ts";
import type { CompiledArgument } from "./compile/arguments.ts";
import { compileAhead } from "./compile/cache.ts";
import type { Given, GivenItem, ScalarFunction } from "./compile/given.ts";
import { nameOf } from "./compile/parse.ts";
import { compileProgram, isProgram } from "./compile/program.ts";
import { reduceWith } from "./compile/reduce.ts";
import { ArgumentError } from "./errors.ts";
import { checkTensor } from "./record/operand.ts";
import type { Axes, ReduceOptions } from "./record/reduce.ts";
import { describe } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

export type { CompiledArgument, Given, GivenItem, ScalarFunction };

/** Options of `compile`, `map` and `zip`. */
export interface CompileOptions {
  /** What the function uses beside its parameters, by name: numbers, booleans, arrays of them, and functions. */
  with?: Given;
}

/** Options of `compile` for a program. */
export interface ProgramOptions {
  /** Says that the function is one of tensors, where its source does not show it. */
  of?: "tensors";
}

/** Options of `reduce`. */
export interface FoldOptions extends ReduceOptions, CompileOptions {
  /** Which axes are folded: one, several, or all if not given. */
  axis?: Axes;
}

/** A function of tensors, made of a function of numbers. Where arrays are destructured it takes arrays. */
export type CompiledFunction = (...args: CompiledArgument[]) => Tensor;

/**
 * Makes of a function of numbers a function of tensors, which broadcasts them and works element by element, in one
 * kernel; gradients flow through it. Or makes a program of tensors, such as a training step, faster to repeat.
 *
 * **Functions of numbers.** The source is read, and each operator and `Math` function becomes the op of its meaning,
 * which is JavaScript's: `%` has the sign of the dividend, NaN counts as false, `a && b` is `a` or `b`. The source may
 * hold numbers and booleans, parameters (with defaults, or destructured arrays), all operators but those on bits, `?:`,
 * `if`, `const` and `let`, `for` loops with constant bounds (unrolled, 1024 rounds at most), the functions of `Math`
 * but `random`, and the tests of `Number`. What it takes from outside is given as `{ with }` and must be what the
 * function itself sees: constants may change from call to call at no cost, helpers are compiled as well. At 99 points
 * or more the result is compared with the function, which must not have effects.
 *
 * Floats keep their dtype. Integers and bools are computed as `int32` if all that the function does gives integers
 * for integers (`+ - *`, comparisons, minima, roundings, choices, integer constants; products wrap as `int32` does),
 * otherwise as `float32`. A function that returns a boolean gives bools. Where a choice was not taken, no gradient
 * comes from it, whatever it would be.
 *
 * On the device `reference` the function itself is called for each element, and its result rounded to the dtype; only
 * its gradient is that of the compiled form.
 *
 * **Programs of tensors.** A function that calls a method of anything but JavaScript's globals (`model.forward(x)`,
 * `loss.backward()`, `optimizer.step()`) is a program; `{ of: "tensors" }` says so where the
 * source does not show it. Its first calls are traced. In later ones the function still runs, but each op only has to
 * be the one that comes next in the trace: no graph is built, and what is evaluated is a plan known beforehand. After
 * some thousand calls on the main thread, and with two threads or more, a small plan even begins when the call does, and
 * runs beside it. Numbers are
 * taken as they are each time, so a rate that changes is a rate that changes. Where another op comes, another shape
 * or a read that was not there, the call goes on as if it were not compiled, and is the next trace; the result is the
 * same either way. The tensors that it returns (in arrays, maps and plain objects too) are computed when it returns.
 *
 * @example
 * ```ts
 * import { compile, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const limit = 2;
 * const huber = compile((x, y) => {
 *   const d = Math.abs(x - y);
 *   return d < limit ? d * d / 2 : limit * (d - limit / 2);
 * }, { with: { limit } });
 * const x = tensor([1, 2, 9], { requiresGrad: true });
 * const loss = huber(x, tensor([1, 3, 4]));
 * assertEquals(loss.toArray(), [0, 0.5, 8]);
 * loss.sum().backward();
 * assertEquals(x.grad?.toArray(), [0, -1, 2]);
 * ```
 *
 * @example A training step
 * ```ts
 * import { compile, nn, optim, type Tensor, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new nn.Linear(1, 1), optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
 * const step = compile((x: Tensor, y: Tensor) => {
 *   optimizer.zeroGrad();
 *   const loss = nn.mseLoss(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   return loss;
 * });
 * const x = tensor([[0], [1]]), y = tensor([[1], [3]]);
 * for (let i = 0; i < 300; i++) step(x, y);
 * assertAlmostEquals(step(x, y).item(), 0, 1e-4);
 * ```
 *
 * @param fn The function
 * @param options `with`: what a function of numbers uses beside its parameters; `of`: `"tensors"` for a program
 * @throws {CompileError} If a function of numbers is outside of the language; the error says where, and what works
 * @throws {ArgumentError} If it is not a function; when a program is called, if it is asynchronous
 */
export function compile(
  fn: (...args: number[]) => number | boolean,
  options?: CompileOptions,
): CompiledFunction;
/** The same for programs whatever they are given. */
export function compile<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: Required<ProgramOptions>,
): (...args: A) => R;
/** The same for programs that are given nothing. */
export function compile<R extends Tensor | readonly Tensor[] | void>(
  fn: () => R,
  options?: ProgramOptions,
): () => R;
/** The same for programs: functions of tensors. */
export function compile<A extends unknown[], R>(
  fn: (x: Tensor, ...args: A) => R,
  options?: ProgramOptions,
): (x: Tensor, ...args: A) => R;
/** The same for functions whose parameters are arrays. */
export function compile(
  fn: (...args: never[]) => number | boolean,
  options?: CompileOptions,
): CompiledFunction;
export function compile(
  fn: (...args: never[]) => unknown,
  options: CompileOptions & ProgramOptions = {},
): unknown {
  checkFunction("compile", fn);
  checkOptions("compile", options, ["with", "of"]);
  const { with: given, of } = options;
  if (of !== undefined && of !== "tensors") {
    throw new ArgumentError(`The option of of compile must be "tensors", was ${describe(of)}`);
  }
  if (of === "tensors" || given === undefined && isProgram(fn)) return compileProgram(nameOf(fn), fn);
  return compileFunction(fn as ScalarFunction, given);
}

function compileFunction(fn: ScalarFunction, given: Given | undefined): CompiledFunction {
  const name = `compute ${nameOf(fn)}`;
  compileAhead(fn, given);
  return (...args) => apply(name, fn, args, given);
}

/**
 * A function of numbers applied to each element; see `compile` for what it may hold.
 *
 * @example
 * ```ts
 * import { map, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2, 3], { requiresGrad: true });
 * const y = map(x, (v) => v * v + 1);
 * assertEquals(y.toArray(), [2, 5, 10]);
 * y.sum().backward();
 * assertEquals(x.grad?.toArray(), [2, 4, 6]);
 * ```
 *
 * @param x The tensor
 * @param fn The function
 * @param options `with`: what it uses beside its parameters
 * @throws {CompileError} If the function is outside of the language
 */
export function map(
  x: Tensor,
  fn: (value: number) => number | boolean,
  options: CompileOptions = {},
): Tensor {
  checkTensor("map", x);
  checkFunction("map", fn);
  checkOptions("map", options, ["with"]);
  return apply("map", fn, [x], options.with);
}

/**
 * A function of two numbers applied to the elements of two tensors, which broadcast; see `compile` for what it may
 * hold.
 *
 * @example
 * ```ts
 * import { tensor, zip } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const a = tensor([1, 5, 3]), b = tensor([4, 2, 3]);
 * assertEquals(zip(a, b, (x, y) => Math.max(x, y) * 2).toArray(), [8, 10, 6]);
 * assertEquals(zip(a, b, (x, y) => x < y).toArray(), [true, false, false]);
 * ```
 *
 * @param a A tensor
 * @param b Another one
 * @param fn The function
 * @param options `with`: what it uses beside its parameters
 * @throws {CompileError} If the function is outside of the language
 * @throws {ShapeError} If the shapes do not broadcast
 */
export function zip(
  a: Tensor,
  b: Tensor,
  fn: (x: number, y: number) => number | boolean,
  options: CompileOptions = {},
): Tensor {
  checkTensor("zip", a);
  checkTensor("zip", b);
  checkFunction("zip", fn);
  checkOptions("zip", options, ["with"]);
  return apply("zip", fn, [a, b], options.with);
}

/**
 * The elements folded by a function of two numbers, beginning with `start`.
 *
 * `x + y`, `x * y`, `Math.max(x, y)`, `Math.min(x, y)`, in either order, these two functions themselves, and on bools
 * `x && y` and `x || y` are the tensor's `sum`, `prod`, `max`, `min`, `all` and `any`: parallel, in an order that the
 * shape alone decides, with the dtype of those methods. Any other function is applied in order along the folded axes,
 * to all results at once, in one kernel. Its gradient goes through the same rounds in reverse; for it all results on
 * the way are kept. 4096 rounds over 256 results take 0.2 ms, 3 ms with their gradient. Where there are few results,
 * a round costs 40 ns. What a round does must fit in a program: about 60 ops, and not too many values at once.
 *
 * @example
 * ```ts
 * import { reduce, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const digits = tensor([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(reduce(digits, (number, digit) => number * 10 + digit, 0, { axis: 1 }).toArray(), [123, 456]);
 * assertEquals(reduce(digits, (x, y) => x + y, 0).item(), 21);
 * ```
 *
 * @param a The tensor
 * @param fn The function of what was folded so far and an element
 * @param start What it begins with
 * @param options `axis`, `keepdim`, and `with`: what the function uses beside its parameters
 * @throws {CompileError} If the function is outside of the language, or does too much in a round
 * @throws {IndexError} If an axis does not exist or is given twice
 */
export function reduce(
  a: Tensor,
  fn: (result: number, value: number) => number | boolean,
  start: number | boolean,
  options: FoldOptions = {},
): Tensor {
  checkTensor("reduce", a);
  checkFunction("reduce", fn);
  checkOptions("reduce", options, ["axis", "keepdim", "with"]);
  const { axis, keepdim, with: given } = options;
  return reduceWith(a, fn, start, axis, keepdim, given);
}
