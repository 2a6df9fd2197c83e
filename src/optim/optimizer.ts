/**
 * What all optimizers have in common.
 *
 * @module
 */
import { checkNumber } from "../arguments.ts";
import { assignTogether, Buffer, Parameter } from "../cell.ts";
import { tensor, zeros, zerosLike } from "../create.ts";
import { DTYPES } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { noGrad } from "../graph/pending.ts";
import { constant } from "../record/operand.ts";
import { checkDict, checkEntry, showNames, type StateDict } from "../nn/state_dict.ts";
import { describe, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

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
  readonly #numberNames: string[] = [];
  readonly #numbers: Tensor[] = [];
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
      this.#numbers.length = this.#numberNames.length = 0;
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
    const { dtype, device } = like.layout;
    for (let i = 0; i < this.#numbers.length; i++) {
      const known = this.#numbers[i]!;
      if (this.#numberNames[i] === name && known.dtype === dtype && known.device === device) return known;
    }
    const shared = constant(DTYPES[dtype].round(value), dtype, device);
    this.#numberNames.push(name);
    this.#numbers.push(shared);
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
   * Notes that a cell takes a new value when all updates are recorded. The tensor is the cell's from then on: who keeps
   * it beyond the next steps finds it stale.
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
