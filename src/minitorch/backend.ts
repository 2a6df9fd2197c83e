/**
 * The course's backends: all of its operations, made of the four that a backend brings.
 *
 * @module
 */
import { checkOptions } from "../arguments.ts";
import { checkDevice } from "../backend/devices.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { describe, type Device, showShape } from "../shape.ts";
import * as operators from "./numbers.ts";
import type { Tensor } from "./tensor.ts";

/** A function of each element. Given `out`, it broadcasts into that and returns it. */
export type TensorMap = (a: Tensor, out?: Tensor) => Tensor;

/** A function of the elements of two tensors, which broadcast. */
export type TensorZip = (a: Tensor, b: Tensor) => Tensor;

/** A fold along one axis, which keeps length 1. */
export type TensorReduce = (a: Tensor, dim: number) => Tensor;

/** What a backend brings. */
export interface TensorOps {
  /** Makes of a function of a number a function of tensors. */
  map(fn: (x: number) => number): TensorMap;
  /** Makes of a function of two numbers a function of two tensors. */
  zip(fn: (x: number, y: number) => number): TensorZip;
  /** Makes of a function of two numbers a fold that begins with `start`. */
  reduce(fn: (x: number, y: number) => number, start: number): TensorReduce;
  /**
   * Multiplies matrices, in batches: three axes or more, of which the first are equal or 1. Without it, products are
   * zipped and summed.
   */
  matrixMultiply?(a: Tensor, b: Tensor): Tensor;
}

/** What can be said about a backend. */
export interface TensorBackendOptions {
  /** What it is called in reports (default: `own`). */
  name?: string;
  /** Whether it runs on CUDA: its tensors then live on the first GPU. */
  cuda?: boolean;
}

/**
 * The operations of a backend. The library brings `SimpleOps`, `FastOps` and `CudaOps`; any other four functions do as
 * well, and then the course's tensors and their gradients run on them.
 *
 * @example
 * ```ts
 * import { SimpleOps, tensor, TensorBackend } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * let maps = 0;
 * const counting = new TensorBackend({
 *   ...SimpleOps,
 *   map: (fn) => {
 *     const map = SimpleOps.map(fn);
 *     return (a, out) => (maps++, map(a, out));
 *   },
 * });
 * assertEquals(tensor([1, 2], { backend: counting }).neg().exp().shape, [2]);
 * assertEquals(maps, 2);
 * ```
 */
export class TensorBackend {
  /** What it is called in reports. */
  readonly name: string;
  /** Whether it runs on CUDA. */
  readonly cuda: boolean;
  /** Where its tensors live. */
  readonly device: Device;
  /** `-x`. */
  readonly negMap: TensorMap;
  /** The logistic function. */
  readonly sigmoidMap: TensorMap;
  /** The larger of `x` and 0. */
  readonly reluMap: TensorMap;
  /** The logarithm, with the course's `EPS`. */
  readonly logMap: TensorMap;
  /** The exponential. */
  readonly expMap: TensorMap;
  /** A copy in row-major order. */
  readonly idMap: TensorMap;
  /** `1 / x`. */
  readonly invMap: TensorMap;
  /** `x + y`. */
  readonly addZip: TensorZip;
  /** `x * y`. */
  readonly mulZip: TensorZip;
  /** Whether `x < y`. */
  readonly ltZip: TensorZip;
  /** Whether `x` and `y` are equal. */
  readonly eqZip: TensorZip;
  /** Whether `x` and `y` differ by less than 0.01. */
  readonly isCloseZip: TensorZip;
  /** The gradient of `reluMap`. */
  readonly reluBackZip: TensorZip;
  /** The gradient of `logMap`. */
  readonly logBackZip: TensorZip;
  /** The gradient of `invMap`. */
  readonly invBackZip: TensorZip;
  /** The sum along an axis. */
  readonly addReduce: TensorReduce;
  /** The product along an axis. */
  readonly mulReduce: TensorReduce;
  /** The largest along an axis. */
  readonly maxReduce: TensorReduce;
  readonly #multiply: TensorZip;

  /**
   * Makes a backend.
   *
   * @param ops The four operations
   * @param options `name`, `cuda`
   * @throws {ArgumentError} If one of the operations is not a function
   * @throws {DeviceError} If it is to run on CUDA, and there is no GPU that can be used
   */
  constructor(ops: TensorOps, options: TensorBackendOptions = {}) {
    checkOps(ops);
    checkOptions("TensorBackend", options, ["name", "cuda"]);
    this.name = options.name ?? "own";
    this.cuda = options.cuda ?? false;
    this.device = checkDevice(this.cuda ? "cuda" : "cpu");
    this.negMap = ops.map(operators.neg);
    this.sigmoidMap = ops.map(operators.sigmoid);
    this.reluMap = ops.map(operators.relu);
    this.logMap = ops.map(operators.log);
    this.expMap = ops.map(operators.exp);
    this.idMap = ops.map(operators.id);
    this.invMap = ops.map(operators.inv);
    this.addZip = ops.zip(operators.add);
    this.mulZip = ops.zip(operators.mul);
    this.ltZip = ops.zip(operators.lt);
    this.eqZip = ops.zip(operators.eq);
    this.isCloseZip = ops.zip(operators.isClose);
    this.reluBackZip = ops.zip(operators.reluBack);
    this.logBackZip = ops.zip(operators.logBack);
    this.invBackZip = ops.zip(operators.invBack);
    this.addReduce = ops.reduce(operators.add, 0);
    this.mulReduce = ops.reduce(operators.mul, 1);
    this.maxReduce = ops.reduce(operators.max, -Infinity);
    this.#multiply = ops.matrixMultiply?.bind(ops) ?? multiplyAndSum;
  }

  /**
   * The product of matrices or batches of them.
   *
   * @param a Two axes or more
   * @param b Two axes or more
   * @returns Two axes if both had two
   * @throws {ShapeError} If the inner lengths differ
   */
  matrixMultiply(a: Tensor, b: Tensor): Tensor {
    const plain = a.dims === 2 && b.dims === 2;
    if (a.dims < 2 || b.dims < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
      throw new ShapeError(
        `Cannot multiply matrices of shapes ${showShape(a.shape)} and ${showShape(b.shape)}`,
      );
    }
    const product = this.#multiply(asBatch(a), asBatch(b));
    return plain ? product.view(...product.shape.slice(1)) : product;
  }
}

function checkOps(ops: TensorOps): void {
  for (const name of ["map", "zip", "reduce"] as const) {
    if (typeof ops[name] === "function") continue;
    throw new ArgumentError(`Cannot make a backend: want a function ${name}, was ${describe(ops[name])}`);
  }
}

/** A matrix as a batch of one. */
function asBatch(a: Tensor): Tensor {
  return a.dims === 2 ? a.lift() : a;
}

/** The product of matrices as the tasks before it have it: all products of elements, then their sums. */
function multiplyAndSum(a: Tensor, b: Tensor): Tensor {
  const left = a.contiguous().view(...a.shape, 1);
  const right = b.contiguous().view(...b.shape.slice(0, -2), 1, ...b.shape.slice(-2));
  const sums = left.mul(right).sum(a.dims - 1);
  return sums.view(...sums.shape.slice(0, -2), b.shape.at(-1)!);
}
