/**
 * The course's modules and parameters.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import { describe } from "../shape.ts";

/** A value that knows how to become one that gradients flow into, as scalars and tensors do. */
interface Trainable {
  requiresGrad_(flag: boolean): unknown;
  name?: string | undefined;
}

function isTrainable(value: unknown): value is Trainable {
  return typeof value === "object" && value !== null && "requiresGrad_" in value;
}

/**
 * A cell of a module that training changes. It holds anything; what has a `requiresGrad_` is told to track gradients
 * and takes on the parameter's name.
 *
 * @example
 * ```ts
 * import { Parameter, Scalar } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = new Parameter(new Scalar(1), "weight");
 * weight.update(new Scalar(2));
 * assertEquals([weight.value.data, weight.value.name], [2, "weight"]);
 * ```
 */
export class Parameter<T = unknown> {
  /** Its name, if it has one. */
  readonly name: string | undefined;
  #value!: T;

  /**
   * Makes a parameter.
   *
   * @param value The first value
   * @param name Its name, which its values take on
   */
  constructor(value: T, name?: string) {
    this.name = name;
    this.update(value);
  }

  /** What it holds. */
  get value(): T {
    return this.#value;
  }

  /**
   * Takes a new value.
   *
   * @param value The value
   */
  update(value: T): void {
    this.#value = value;
    if (!isTrainable(value)) return;
    value.requiresGrad_(true);
    if (this.name !== undefined) value.name = this.name;
  }

  /**
   * The value as text.
   *
   * @returns What the value prints as
   */
  toString(): string {
    return String(this.#value);
  }
}

/**
 * A part of a model. Parameters and modules in its fields belong to it, in the order of the fields, as soon as they
 * are assigned; everything else is plain. A field that is missing reads as `undefined`.
 *
 * @example
 * ```ts
 * import { Module, Parameter } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * class Inner extends Module {
 *   p = new Parameter(1);
 * }
 * class Outer extends Module {
 *   a = new Inner();
 *   p = new Parameter(2);
 * }
 * assertEquals(new Outer().namedParameters().map(([name, { value }]) => [name, value]), [["p", 2], ["a.p", 1]]);
 * ```
 */
export class Module {
  /** Whether it is being trained, which it is at first. */
  training = true;

  /**
   * The modules that are its fields.
   *
   * @returns Those of this one, not those of its modules
   */
  modules(): Module[] {
    return this.#children().map(([, child]) => child);
  }

  /**
   * All parameters with their dotted names: first its own, then those of each module.
   *
   * @returns Pairs of a name and a parameter
   */
  namedParameters(): [name: string, parameter: Parameter][] {
    const own = Object.entries(this).filter((field): field is [string, Parameter] =>
      field[1] instanceof Parameter
    );
    const others = this.#children().flatMap(([prefix, child]) =>
      child.namedParameters().map((
        [name, parameter],
      ): [string, Parameter] => [`${prefix}.${name}`, parameter])
    );
    return [...own, ...others];
  }

  /**
   * All parameters, its own first.
   *
   * @returns The parameters in the order of `namedParameters`
   */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Sets `training` here and in all modules below. */
  train(): void {
    this.#setTraining(true);
  }

  /** Ends `training` here and in all modules below. */
  eval(): void {
    this.#setTraining(false);
  }

  /**
   * Makes a parameter and stores it in a field.
   *
   * @param name The field, which names the parameter too
   * @param value What the parameter holds
   * @returns The parameter
   * @throws {ArgumentError} If a member of that name exists
   */
  addParameter<T>(name: string, value: T): Parameter<T> {
    const held: unknown = Reflect.get(this, name);
    if (held !== undefined && !(held instanceof Parameter)) {
      throw new ArgumentError(
        `Cannot add the parameter ${describe(name)}: the module has a member of that name`,
      );
    }
    const parameter = new Parameter(value, name);
    Object.defineProperty(this, name, {
      value: parameter,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    return parameter;
  }

  /**
   * Computes the module's result.
   *
   * @param _inputs What the module takes
   * @throws {ArgumentError} If the module has not defined it
   */
  forward(..._inputs: never[]): unknown {
    throw new ArgumentError(`${this.constructor.name} has no forward`);
  }

  /**
   * The same as `forward`: what calling the module is in Python.
   *
   * @param inputs What `forward` takes
   * @returns What `forward` returns
   */
  call(...inputs: Parameters<this["forward"]>): ReturnType<this["forward"]> {
    return this.forward(...inputs) as ReturnType<this["forward"]>;
  }

  /**
   * The module and those below as an indented tree.
   *
   * @returns Lines like `Outer(`, `  (a): Inner()`, `)`
   */
  toString(): string {
    const lines = this.#children().map(([name, child]) =>
      `  (${name}): ${child.toString().replaceAll("\n", "\n  ")}\n`
    );
    return `${this.constructor.name}(${lines.length > 0 ? `\n${lines.join("")}` : ""})`;
  }

  #children(): [name: string, child: Module][] {
    return Object.entries(this).filter((field): field is [string, Module] => field[1] instanceof Module);
  }

  #setTraining(training: boolean): void {
    this.training = training;
    for (const child of this.modules()) child.#setTraining(training);
  }
}
