/**
 * The course's functions of tensors: what each asks of a backend, and how a gradient goes back through it.
 *
 * @module
 */
import { customFunction } from "../custom.ts";
import { ArgumentError } from "../errors.ts";
import type { Tensor as EngineTensor } from "../tensor.ts";
import { binary, Context, type Rule, unary, unaryByResult } from "./rules.ts";
import type { Tensor } from "./tensor.ts";

/** What was applied to what. */
interface History {
  readonly rule: Rule<Tensor>;
  readonly ctx: Context<Tensor>;
  readonly inputs: readonly Tensor[];
}

/** Where the results of functions come from: the engine asks on its way back. */
const histories = new WeakMap<EngineTensor, History>();

/** A value that depends on the tensors after it: how, the history of the result knows. */
const remember = customFunction({
  forward: (value) => value!,
  backward(gradient, _, result): (EngineTensor | null)[] {
    const { rule, ctx, inputs } = histories.get(result)!;
    const found = rule.backward(ctx, inputs[0]!.make(gradient));
    const list = Array.isArray(found) ? found as readonly Tensor[] : [found as Tensor];
    if (list.length !== inputs.length) {
      throw new ArgumentError(`The backward of ${rule.name} must return ${inputs.length} gradients`);
    }
    return [null, ...inputs.map((input, i) => input.expand(list[i]!).value)];
  },
});

/**
 * A function of tensors with its gradients. What a backend computed with tensors of the engine has gradients already,
 * and keeps those; for everything else `backward` is asked. Gradients may be broadcast or unexpanded: each is brought to
 * the shape of its input.
 *
 * @example
 * ```ts
 * import { tensor, TensorFunction } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const triple = new TensorFunction({
 *   name: "Triple",
 *   forward: (_, a) => a!.detach().mul(3),
 *   backward: (_, gradient) => gradient.mul(3),
 * });
 * const x = tensor([1, 2], { requiresGrad: true });
 * triple.apply(x).sum().backward();
 * assertEquals(x.grad?.toNumpy(), [3, 3]);
 * ```
 */
export class TensorFunction {
  readonly #rule: Rule<Tensor>;

  /**
   * Makes a function.
   *
   * @param rule `name`, `forward`, `backward`
   */
  constructor(rule: Rule<Tensor>) {
    this.#rule = rule;
  }

  /** What it is called. */
  get name(): string {
    return this.#rule.name;
  }

  /**
   * Applies it.
   *
   * @param inputs Tensors of one backend, at most six
   * @returns The result
   * @throws {ArgumentError} If the tensors have different backends
   */
  apply(...inputs: Tensor[]): Tensor {
    if (inputs.some(({ backend }) => backend !== inputs[0]!.backend)) {
      throw new ArgumentError(`Cannot apply ${this.name} to tensors of two backends: move one with to()`);
    }
    const ctx = new Context<Tensor>(), result = this.#rule.forward(ctx, ...inputs);
    if (result.requiresGrad() || !inputs.some((input) => input.requiresGrad())) return result;
    const value = remember(result.value, ...inputs.map((input) => input.value));
    histories.set(value, { rule: this.#rule, ctx, inputs });
    return result.withValue(value);
  }
}

/** A function of two tensors whose gradients are zero. */
function comparison(name: string, compare: (a: Tensor, b: Tensor) => Tensor): TensorFunction {
  return new TensorFunction(binary(name, compare, (a, b) => [a.zeros(), b.zeros()]));
}

/** `s (1 - s) g` in a backend's own words. */
function sigmoidBack(s: Tensor, gradient: Tensor): Tensor {
  const { backend } = s, rest = backend.addZip(s.constant(1), backend.negMap(s));
  return backend.mulZip(backend.mulZip(s, rest), gradient);
}

const sums: TensorFunction[] = [], maxima: TensorFunction[] = [];

/** The sum along an axis; its gradient goes to each element of the axis. */
function sumAlong(dim: number): TensorFunction {
  return sums[dim] ??= new TensorFunction(unary(
    "Sum",
    (a) => a.backend.addReduce(a, dim),
    (a, gradient) => a.backend.idMap(gradient, a.zeros()),
  ));
}

/** The largest along an axis; each element that is as large gets all of its gradient. */
function maxAlong(dim: number): TensorFunction {
  return maxima[dim] ??= new TensorFunction({
    name: "Max",
    forward(ctx, a): Tensor {
      // Detached, since an engine's gradient would go to one of equal elements.
      const known = a!.detach(), result = a!.backend.maxReduce(known, dim);
      ctx.saveForBackward(known, result);
      return result;
    },
    backward(ctx, gradient): Tensor {
      const [known, result] = ctx.savedValues, { backend } = gradient;
      return backend.mulZip(backend.eqZip(known!, result!), gradient);
    },
  });
}

/**
 * The course's functions of tensors by their names.
 *
 * @example
 * ```ts
 * import { tensor, tensorFunctions } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensorFunctions.Inv.apply(tensor([2, 4])).toNumpy(), [0.5, 0.25]);
 * assertEquals(tensorFunctions.Sum(0).apply(tensor([2, 4])).toNumpy(), [6]);
 * ```
 */
export const tensorFunctions: {
  readonly Neg: TensorFunction;
  readonly Inv: TensorFunction;
  readonly Add: TensorFunction;
  readonly Mul: TensorFunction;
  readonly Sigmoid: TensorFunction;
  readonly ReLU: TensorFunction;
  readonly Log: TensorFunction;
  readonly Exp: TensorFunction;
  readonly LT: TensorFunction;
  readonly EQ: TensorFunction;
  readonly Copy: TensorFunction;
  readonly MatMul: TensorFunction;
  readonly Sum: (dim: number) => TensorFunction;
  readonly Max: (dim: number) => TensorFunction;
} = {
  Neg: new TensorFunction(unary("Neg", (a) => a.backend.negMap(a), (_, g) => g.backend.negMap(g))),
  Inv: new TensorFunction(unary("Inv", (a) => a.backend.invMap(a), (a, g) => a.backend.invBackZip(a, g))),
  Add: new TensorFunction(binary("Add", (a, b) => a.backend.addZip(a, b), (_a, _b, g) => [g, g])),
  Mul: new TensorFunction(binary("Mul", (a, b) => a.backend.mulZip(a, b), (a, b, g) => {
    return [g.backend.mulZip(b, g), g.backend.mulZip(a, g)];
  })),
  Sigmoid: new TensorFunction(unaryByResult("Sigmoid", (a) => a.backend.sigmoidMap(a), sigmoidBack)),
  ReLU: new TensorFunction(unary("ReLU", (a) => a.backend.reluMap(a), (a, g) => a.backend.reluBackZip(a, g))),
  Log: new TensorFunction(unary("Log", (a) => a.backend.logMap(a), (a, g) => a.backend.logBackZip(a, g))),
  Exp: new TensorFunction(unaryByResult("Exp", (a) => a.backend.expMap(a), (e, g) => e.backend.mulZip(e, g))),
  LT: comparison("LT", (a, b) => a.backend.ltZip(a, b)),
  EQ: comparison("EQ", (a, b) => a.backend.eqZip(a, b)),
  Copy: new TensorFunction(unary("Copy", (a) => a.backend.idMap(a), (_, g) => g)),
  MatMul: new TensorFunction(binary("MatMul", (a, b) => a.backend.matrixMultiply(a, b), (a, b, g) => {
    return [g.backend.matrixMultiply(g, transposed(b)), g.backend.matrixMultiply(transposed(a), g)];
  })),
  Sum: sumAlong,
  Max: maxAlong,
};

/** The last two axes exchanged. */
function transposed(a: Tensor): Tensor {
  const rest = Array.from({ length: a.dims - 2 }, (_, axis) => axis);
  return a.permute(...rest, a.dims - 1, a.dims - 2);
}
