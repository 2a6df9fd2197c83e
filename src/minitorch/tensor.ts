/**
 * The course's tensors.
 *
 * @module
 */
import { ArgumentError, GradientError, ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../shape.ts";
import type { Tensor as EngineTensor } from "../tensor.ts";
import type { TensorBackend } from "./backend.ts";
import { HeldTensor } from "./held.ts";
import { checkOrder, shapeBroadcast, stridesFromShape } from "./indexing.ts";
import { TensorData } from "./tensor_data.ts";
import { tensorFunctions as functions } from "./tensor_functions.ts";

/** A tensor, or a number that becomes a constant of shape `[1]`. */
export type TensorLike = Tensor | number;

/**
 * A float64 tensor of the course: data with strides, whose operations are those of a backend. It is a tensor of the
 * engine, data, or both; each is made of the other when somebody asks for it, and gradients are the engine's.
 *
 * Where the course differs from the library: folds keep the axis (`sum(0)` of `[3, 2]` is `[1, 2]`), without an axis
 * they give shape `[1]`; `log` adds `EPS`; comparisons give 1 and 0, and zero gradients; `isContiguous` and with it
 * `view` looks at strides alone.
 *
 * @example
 * ```ts
 * import { tensor } from "@tensaur/tensaur/minitorch";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[2, 3], [4, 6], [5, 7]], { requiresGrad: true });
 * assertEquals(x.sum(0).toNumpy(), [[11, 16]]);
 * x.mul(x).sum().backward();
 * assertEquals(x.grad?.toNumpy(), [[4, 6], [8, 12], [10, 14]]);
 * ```
 */
export class Tensor extends HeldTensor {
  /** The gradient that backward has added up, for a leaf. */
  get grad(): Tensor | null {
    const grad = this.requiresGrad() ? this.value.grad : null;
    return grad === null ? null : this.make(grad);
  }

  /**
   * A tensor of the engine, or data, as a tensor of this one's backend.
   *
   * @param source What it is made of
   * @returns The tensor
   */
  make(source: TensorData | EngineTensor): Tensor {
    return new Tensor(source, this.backend);
  }

  /**
   * Zeros on this one's backend, to which a map, zip or reduce may write.
   *
   * @param shape Their shape (default: this one's)
   * @returns The zeros
   */
  zeros(shape: readonly number[] = this.shape): Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return this.make(new TensorData(new Float64Array(size), shape));
  }

  /**
   * A number on this one's backend.
   *
   * @param value The number, or a tensor, which stays what it is
   * @returns A tensor of shape `[1]`
   */
  constant(value: TensorLike): Tensor {
    return value instanceof Tensor ? value : this.make(new TensorData([value], [1]));
  }

  /** @internal The same data as another tensor of the engine, which knows where it comes from. */
  withValue(value: EngineTensor): Tensor {
    return new Tensor(value, this.backend, this.strides, this.stored);
  }

  /**
   * The same elements on another backend, through which gradients flow.
   *
   * @param backend The backend
   * @returns The tensor there
   */
  to(backend: TensorBackend): Tensor {
    return new Tensor(this.value, backend, this.strides, this.stored);
  }

  /**
   * The same elements without their history.
   *
   * @returns A constant
   */
  detach(): Tensor {
    return this.withValue(this.value.detach());
  }

  /**
   * Adds gradients to the `grad` of every leaf that it was computed from.
   *
   * @param gradient The gradient of this tensor (default: 1, for shape `[1]`)
   * @throws {GradientError} If none is given and the shape is another one, or nothing tracks gradients
   */
  backward(gradient?: Tensor): void {
    if (gradient === undefined && !sameShape(this.shape, [1])) {
      throw new GradientError(`Cannot call backward on shape ${showShape(this.shape)} without a gradient`);
    }
    this.value.backward(gradient?.to(this.backend).value);
  }

  /**
   * Brings a gradient to this tensor's shape: it is broadcast where it is smaller, and summed where this one was
   * broadcast.
   *
   * @param gradient The gradient
   * @returns A tensor of this shape
   */
  expand(gradient: Tensor): Tensor {
    if (sameShape(this.shape, gradient.shape)) return gradient;
    const shape = shapeBroadcast(this.shape, gradient.shape), skip = shape.length - this.dims;
    let result = sameShape(shape, gradient.shape)
      ? gradient
      : this.backend.idMap(gradient, this.zeros(shape));
    shape.forEach((length, dim) => {
      if (length !== 1 && (this.shape[dim - skip] ?? 1) === 1) result = this.backend.addReduce(result, dim);
    });
    return result.contiguous().view(...this.shape);
  }

  /** `this + other`. */
  add(other: TensorLike): Tensor {
    return functions.Add.apply(this, this.constant(other));
  }

  /** `this - other`. */
  sub(other: TensorLike): Tensor {
    return functions.Add.apply(this, typeof other === "number" ? this.constant(-other) : other.neg());
  }

  /** `this * other`. */
  mul(other: TensorLike): Tensor {
    return functions.Mul.apply(this, this.constant(other));
  }

  /** `this / other`. */
  div(other: TensorLike): Tensor {
    return functions.Mul.apply(this, functions.Inv.apply(this.constant(other)));
  }

  /** The product of matrices, in batches if there are more than two axes. */
  matmul(other: Tensor): Tensor {
    return functions.MatMul.apply(this, other);
  }

  /** 1 where this is less than the other, otherwise 0. */
  lt(other: TensorLike): Tensor {
    return functions.LT.apply(this, this.constant(other));
  }

  /** 1 where this is greater than the other, otherwise 0. */
  gt(other: TensorLike): Tensor {
    return functions.LT.apply(this.constant(other), this);
  }

  /** 1 where the two are exactly equal, otherwise 0. */
  eq(other: TensorLike): Tensor {
    return functions.EQ.apply(this, this.constant(other));
  }

  /** 1 where the two differ by less than 0.01, otherwise 0; without gradients. */
  isClose(other: Tensor): Tensor {
    return this.backend.isCloseZip(this.detach(), other.detach());
  }

  /** `-this`. */
  neg(): Tensor {
    return functions.Neg.apply(this);
  }

  /** The logistic function. */
  sigmoid(): Tensor {
    return functions.Sigmoid.apply(this);
  }

  /** The elements that are above 0, otherwise 0. */
  relu(): Tensor {
    return functions.ReLU.apply(this);
  }

  /** The natural logarithm of the elements and `EPS`. */
  log(): Tensor {
    return functions.Log.apply(this);
  }

  /** The exponential. */
  exp(): Tensor {
    return functions.Exp.apply(this);
  }

  /**
   * The product of all elements, or along an axis, as the course tests that all are 1; without gradients.
   *
   * @param dim The axis, which keeps length 1 (default: all, to shape `[1]`)
   * @returns 1 where all are
   */
  all(dim?: number): Tensor {
    const known = this.detach();
    return dim === undefined
      ? this.backend.mulReduce(known.contiguous().view(this.size), 0)
      : this.backend.mulReduce(known, this.#checkDim(dim));
  }

  /**
   * The sum of all elements, or along an axis.
   *
   * @param dim The axis, which keeps length 1 (default: all, to shape `[1]`)
   * @returns The sum
   */
  sum(dim?: number): Tensor {
    return dim === undefined
      ? functions.Sum(0).apply(this.contiguous().view(this.size))
      : functions.Sum(this.#checkDim(dim)).apply(this);
  }

  /**
   * The largest elements along an axis. Where several are equal, each gets the whole gradient, as in the course.
   *
   * @param dim The axis, which keeps length 1
   * @returns The maxima
   */
  max(dim: number): Tensor {
    return functions.Max(this.#checkDim(dim)).apply(this);
  }

  /**
   * The mean of all elements, or along an axis.
   *
   * @param dim The axis, which keeps length 1 (default: all, to shape `[1]`)
   * @returns The mean
   */
  mean(dim?: number): Tensor {
    return this.sum(dim).div(dim === undefined ? this.size : this.shape[dim]!);
  }

  /**
   * The axes in another order, on the same storage.
   *
   * @param order The axes
   * @returns The tensor with other strides
   * @throws {IndexingError} If the order does not name each axis once
   */
  permute(...order: number[]): Tensor {
    checkOrder(order, this.dims);
    return this.#seenAs(
      (data) => data.permute(...order),
      (value) => value.permute(order),
      order.map((axis) => this.strides[axis]!),
    );
  }

  /**
   * Another shape on the same storage. Its gradient is reshaped by what it means, whatever its strides are; the
   * course's reads storage, and so mixes up gradients that were permuted.
   *
   * @param shape The shape
   * @returns The tensor
   * @throws {ShapeError} If the tensor is not contiguous, or the shape has another size
   */
  view(...shape: number[]): Tensor {
    if (!this.isContiguous() || shape.reduce((product, length) => product * length, 1) !== this.size) {
      throw new ShapeError(
        `Cannot view shape ${showShape(this.shape)} with strides ${showShape(this.strides)} as ${
          showShape(shape)
        }: want as many elements, and strides that do not increase`,
      );
    }
    return this.#seenAs(
      (data) => new TensorData(data.storage, shape),
      (value) => value.reshape(shape),
      stridesFromShape(shape),
    );
  }

  /** @internal A new first axis of length 1. */
  lift(): Tensor {
    const shape = [1, ...this.shape], strides = [this.size, ...this.strides];
    return this.#seenAs(
      (data) => new TensorData(data.storage, shape, strides),
      (value) => value.reshape(shape),
      strides,
    );
  }

  /** A copy in row-major order. */
  contiguous(): Tensor {
    return functions.Copy.apply(this);
  }

  /** A view of what there is: of data that is there, and of the value where gradients need it. */
  #seenAs(
    ofData: (data: TensorData) => TensorData,
    ofValue: (value: EngineTensor) => EngineTensor,
    strides: readonly number[],
  ): Tensor {
    const data = this.stored === null ? null : ofData(this.stored);
    const source = data !== null && !this.requiresGrad() ? data : ofValue(this.value);
    return new Tensor(source, this.backend, strides, data);
  }

  #checkDim(dim: number): number {
    if (Number.isInteger(dim) && dim >= 0 && dim < this.dims) return dim;
    throw new ArgumentError(`Cannot fold axis ${dim} of shape ${showShape(this.shape)}`);
  }
}
