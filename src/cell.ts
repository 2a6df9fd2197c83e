/**
 * Tensors that can be assigned: parameters and buffers. All others are values and never change.
 *
 * @module
 */
import { DeviceError, DTypeError, ShapeError } from "./errors.ts";
import { Cell } from "./graph/cell.ts";
import { evaluateNodes, stepEvaluate } from "./graph/evaluate.ts";
import { DEPENDS, GRADIENT, type Node, RECORDS } from "./graph/node.ts";
import { record, recording } from "./graph/pending.ts";
import { giveUp, recover } from "./graph/recover.ts";
import { noteAssignment } from "./graph/sinks.ts";
import { tape } from "./graph/tape.ts";
import { LEAF, makeOp, VERSION } from "./ops/op.ts";
import { showShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

export { stepEvaluate } from "./graph/evaluate.ts";

const FIRST_VERSION = makeOp({ name: "clone", kind: "copy" });

/** A tensor that can be given new values: what `Parameter` and `Buffer` have in common. */
export abstract class Variable extends Tensor {
  /** The name in error messages; modules set it. */
  label: string;
  readonly #cell: Cell;

  /** @internal */
  protected constructor(initial: Tensor, records: boolean, kind: string) {
    super(LEAF, null, initial.layout, []);
    const first = record(FIRST_VERSION, [initial], initial.layout);
    evaluateNodes([first]);
    first.inputs = null;
    first.set(records ? RECORDS | DEPENDS : DEPENDS);
    this.label = `${kind} of shape ${showShape(initial.shape)}`;
    this.#cell = new Cell(this, first, records, () => this.label);
    first.cell = this.#cell;
    this.version = first;
  }

  /**
   * Gives it a new value. Tensors computed from it before keep the value that they saw. The new value is
   * computed together with the next `optimizer.step()`, or when it is read.
   *
   * @example
   * ```ts
   * import { Parameter, tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const p = new Parameter(tensor([1, 2]));
   * const before = p.mul(10);
   * p.assign(tensor([3, 4]));
   * assertEquals(p.toArray(), [3, 4]);
   * assertEquals(before.toArray(), [10, 20]);
   * ```
   *
   * @param value A tensor of the same shape, dtype and device
   * @throws {ShapeError} If the shapes differ
   * @throws {DTypeError} If the dtypes differ
   * @throws {DeviceError} If the devices differ
   */
  assign(value: Tensor): void {
    this.#check(value);
    this.#become(record(VERSION, [value], this.layout));
  }

  /** @internal The same for a value that nobody else means to keep: where it can be, it is the new version itself. */
  take(value: Tensor): void {
    this.#check(value);
    this.#become(isOwnable(value) ? value : record(VERSION, [value], this.layout));
  }

  #become(version: Node): void {
    version.cell = this.#cell;
    version.set(this.#cell.records ? RECORDS | DEPENDS : DEPENDS);
    this.version = version;
    if (recording.eager) {
      version.inputs = null;
      this.#cell.publish(version);
    } else noteAssignment(version);
  }

  /**
   * A snapshot of its value, through which no gradient flows: later assignments do not change it.
   *
   * @example
   * ```ts
   * import { Parameter, tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const p = new Parameter(tensor([1, 2]));
   * const before = p.detach();
   * p.assign(tensor([3, 4]));
   * assertEquals(before.toArray(), [1, 2]);
   * ```
   *
   * @returns A tensor that requires no gradient
   */
  override detach(): Tensor {
    const snapshot = super.detach();
    // Bound at once, it needs no version that may be gone when somebody reads it.
    if (this.version.value !== null) evaluateNodes([snapshot]);
    return snapshot;
  }

  /** @internal Undoes the assignments since a version, which was not superseded by a published one. */
  goBackTo(version: Node): void {
    if (this.version === version) return;
    giveUp(this.version);
    this.#cell.goBackTo(version);
  }

  #check(value: Tensor): void {
    const own = this.layout;
    if (!(value instanceof Tensor)) {
      throw new DTypeError(
        `Cannot assign to the ${this.label}: want a tensor, was given ${Deno.inspect(value)}`,
      );
    }
    const given = value.layout;
    if (given.shape !== own.shape) {
      throw new ShapeError(
        `Cannot assign a tensor of shape ${showShape(given.shape)} to the ${this.label}: want ${
          showShape(own.shape)
        }`,
      );
    }
    if (given.dtype !== own.dtype) {
      throw new DTypeError(
        `Cannot assign a tensor of dtype ${given.dtype} to the ${this.label}: want ${own.dtype}`,
      );
    }
    if (given.device !== own.device) {
      throw new DeviceError(
        `Cannot assign a tensor on ${given.device} to the ${this.label} on ${own.device}`,
      );
    }
  }
}

/**
 * A tensor that is trained: gradients flow to its `grad`, and optimizers assign to it.
 *
 * @example
 * ```ts
 * import { Parameter, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const p = new Parameter(tensor([1, 2, 3]));
 * p.square().sum().backward();
 * assertEquals(p.grad?.toArray(), [2, 4, 6]);
 * ```
 */
export class Parameter extends Variable {
  /**
   * Makes a parameter whose first value is a copy of a tensor's elements.
   *
   * @param initial A float tensor
   * @throws {DTypeError} If the tensor is not of a float dtype
   */
  constructor(initial: Tensor) {
    if (!(initial instanceof Tensor) || !initial.dtype.startsWith("float")) {
      const given = initial instanceof Tensor ? `dtype ${initial.dtype}` : Deno.inspect(initial);
      throw new DTypeError(`Cannot make a parameter: want a float tensor, was given ${given}`);
    }
    super(initial, true, "parameter");
  }
}

/**
 * A tensor that is part of a model's state but not trained, such as a running mean.
 *
 * @example
 * ```ts
 * import { Buffer, zeros } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const steps = new Buffer(zeros([]));
 * steps.assign(steps.add(1));
 * assertEquals(steps.item(), 1);
 * ```
 */
export class Buffer extends Variable {
  /**
   * Makes a buffer whose first value is a copy of a tensor's elements.
   *
   * @param initial A tensor of any dtype
   */
  constructor(initial: Tensor) {
    super(initial, false, "buffer");
  }
}

/** Whether a tensor was just recorded as a result of its own, which no plan computes as part of something else. */
function isOwnable(value: Tensor): boolean {
  return value.op.kind === "map" && value.batch === tape.batch && value.cell === null &&
    !value.is(GRADIENT | RECORDS) && !recording.eager;
}

/** Gives several cells values that are theirs from then on, and computes them; if that fails, all are as they were. */
export function assignTogether(cells: readonly Variable[], values: readonly Tensor[]): void {
  const before = cells.map((cell) => cell.version);
  try {
    for (let i = 0; i < cells.length; i++) cells[i]!.take(values[i]!);
    stepEvaluate();
  } catch (error) {
    for (let i = 0; i < cells.length; i++) cells[i]!.goBackTo(before[i]!);
    recover([]);
    throw error;
  }
}
