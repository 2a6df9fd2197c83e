/**
 * Optimizers: what turns gradients into new values of parameters.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([1, 2]));
 * const optimizer = new optim.SGD([weight], { lr: 0.25 });
 * optimizer.zeroGrad();
 * weight.square().sum().backward();
 * optimizer.step();
 * assertEquals(weight.toArray(), [0.5, 1]);
 * ```
 *
 * @module
 */
import { checkNumber, checkOptions } from "./arguments.ts";
import { assignTogether, Buffer, Parameter } from "./cell.ts";
import { full, tensor, zeros, zerosLike } from "./create.ts";
import { ArgumentError, ShapeError } from "./errors.ts";
import { evaluateNodes } from "./graph/evaluate.ts";
import { noGrad } from "./graph/pending.ts";
import { checkDict, checkEntry, showNames, type StateDict } from "./nn/state_dict.ts";
import { describe, showShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** What an optimizer remembers of each parameter under one name; null until its first update. */
type Memory = (Buffer | null)[];

/**
 * The base of the optimizers: the parameters, the learning rate, and steps that happen as a whole or not at all.
 *
 * @example An optimizer that follows the sign of the gradient
 * ```ts
 * import { nn, optim, type Tensor, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * class SignDescent extends optim.Optimizer {
 *   protected override update(_index: number, parameter: nn.Parameter, gradient: Tensor): void {
 *     const sign = gradient.gt(0).to("float32").sub(gradient.lt(0).to("float32"));
 *     this.stage(parameter, parameter.sub(sign.mul(this.lr)));
 *   }
 * }
 *
 * const weight = new nn.Parameter(tensor([1, -2]));
 * const optimizer = new SignDescent([weight], 0.5);
 * weight.square().sum().backward();
 * optimizer.step();
 * assertEquals(weight.toArray(), [0.5, -1.5]);
 * ```
 */
export abstract class Optimizer {
  /** The parameters that it updates, each once. */
  readonly parameters: readonly Parameter[];
  /** How often each parameter was updated. */
  protected readonly updates: number[];
  /** What is remembered from step to step, by name; saved with the state. */
  protected readonly memories: Readonly<Record<string, Memory>>;
  readonly #record: () => void;
  readonly #updated: number[] = [];
  readonly #cells: (Parameter | Buffer)[] = [];
  readonly #values: Tensor[] = [];
  readonly #numbers = new Map<string, Tensor>();
  #lr = 0;

  /**
   * Makes an optimizer.
   *
   * @param parameters The parameters to update
   * @param lr The learning rate
   * @param memories The names of what `remember` keeps
   */
  constructor(parameters: Iterable<Parameter>, lr: number, memories: readonly string[] = []) {
    this.parameters = checkParameters(parameters);
    this.lr = lr;
    this.updates = this.parameters.map(() => 0);
    this.memories = Object.fromEntries(memories.map((name) => [name, this.parameters.map(() => null)]));
    this.#record = () => this.#recordUpdates();
  }

  /** The learning rate; may be changed between steps. */
  get lr(): number {
    return this.#lr;
  }

  set lr(value: number) {
    checkNumber("The learning rate", value, 0);
    this.#lr = value;
  }

  /** Forgets the gradients of the parameters. */
  zeroGrad(): void {
    for (let i = 0; i < this.parameters.length; i++) this.parameters[i]!.grad = null;
  }

  /** Updates each parameter that has a gradient, and computes everything that this needs. */
  step(): void {
    const cells = this.#cells, values = this.#values, updated = this.#updated;
    try {
      noGrad(this.#record);
      assignTogether(cells, values);
      for (let i = 0; i < updated.length; i++) this.updates[updated[i]!]!++;
    } finally {
      cells.length = values.length = updated.length = 0;
      this.#numbers.clear();
    }
  }

  /**
   * A number of this step as a tensor. Updates that share their numbers can run as one kernel.
   *
   * @param name What the number is: all parameters get the same tensor for a name
   * @param value The number
   * @param like A tensor of the dtype and device that is wanted
   * @returns A tensor without axes
   */
  protected number(name: string, value: number, like: Tensor): Tensor {
    const { dtype, device } = like.layout, key = `${name} ${dtype} ${device}`;
    let shared = this.#numbers.get(key);
    if (shared === undefined) this.#numbers.set(key, shared = full([], value, { dtype, device }));
    return shared;
  }

  /**
   * Records how one parameter changes: calls `stage` with new values, for the parameter and for what is remembered.
   *
   * @param index The position of the parameter
   * @param parameter The parameter
   * @param gradient Its gradient
   */
  protected abstract update(index: number, parameter: Parameter, gradient: Tensor): void;

  /**
   * Notes that a cell takes a new value when all updates are recorded.
   *
   * @param cell A parameter or a buffer
   * @param value Its next value
   */
  protected stage(cell: Parameter | Buffer, value: Tensor): void {
    this.#cells.push(cell);
    this.#values.push(value);
  }

  /**
   * A gradient with a part of the parameter added.
   *
   * @param parameter The parameter
   * @param gradient Its gradient
   * @param weightDecay How much of the parameter is added
   * @returns The sum
   */
  protected withDecay(parameter: Parameter, gradient: Tensor, weightDecay: number): Tensor {
    if (weightDecay === 0) return gradient;
    return gradient.add(parameter.mul(this.number("weightDecay", weightDecay, parameter)));
  }

  /**
   * What is remembered of a parameter under a name: zeros at first.
   *
   * @param name One of the names that the constructor was given
   * @param index The position of the parameter
   * @returns A buffer of the parameter's shape
   */
  protected remember(name: string, index: number): Buffer {
    const memory = this.memories[name]!;
    return memory[index] ??= new Buffer(zerosLike(this.parameters[index]!));
  }

  /**
   * The learning rate, how often each parameter was updated, and what is remembered of it, as `saveTensors` takes
   * it. Further steps do not change it.
   *
   * @returns Detached tensors: `lr`, `updates`, and `name.index` for what is remembered
   *
   * @example
   * ```ts
   * import { nn, optim } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const model = new nn.Linear(2, 1);
   * const first = new optim.Adam(model.parameters(), { lr: 0.5 });
   * const second = new optim.Adam(model.parameters());
   * second.loadStateDict(first.stateDict());
   * assertEquals(second.lr, 0.5);
   * ```
   */
  stateDict(): StateDict {
    const dict: StateDict = {
      lr: tensor(this.lr, { dtype: "float64" }),
      updates: tensor(this.updates, { dtype: "int32" }),
    };
    for (const [name, memory] of Object.entries(this.memories)) {
      memory.forEach((buffer, i) => {
        if (buffer !== null) dict[`${name}.${i}`] = buffer.detach();
      });
    }
    evaluateNodes(Object.values(dict));
    return dict;
  }

  /**
   * Takes over the state of another optimizer of the same class and parameters. Everything is checked before
   * anything changes.
   *
   * @param dict What `stateDict` gave
   */
  loadStateDict(dict: Readonly<StateDict>): void {
    checkDict(dict);
    const { lr, updates, ...values } = dict;
    const missing = ["lr", "updates"].filter((name) => !Object.hasOwn(dict, name));
    const unexpected = Object.keys(values).filter((name) => this.#ownerOf(name) === undefined);
    if (lr === undefined || updates === undefined || unexpected.length > 0) {
      throw new ArgumentError(`Cannot load the state dict: ${showNames(missing, unexpected)}`);
    }
    checkEntry("lr", lr, zeros([], { dtype: "float64" }));
    checkEntry("updates", updates, zeros([this.parameters.length], { dtype: "int32" }));
    for (const [name, value] of Object.entries(values)) checkEntry(name, value, this.#ownerOf(name)!);
    const counts = [...updates.data];
    this.lr = lr.item();
    this.updates.splice(0, counts.length, ...counts);
    for (const [name, memory] of Object.entries(this.memories)) {
      for (let i = 0; i < memory.length; i++) {
        const value = values[`${name}.${i}`];
        memory[i] = value === undefined ? null : new Buffer(value.to(this.parameters[i]!.device));
      }
    }
  }

  /** The parameter that the entry `name` of a state dict belongs to. */
  #ownerOf(name: string): Parameter | undefined {
    const dot = name.lastIndexOf("."), index = Number(name.slice(dot + 1));
    const known = Object.hasOwn(this.memories, name.slice(0, dot)) && `${index}` === name.slice(dot + 1);
    return known ? this.parameters[index] : undefined;
  }

  #recordUpdates(): void {
    for (let i = 0; i < this.parameters.length; i++) {
      const parameter = this.parameters[i]!, gradient = parameter.grad;
      if (gradient === null) continue;
      if (gradient.layout !== parameter.layout) throw gradientMisfit(i, parameter, gradient);
      this.update(i, parameter, gradient);
      this.#updated.push(i);
    }
  }
}

/** Options of `SGD`. */
export interface SGDOptions {
  /** The learning rate (default 0.001). */
  lr?: number;
  /** How much of the last change is kept (default 0). */
  momentum?: number;
  /** How much of the parameter is added to its gradient (default 0). */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent, with momentum and weight decay as in PyTorch.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([4]));
 * const optimizer = new optim.SGD([weight], { lr: 0.5, momentum: 0.5 });
 * for (let i = 0; i < 2; i++) {
 *   optimizer.zeroGrad();
 *   weight.sum().backward();
 *   optimizer.step();
 * }
 * assertEquals(weight.toArray(), [2.75]);
 * ```
 */
export class SGD extends Optimizer {
  /** How much of the last change is kept. */
  momentum: number;
  /** How much of the parameter is added to its gradient. */
  weightDecay: number;

  /**
   * Makes an optimizer.
   *
   * @param parameters The parameters to update
   * @param options `lr`, `momentum`, `weightDecay`
   */
  constructor(parameters: Iterable<Parameter>, options: SGDOptions = {}) {
    checkOptions("SGD", options, ["lr", "momentum", "weightDecay"]);
    const { lr = 1e-3, momentum = 0, weightDecay = 0 } = options;
    super(parameters, lr, ["momentum"]);
    checkNumber("The momentum of SGD", momentum, 0);
    checkNumber("The weightDecay of SGD", weightDecay, 0);
    this.momentum = momentum;
    this.weightDecay = weightDecay;
  }

  /**
   * Records how one parameter changes.
   *
   * @param index The position of the parameter
   * @param parameter The parameter
   * @param gradient Its gradient
   */
  protected override update(index: number, parameter: Parameter, gradient: Tensor): void {
    let change = this.withDecay(parameter, gradient, this.weightDecay);
    if (this.momentum !== 0) {
      const last = this.remember("momentum", index);
      change = last.mul(this.number("momentum", this.momentum, parameter)).add(change);
      this.stage(last, change);
    }
    this.stage(parameter, parameter.sub(change.mul(this.number("lr", this.lr, parameter))));
  }
}

/** Options of `Adam`. */
export interface AdamOptions {
  /** The learning rate (default 0.001). */
  lr?: number;
  /** How slowly the means of the gradient and of its square change (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  /** What keeps the division finite (default 1e-8). */
  eps?: number;
  /** How much of the parameter is added to its gradient (default 0). */
  weightDecay?: number;
}

/**
 * Adam, as in PyTorch: steps by the mean of the gradient over the root of the mean of its square.
 *
 * @example
 * ```ts
 * import { nn, optim, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([4]));
 * const optimizer = new optim.Adam([weight], { lr: 0.5 });
 * weight.sum().backward();
 * optimizer.step();
 * assertAlmostEquals(weight.item(), 3.5, 1e-6);
 * ```
 */
export class Adam extends Optimizer {
  /** How slowly the means of the gradient and of its square change. */
  betas: readonly [number, number];
  /** What keeps the division finite. */
  eps: number;
  /** How much of the parameter is added to its gradient. */
  weightDecay: number;

  /**
   * Makes an optimizer.
   *
   * @param parameters The parameters to update
   * @param options `lr`, `betas`, `eps`, `weightDecay`
   */
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    checkOptions("Adam", options, ["lr", "betas", "eps", "weightDecay"]);
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    super(parameters, lr, ["mean", "variance"]);
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new ArgumentError(`The betas of Adam must be two numbers, was ${describe(betas)}`);
    }
    checkNumber("The first beta of Adam", betas[0], 0, 1 - Number.EPSILON);
    checkNumber("The second beta of Adam", betas[1], 0, 1 - Number.EPSILON);
    checkNumber("The eps of Adam", eps, 0);
    checkNumber("The weightDecay of Adam", weightDecay, 0);
    this.betas = [betas[0], betas[1]];
    this.eps = eps;
    this.weightDecay = weightDecay;
  }

  /**
   * Records how one parameter changes.
   *
   * @param index The position of the parameter
   * @param parameter The parameter
   * @param gradient Its gradient
   */
  protected override update(index: number, parameter: Parameter, gradient: Tensor): void {
    const [beta1, beta2] = this.betas, count = this.updates[index]! + 1;
    const number = (name: string, value: number): Tensor => this.number(`${name} ${count}`, value, parameter);
    const direction = this.withDecay(parameter, gradient, this.weightDecay);
    const oldMean = this.remember("mean", index), oldVariance = this.remember("variance", index);
    const mean = oldMean.mul(number("beta1", beta1)).add(direction.mul(number("1 - beta1", 1 - beta1)));
    const variance = oldVariance.mul(number("beta2", beta2))
      .add(direction.square().mul(number("1 - beta2", 1 - beta2)));
    // Both means started at 0; these numbers undo that.
    const rate = number("rate", this.lr / (1 - beta1 ** count));
    const scale = number("scale", 1 / Math.sqrt(1 - beta2 ** count));
    this.stage(oldMean, mean);
    this.stage(oldVariance, variance);
    this.stage(
      parameter,
      parameter.sub(mean.mul(rate).div(variance.sqrt().mul(scale).add(number("eps", this.eps)))),
    );
  }
}

function checkParameters(parameters: Iterable<Parameter>): Parameter[] {
  if (typeof parameters !== "object" || parameters === null || !(Symbol.iterator in parameters)) {
    throw new ArgumentError(`An optimizer takes parameters, was given ${describe(parameters)}`);
  }
  const found = [...new Set(parameters)];
  for (const parameter of found) {
    if (!(parameter instanceof Parameter)) {
      throw new ArgumentError(`An optimizer takes parameters, was given ${describe(parameter)}`);
    }
  }
  if (found.length === 0) {
    throw new ArgumentError("An optimizer takes at least one parameter, was given none");
  }
  return found;
}

function gradientMisfit(index: number, parameter: Parameter, gradient: Tensor): ShapeError {
  const show = (t: Tensor): string => `${t.dtype} ${showShape(t.shape)} on ${t.device}`;
  return new ShapeError(
    `Cannot step: the gradient of parameter ${index} is ${show(gradient)}, the parameter ${show(parameter)}`,
  );
}
