/**
 * The base of layers and models.
 *
 * @module
 */
import { checkBoolean } from "../arguments.ts";
import { Buffer, Parameter } from "../cell.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { loadCells, type LoadResult, snapshot, type StateDict } from "./state_dict.ts";
import { walk } from "./walk.ts";

/** Options of `Module.loadStateDict`. */
export interface LoadOptions {
  /** Whether names that are missing or not known are errors (default true). */
  strict?: boolean;
}

/**
 * A layer or a model: parameters, buffers and other modules in its fields, and a `forward`.
 *
 * What a module owns is found by walking its fields, through arrays, maps and plain objects; nothing needs to be
 * registered. Names are the dotted paths (`layers.0.weight`), the order is that of the fields. Private `#fields`
 * cannot be seen and so do not take part.
 *
 * @example A model of two layers
 * ```ts
 * import { nn, type Tensor, zeros } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * class Model extends nn.Module {
 *   hidden = new nn.Linear(2, 8);
 *   out = new nn.Linear(8, 1);
 *   override forward(x: Tensor): Tensor {
 *     return this.out.forward(this.hidden.forward(x).relu());
 *   }
 * }
 *
 * const model = new Model();
 * assertEquals(model.forward(zeros([5, 2])).shape, [5, 1]);
 * assertEquals([...model.namedParameters().keys()], ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]);
 * ```
 */
export abstract class Module {
  /** Whether the module is being trained; set by `train` and `eval`, read by layers such as `Dropout`. */
  training = true;

  /**
   * Computes the module's result.
   *
   * @param inputs What the module takes
   * @returns The result
   */
  abstract forward(...inputs: Tensor[]): Tensor;

  /**
   * The parameters, each once.
   *
   * @returns The parameters in the order of the fields
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(new nn.Linear(3, 2).parameters().map((p) => p.shape), [[2, 3], [2]]);
   * ```
   */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /**
   * The parameters by their dotted names.
   *
   * @returns A map in the order of the fields
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const model = new nn.Sequential(new nn.Linear(3, 2, { bias: false }), new nn.ReLU());
   * assertEquals([...model.namedParameters().keys()], ["layers.0.weight"]);
   * ```
   */
  namedParameters(): Map<string, Parameter> {
    return this.#find((part) => part instanceof Parameter);
  }

  /**
   * The buffers, each once.
   *
   * @returns The buffers in the order of the fields
   */
  buffers(): Buffer[] {
    return [...this.namedBuffers().values()];
  }

  /**
   * The buffers by their dotted names.
   *
   * @returns A map in the order of the fields
   */
  namedBuffers(): Map<string, Buffer> {
    return this.#find((part) => part instanceof Buffer);
  }

  /**
   * Makes a buffer, a cell that is saved with the module but not trained, and stores it in the field `name`.
   *
   * @param name The field
   * @param value The first value
   * @returns The buffer, so that the field can be declared and set in one line
   *
   * @example A count of the calls
   * ```ts
   * import { nn, type Tensor, zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * class Counter extends nn.Module {
   *   calls = this.registerBuffer("calls", zeros([]));
   *   override forward(x: Tensor): Tensor {
   *     this.calls.assign(this.calls.add(1));
   *     return x;
   *   }
   * }
   *
   * const counter = new Counter();
   * counter.forward(zeros([2]));
   * counter.forward(zeros([2]));
   * assertEquals(counter.calls.item(), 2);
   * assertEquals(Object.keys(counter.stateDict()), ["calls"]);
   * ```
   */
  registerBuffer(name: string, value: Tensor): Buffer {
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw new ArgumentError(
        `Cannot register a buffer: its name must be a string without dots, was ${describe(name)}`,
      );
    }
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`Cannot register the buffer ${name}: want a tensor, was ${describe(value)}`);
    }
    const held: unknown = Reflect.get(this, name);
    if (held !== undefined && !(held instanceof Buffer)) {
      throw new ArgumentError(
        `Cannot register the buffer ${name}: the module already has a member of that name`,
      );
    }
    const buffer = new Buffer(value);
    Reflect.set(this, name, buffer);
    return buffer;
  }

  /**
   * The module itself and all modules below it, each once.
   *
   * @returns The modules, this one first
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const model = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU());
   * assertEquals(model.modules().map((module) => module.constructor.name), ["Sequential", "Linear", "ReLU"]);
   * ```
   */
  modules(): Module[] {
    return [this, ...this.#find((part) => part instanceof Module).values()];
  }

  /**
   * Snapshots of all parameters and buffers by their dotted names. Training on does not change them.
   *
   * @returns Detached tensors
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Object.keys(new nn.Linear(3, 2).stateDict()), ["weight", "bias"]);
   * ```
   */
  stateDict(): StateDict {
    return snapshot(this.#find(isCell));
  }

  /**
   * Takes over the values of a state dict. Names, shapes and dtypes are checked before anything is assigned: if
   * one does not fit, an error is thrown and the module is as it was.
   *
   * @param dict Tensors by dotted names
   * @param options `strict: false` allows missing and unexpected names
   * @returns The names that were missing, and those that were not expected
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const a = new nn.Linear(3, 2), b = new nn.Linear(3, 2);
   * b.loadStateDict(a.stateDict());
   * assertEquals(b.weight.toArray(), a.weight.toArray());
   * ```
   */
  loadStateDict(dict: Readonly<StateDict>, options: LoadOptions = {}): LoadResult {
    const { strict = true } = options;
    checkBoolean("The option strict of loadStateDict", strict);
    return loadCells(this.#find(isCell), dict, strict);
  }

  /**
   * Sets `training` on this module and all below it.
   *
   * @param training Whether they are being trained
   * @returns The module
   */
  train(training = true): this {
    checkBoolean("The argument of train", training);
    for (const module of this.modules()) module.training = training;
    return this;
  }

  /**
   * Clears `training` on this module and all below it.
   *
   * @returns The module
   *
   * @example
   * ```ts
   * import { nn, ones } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const model = new nn.Sequential(new nn.Dropout(0.5)).eval();
   * assertEquals(model.forward(ones([3])).toArray(), [1, 1, 1]);
   * ```
   */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * What the text of the module says beside its class: the arguments it was made with.
   *
   * @returns The text between the parentheses
   */
  describe(): string {
    return "";
  }

  /**
   * The module as a tree.
   *
   * @returns A line for each module
   *
   * @example
   * ```ts
   * import { nn } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const text = new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU()).toString();
   * assertEquals(text, "Sequential(\n  (layers.0): Linear(3, 2)\n  (layers.1): ReLU()\n)");
   * ```
   */
  toString(): string {
    return show(this, "", new Set());
  }

  #find<T extends Part>(wanted: (part: Part) => part is T): Map<string, T> {
    const found = new Map<string, T>();
    walk(this, isPart, (name, part) => {
      if (!(part instanceof Module)) {
        part.label = `${part instanceof Parameter ? "parameter" : "buffer"} ${name}`;
      }
      if (wanted(part)) found.set(name, part);
      return part instanceof Module;
    });
    return found;
  }
}

type Part = Module | Parameter | Buffer;

function isPart(value: object): value is Part {
  return value instanceof Module || value instanceof Parameter || value instanceof Buffer;
}

function isCell(part: Part): part is Parameter | Buffer {
  return !(part instanceof Module);
}

/** The tree of a module; one that is its own ancestor is only named. */
function show(module: Module, indent: string, above: Set<Module>): string {
  const name = module.constructor.name, lines: string[] = [];
  if (above.has(module)) return `${name}(...)`;
  above.add(module);
  walk(module, isPart, (path, part) => {
    if (part instanceof Module) lines.push(`${indent}  (${path}): ${show(part, indent + "  ", above)}\n`);
    return false;
  });
  above.delete(module);
  return lines.length === 0 ? `${name}(${module.describe()})` : `${name}(\n${lines.join("")}${indent})`;
}
