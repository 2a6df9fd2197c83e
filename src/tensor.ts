/**
 * Tensors: arrays of numbers whose elements are computed when they are needed.
 *
 * @module
 */
import { backward, type BackwardOptions } from "./autograd.ts";
import { expose, typed } from "./backend/storage.ts";
import { copyStrided } from "./backend/strided.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { formatTensor, nest, type NestedArray } from "./format.ts";
import { isContiguous } from "./graph/access.ts";
import { readValue } from "./graph/evaluate.ts";
import { freeNode } from "./graph/free.ts";
import { DISPOSED, Node } from "./graph/node.ts";
import { hooks } from "./graph/pending.ts";
import { type BinaryName, ELEMENTWISE as ops, type UnaryName } from "./ops/elementwise.ts";
import type { Combine, Op } from "./ops/op.ts";
import { at, type Index } from "./record/at.ts";
import { clamp, logSoftmax, mean, norm, type NormOptions, softmax } from "./record/composite.ts";
import { clone, contiguous, detach, to } from "./record/convert.ts";
import { binary, ternary, unary, where } from "./record/elementwise.ts";
import { gather, scatterAdd } from "./record/gather.ts";
import { matmul } from "./record/matmul.ts";
import { checkTensor, type Operand } from "./record/operand.ts";
import { type Axes, reduce, type ReduceOptions } from "./record/reduce.ts";
import * as view from "./record/view.ts";
import { type Device, type Layout, type Shape, showShape } from "./shape.ts";

/** @internal The methods that the rows of ops ask for: a row without its method does not compile. */
export type Methods =
  & Record<UnaryName, () => Tensor>
  & Record<BinaryName, (other: Operand) => Tensor>
  & Record<Combine, (axes?: number, options?: ReduceOptions) => Tensor>;

/**
 * An array of numbers of one dtype. Operations return new tensors and compute nothing until a value is read.
 * A tensor never changes; see `Parameter` for tensors that can be assigned.
 *
 * Wherever a method takes another tensor, their shapes broadcast: aligned at the end, lengths must be equal or 1.
 * Two dtypes become the wider one of `bool`, `uint8`, `int32`, `float32`, `float64`; a number becomes the tensor's
 * own dtype, but a fraction beside integers makes the result `float32`.
 *
 * @example
 * ```ts
 * import { tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(x.mul(10).add(x).sum(0).toArray(), [44, 66]);
 * ```
 */
export class Tensor extends Node implements Methods {
  /** The gradient that `backward` has added up, for a leaf that requires one. */
  declare grad: Tensor | null;

  /** @internal Written out: the constructor that a class has by default makes an array of what it is given. */
  constructor(op: Op, inputs: readonly Node[] | null, layout: Layout, params: readonly number[]) {
    super(op, inputs, layout, params);
  }

  /**
   * The lengths of the axes.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3]).shape, [2, 3]);
   * ```
   */
  get shape(): Shape {
    return this.layout.shownShape;
  }

  /**
   * The element type.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).dtype, "float32");
   * ```
   */
  get dtype(): DType {
    return this.layout.dtype;
  }

  /**
   * Where the elements live.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1], { device: "reference" }).device, "reference");
   * ```
   */
  get device(): Device {
    return this.layout.device;
  }

  /**
   * The number of elements.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3]).size, 6);
   * ```
   */
  get size(): number {
    return this.layout.size;
  }

  /**
   * The number of axes.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3]).rank, 2);
   * ```
   */
  get rank(): number {
    return this.layout.shape.length;
  }

  /**
   * Whether gradients flow to it: it was made with `requiresGrad`, or computed from such a tensor.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([1, 2], { requiresGrad: true });
   * assertEquals(x.exp().requiresGrad, true);
   * assertEquals(x.detach().requiresGrad, false);
   * ```
   */
  get requiresGrad(): boolean {
    return this.version.records;
  }

  /**
   * The elements in row-major order, as the typed array of the dtype (`Uint8Array` for bools). It is a snapshot:
   * nothing that happens later changes it. Do not write to it: it may be the tensor's own memory.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).mT().data, new Float32Array([1, 3, 2, 4]));
   * ```
   */
  get data(): TypedArray {
    return elementsOf(this, true);
  }

  /**
   * The elements as nested arrays, of booleans for bools; without axes just the element.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).toArray(), [[1, 2], [3, 4]]);
   * assertEquals(tensor([1, -1]).gt(0).toArray(), [true, false]);
   * ```
   */
  toArray(): NestedArray {
    return nest(elementsOf(this, false), this.layout);
  }

  /**
   * The element of a tensor that has just one. A bool gives 0 or 1.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2, 3]).sum().item(), 6);
   * ```
   *
   * @throws {ShapeError} If there is not exactly one element
   */
  item(): number {
    const { layout } = this;
    if (layout.size !== 1) {
      throw new ShapeError(
        `Cannot item of shape ${showShape(layout.shape)}: want one element, was ${layout.size}`,
      );
    }
    const { storage, offset } = readValue(this);
    return typed(storage, layout.dtype, offset, 1)[0]!;
  }

  /** The elements as text, as it is printed: rows aligned, four digits, long ones summarised. */
  override toString(): string {
    return formatTensor(elementsOf(this, false), this.layout, this.requiresGrad);
  }

  /** Frees the tensor's memory at the end of a `using` block; pending readers are computed first. */
  [Symbol.dispose](): void {
    if (!this.is(DISPOSED)) freeNode(this.version);
  }

  /**
   * Adds the gradients of this tensor to the `grad` of every leaf that requires one and that it was computed from.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([1, 2, 3], { requiresGrad: true });
   * x.square().sum().backward();
   * assertEquals(x.grad?.toArray(), [2, 4, 6]);
   * ```
   *
   * @param gradient The gradient of this tensor, of its shape; 1 if it has one element
   * @param options `retainGraph`: whether another backward may run through the same graph
   * @throws {GradientError} If no gradient flows to it, or its graph was freed by an earlier backward
   */
  backward(gradient?: Tensor, options: BackwardOptions = {}): void {
    if (gradient !== undefined) checkTensor("call backward", gradient);
    backward(this, gradient, options);
  }

  /**
   * The same elements, through which no gradient flows.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([2], { requiresGrad: true });
   * x.mul(x.detach()).sum().backward();
   * assertEquals(x.grad?.toArray(), [2]);
   * ```
   */
  detach(): Tensor {
    return detach(this);
  }

  /**
   * `-x`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, -2]).neg().toArray(), [-1, 2]);
   * ```
   */
  neg(): Tensor {
    return unary(ops.neg, this);
  }

  /**
   * The absolute value.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, -2]).abs().toArray(), [1, 2]);
   * ```
   */
  abs(): Tensor {
    return unary(ops.abs, this);
  }

  /**
   * `e` to the power of each element. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, -Infinity]).exp().toArray(), [1, 0]);
   * ```
   */
  exp(): Tensor {
    return unary(ops.exp, this);
  }

  /**
   * `exp(x) - 1`, also precise where it is nearly 0. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, -Infinity]).expm1().toArray(), [0, -1]);
   * ```
   */
  expm1(): Tensor {
    return unary(ops.expm1, this);
  }

  /**
   * The natural logarithm. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 0]).log().toArray(), [0, -Infinity]);
   * ```
   */
  log(): Tensor {
    return unary(ops.log, this);
  }

  /**
   * `log(1 + x)`, also precise where it is nearly 0. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, -1]).log1p().toArray(), [0, -Infinity]);
   * ```
   */
  log1p(): Tensor {
    return unary(ops.log1p, this);
  }

  /**
   * The logarithm to base 2. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([8, 0.25]).log2().toArray(), [3, -2]);
   * ```
   */
  log2(): Tensor {
    return unary(ops.log2, this);
  }

  /**
   * The logarithm to base 10. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1000, 0]).log10().toArray(), [3, -Infinity]);
   * ```
   */
  log10(): Tensor {
    return unary(ops.log10, this);
  }

  /**
   * The square root. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([4, 9]).sqrt().toArray(), [2, 3]);
   * ```
   */
  sqrt(): Tensor {
    return unary(ops.sqrt, this);
  }

  /**
   * The cubic root, of negative numbers too. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([27, -8]).cbrt().toArray(), [3, -2]);
   * ```
   */
  cbrt(): Tensor {
    return unary(ops.cbrt, this);
  }

  /**
   * `x * x`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([2, -3]).square().toArray(), [4, 9]);
   * ```
   */
  square(): Tensor {
    return unary(ops.square, this);
  }

  /**
   * `1 / x`. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([2, 4]).reciprocal().toArray(), [0.5, 0.25]);
   * ```
   */
  reciprocal(): Tensor {
    return unary(ops.reciprocal, this);
  }

  /**
   * The hyperbolic tangent. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity]).tanh().toArray(), [0, 1]);
   * ```
   */
  tanh(): Tensor {
    return unary(ops.tanh, this);
  }

  /**
   * The error function, `2/√π` times the integral of `exp(-t²)` from 0 to x. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, -Infinity]).erf().toArray(), [0, -1]);
   * ```
   */
  erf(): Tensor {
    return unary(ops.erf, this);
  }

  /**
   * `1 / (1 + exp(-x))`. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity]).sigmoid().toArray(), [0.5, 1]);
   * ```
   */
  sigmoid(): Tensor {
    return unary(ops.sigmoid, this);
  }

  /**
   * `max(x, 0)`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([-1, 2]).relu().toArray(), [0, 2]);
   * ```
   */
  relu(): Tensor {
    return unary(ops.relu, this);
  }

  /**
   * The sine. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0]).sin().toArray(), [0]);
   * ```
   */
  sin(): Tensor {
    return unary(ops.sin, this);
  }

  /**
   * The cosine. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0]).cos().toArray(), [1]);
   * ```
   */
  cos(): Tensor {
    return unary(ops.cos, this);
  }

  /**
   * The tangent. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0]).tan().toArray(), [0]);
   * ```
   */
  tan(): Tensor {
    return unary(ops.tan, this);
  }

  /**
   * The angle between -π/2 and π/2 with this sine, in radians. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 2]).asin().toArray(), [0, NaN]);
   * ```
   */
  asin(): Tensor {
    return unary(ops.asin, this);
  }

  /**
   * The angle between 0 and π with this cosine, in radians. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).acos().toArray(), [0, NaN]);
   * ```
   */
  acos(): Tensor {
    return unary(ops.acos, this);
  }

  /**
   * The angle between -π/2 and π/2 with this tangent, in radians. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity], { dtype: "float64" }).atan().toArray(), [0, Math.PI / 2]);
   * ```
   */
  atan(): Tensor {
    return unary(ops.atan, this);
  }

  /**
   * The hyperbolic sine. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity]).sinh().toArray(), [0, Infinity]);
   * ```
   */
  sinh(): Tensor {
    return unary(ops.sinh, this);
  }

  /**
   * The hyperbolic cosine. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity]).cosh().toArray(), [1, Infinity]);
   * ```
   */
  cosh(): Tensor {
    return unary(ops.cosh, this);
  }

  /**
   * The inverse of the hyperbolic sine. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, Infinity]).asinh().toArray(), [0, Infinity]);
   * ```
   */
  asinh(): Tensor {
    return unary(ops.asinh, this);
  }

  /**
   * The inverse of the hyperbolic cosine, `>= 0`. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 0]).acosh().toArray(), [0, NaN]);
   * ```
   */
  acosh(): Tensor {
    return unary(ops.acosh, this);
  }

  /**
   * The inverse of the hyperbolic tangent. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 1]).atanh().toArray(), [0, Infinity]);
   * ```
   */
  atanh(): Tensor {
    return unary(ops.atanh, this);
  }

  /**
   * -1, 0 or 1, as the element is less than, equal to or greater than 0. No gradient flows through it.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([-2, 0, 3]).sign().toArray(), [-1, 0, 1]);
   * ```
   */
  sign(): Tensor {
    return unary(ops.sign, this);
  }

  /**
   * The greatest integer that is not greater. No gradient flows through it.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.5, -1.5]).floor().toArray(), [1, -2]);
   * ```
   */
  floor(): Tensor {
    return unary(ops.floor, this);
  }

  /**
   * The least integer that is not less. No gradient flows through it.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.5, -1.5]).ceil().toArray(), [2, -1]);
   * ```
   */
  ceil(): Tensor {
    return unary(ops.ceil, this);
  }

  /**
   * The whole part: rounds towards 0.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.7, -1.7]).trunc().toArray(), [1, -1]);
   * ```
   */
  trunc(): Tensor {
    return unary(ops.trunc, this);
  }

  /**
   * The nearest whole number; of two equally near ones the even one, as in PyTorch and NumPy.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.5, 2.5, -1.2]).round().toArray(), [2, 2, -1]);
   * ```
   */
  round(): Tensor {
    return unary(ops.round, this);
  }

  /**
   * The nearest whole number; of two equally near ones the larger one, as `Math.round` has it.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.5, 2.5, -2.5]).roundHalfUp().toArray(), [2, 3, -2]);
   * ```
   */
  roundHalfUp(): Tensor {
    return unary(ops.roundHalfUp, this);
  }

  /**
   * The nearest `float32`, in the same dtype.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.5, 0.1], { dtype: "float64" }).fround().toArray(), [1.5, Math.fround(0.1)]);
   * ```
   */
  fround(): Tensor {
    return unary(ops.fround, this);
  }

  /**
   * The nearest number of IEEE's 16 bits, in the same dtype. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([5.5, 5.05, 1e5]).f16round().toArray(), [5.5, 5.05078125, Infinity]);
   * ```
   */
  f16round(): Tensor {
    return unary(ops.f16round, this);
  }

  /**
   * How many zeros the number begins with as an unsigned integer of 32 bits; fractions are cut off, and multiples
   * of 2^32 do not count.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 0, -1]).clz32().toArray(), [31, 32, 0]);
   * ```
   */
  clz32(): Tensor {
    return unary(ops.clz32, this);
  }

  /**
   * Whether each element is 0, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 2]).logicalNot().toArray(), [true, false]);
   * ```
   */
  logicalNot(): Tensor {
    return unary(ops.logicalNot, this);
  }

  /**
   * `x + other`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).add(tensor([[10], [20]])).toArray(), [[11, 12], [21, 22]]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  add(other: Operand): Tensor {
    return binary(ops.add, this, other);
  }

  /**
   * `x - other`. For `1 - x` see the function `sub`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).sub(1).toArray(), [0, 1]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  sub(other: Operand): Tensor {
    return binary(ops.sub, this, other);
  }

  /**
   * `x * other`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).mul(tensor([3, 4])).toArray(), [3, 8]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  mul(other: Operand): Tensor {
    return binary(ops.mul, this, other);
  }

  /**
   * `x / other`. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).div(4).toArray(), [0.25, 0.5]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  div(other: Operand): Tensor {
    return binary(ops.div, this, other);
  }

  /**
   * `x` to the power of `other`. A negative power of integers is 0, except for 1 and -1.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([2, 3]).pow(2).toArray(), [4, 9]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  pow(other: Operand): Tensor {
    return binary(ops.pow, this, other);
  }

  /**
   * The rest of the division `x / other` rounded towards 0, with the sign of `x`: JavaScript's `%`, `fmod` in PyTorch.
   * Integers by 0 give 0.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([7, -7, 5.5]).fmod(3).toArray(), [1, -1, 2.5]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  fmod(other: Operand): Tensor {
    return binary(ops.fmod, this, other);
  }

  /**
   * The product of both as integers of 32 bits, wrapped; fractions are cut off first.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([2.9, -3]).imul(5).toArray(), [10, -15]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  imul(other: Operand): Tensor {
    return binary(ops.imul, this, other);
  }

  /**
   * The angle of the point (`other`, `this`) seen from the origin, from -π to π. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 1, -0]).atan2(Infinity).toArray(), [0, 0, -0]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  atan2(other: Operand): Tensor {
    return binary(ops.atan2, this, other);
  }

  /**
   * `sqrt(x * x + other * other)`, where no square overflows or is lost. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([3, 5]).hypot(tensor([4, 12])).toArray(), [5, 13]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  hypot(other: Operand): Tensor {
    return binary(ops.hypot, this, other);
  }

  /**
   * The greater one of `x` and `other`; NaN if either is. At equal elements each gets half the gradient.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 5]).maximum(3).toArray(), [3, 5]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  maximum(other: Operand): Tensor {
    return binary(ops.maximum, this, other);
  }

  /**
   * The lesser one of `x` and `other`; NaN if either is. At equal elements each gets half the gradient.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 5]).minimum(3).toArray(), [1, 3]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  minimum(other: Operand): Tensor {
    return binary(ops.minimum, this, other);
  }

  /**
   * Whether `x` equals `other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).eq(2).toArray(), [false, true]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  eq(other: Operand): Tensor {
    return binary(ops.eq, this, other);
  }

  /**
   * Whether `x` differs from `other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).ne(2).toArray(), [true, false]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  ne(other: Operand): Tensor {
    return binary(ops.ne, this, other);
  }

  /**
   * Whether `x < other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).lt(2).toArray(), [true, false]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  lt(other: Operand): Tensor {
    return binary(ops.lt, this, other);
  }

  /**
   * Whether `x <= other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).le(1).toArray(), [true, false]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  le(other: Operand): Tensor {
    return binary(ops.le, this, other);
  }

  /**
   * Whether `x > other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).gt(1).toArray(), [false, true]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  gt(other: Operand): Tensor {
    return binary(ops.gt, this, other);
  }

  /**
   * Whether `x >= other`, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).ge(2).toArray(), [false, true]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  ge(other: Operand): Tensor {
    return binary(ops.ge, this, other);
  }

  /**
   * Whether neither `x` nor `other` is 0, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 2]).logicalAnd(tensor([1, 1])).toArray(), [false, true]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  logicalAnd(other: Operand): Tensor {
    return binary(ops.logicalAnd, this, other);
  }

  /**
   * Whether `x` or `other` is not 0, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 2]).logicalOr(tensor([0, 0])).toArray(), [false, true]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  logicalOr(other: Operand): Tensor {
    return binary(ops.logicalOr, this, other);
  }

  /**
   * Whether one of `x` and `other` is 0 and one is not, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([0, 2]).logicalXor(tensor([1, 1])).toArray(), [true, false]);
   * ```
   *
   * @param other A tensor whose shape broadcasts with this one's, or a number
   */
  logicalXor(other: Operand): Tensor {
    return binary(ops.logicalXor, this, other);
  }

  /**
   * The elements where a condition holds, else those of `other`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([1, -2]);
   * assertEquals(x.where(x.gt(0), 0).toArray(), [1, 0]);
   * ```
   *
   * @param condition A tensor; elements that are not 0 hold
   * @param other What to take instead: a tensor or a number
   */
  where(condition: Tensor, other: Operand): Tensor {
    return where(condition, this, other);
  }

  /**
   * `this + a · b`, each rounded as by itself: a product added to the elements. Bools count as `int32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).addcmul(tensor([3, 4]), -2).toArray(), [-5, -6]);
   * ```
   *
   * @param a A tensor or a number
   * @param b A tensor or a number
   * @throws {ShapeError} If the shapes do not broadcast
   */
  addcmul(a: Operand, b: Operand): Tensor {
    return ternary(ops.addcmul, this, a, b);
  }

  /**
   * The elements, but no less than `min` and no greater than `max`. Where these are exceeded the gradient is 0.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([-2, 0.5, 3]).clamp(-1, 1).toArray(), [-1, 0.5, 1]);
   * ```
   *
   * @param min The lower bound; none if it is not given
   * @param max The upper bound, which wins over the lower one; none if it is not given
   */
  clamp(min?: number | null, max?: number | null): Tensor {
    return clamp(this, min ?? -Infinity, max ?? Infinity);
  }

  /**
   * The sum. Integers and bools are added as `int32` and wrap around.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).sum(0).toArray(), [4, 6]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  sum(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("sum", this, axes, options);
  }

  /**
   * The product. Integers and bools are multiplied as `int32` and wrap around.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).prod().item(), 24);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  prod(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("prod", this, axes, options);
  }

  /**
   * The greatest element; NaN if there is one. Equal ones share the gradient evenly.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).max(1).toArray(), [2, 4]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   * @throws {ShapeError} If there is no element
   */
  max(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("max", this, axes, options);
  }

  /**
   * The least element; NaN if there is one. Equal ones share the gradient evenly.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).min(1).toArray(), [1, 3]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   * @throws {ShapeError} If there is no element
   */
  min(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("min", this, axes, options);
  }

  /**
   * Whether any element is not 0, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[0, 0], [0, 1]]).any(1).toArray(), [false, true]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  any(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("any", this, axes, options);
  }

  /**
   * Whether no element is 0, as bools.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 1], [0, 1]]).all(1).toArray(), [true, false]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  all(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("all", this, axes, options);
  }

  /**
   * The position of the greatest element along an axis, or among all in row-major order, as `int32`. The first of equal
   * ones counts, and NaN before all others.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 5], [7, 2]]).argmax(1).toArray(), [1, 0]);
   * ```
   *
   * @param axis The axis; all elements if not given
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If the axis does not exist
   * @throws {ShapeError} If there is no element
   */
  argmax(axis?: number, options?: ReduceOptions): Tensor {
    return reduce("argmax", this, axis, options);
  }

  /**
   * The position of the least element along an axis, or among all in row-major order, as `int32`. The first of equal
   * ones counts, and NaN before all others.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 5], [7, 2]]).argmin(1).toArray(), [0, 1]);
   * ```
   *
   * @param axis The axis; all elements if not given
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If the axis does not exist
   * @throws {ShapeError} If there is no element
   */
  argmin(axis?: number, options?: ReduceOptions): Tensor {
    return reduce("argmin", this, axis, options);
  }

  /**
   * The mean. Integers and bools become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).mean(1).toArray(), [1.5, 3.5]);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`: keep the reduced axes, with length 1
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  mean(axes?: Axes, options?: ReduceOptions): Tensor {
    return mean(this, axes, options);
  }

  /**
   * The norm `(sum |x|^p)^(1/p)`, by default the Euclidean one. Its gradient at 0 is 0. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([3, 4]).norm().item(), 5);
   * assertEquals(tensor([3, -4]).norm(0, { p: 1 }).item(), 7);
   * ```
   *
   * @param axes One axis, several, or all if not given; negative ones count from the end
   * @param options `keepdim`, and `p`: 1, 2 (the default) or Infinity
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  norm(axes?: Axes, options?: NormOptions): Tensor {
    return norm(this, axes, options);
  }

  /**
   * `exp(x) / sum(exp(x))` along an axis, without overflow. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 1], [-Infinity, 1]]).softmax(1).toArray(), [[0.5, 0.5], [0, 1]]);
   * ```
   *
   * @param axis The axis, by default the last one
   * @throws {IndexError} If the axis does not exist
   */
  softmax(axis: number = -1): Tensor {
    return softmax(this, axis);
  }

  /**
   * The logarithm of `softmax`, more precise than taking it afterwards. Integers become `float32`.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertAlmostEquals } from "@std/assert";
   *
   * assertAlmostEquals(tensor([0, 0]).logSoftmax().at(0).item(), -Math.LN2, 1e-6);
   * ```
   *
   * @param axis The axis, by default the last one
   * @throws {IndexError} If the axis does not exist
   */
  logSoftmax(axis: number = -1): Tensor {
    return logSoftmax(this, axis);
  }

  /**
   * The same elements in row-major order, in another shape.
   *
   * @example
   * ```ts
   * import { arange } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(arange(6).reshape([2, -1]).toArray(), [[0, 1, 2], [3, 4, 5]]);
   * ```
   *
   * @param shape The new shape; one length may be -1 and is then whatever is left
   * @throws {ShapeError} If the number of elements differs
   */
  reshape(shape: Shape): Tensor {
    return view.reshape(this, shape);
  }

  /**
   * The axes in another order.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3, 4]).permute([2, 0, 1]).shape, [4, 2, 3]);
   * ```
   *
   * @param order For each axis of the result the axis that it was
   * @throws {ShapeError} If not every axis is given
   * @throws {IndexError} If an axis does not exist or is given twice
   */
  permute(order: readonly number[]): Tensor {
    return view.permute(this, order);
  }

  /**
   * Two axes exchanged.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3, 4]).transpose(0, -1).shape, [4, 3, 2]);
   * ```
   *
   * @param first One axis
   * @param second The other axis
   * @throws {IndexError} If an axis does not exist
   */
  transpose(first: number, second: number): Tensor {
    return view.transpose(this, first, second);
  }

  /**
   * Each matrix transposed: the last two axes exchanged.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).mT().toArray(), [[1, 3], [2, 4]]);
   * ```
   *
   * @throws {ShapeError} If there are fewer than two axes
   */
  mT(): Tensor {
    return view.matrixTranspose(this);
  }

  /**
   * Axes of length 1 repeated, and new ones in front, without copying.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1], [2]]).expand([2, 3]).toArray(), [[1, 1, 1], [2, 2, 2]]);
   * ```
   *
   * @param shape The new shape; -1 keeps a length
   * @throws {ShapeError} If the shape does not broadcast to the new one
   */
  expand(shape: Shape): Tensor {
    return view.expand(this, shape);
  }

  /**
   * Axes of length 1 removed.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([1, 2, 1]).squeeze().shape, [2]);
   * assertEquals(zeros([1, 2, 1]).squeeze(0).shape, [2, 1]);
   * ```
   *
   * @param axes Which ones; all of length 1 if not given
   * @throws {ShapeError} If a given axis has another length
   * @throws {IndexError} If an axis does not exist
   */
  squeeze(axes?: number | readonly number[]): Tensor {
    return view.squeeze(this, axes);
  }

  /**
   * A new axis of length 1.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2]).unsqueeze(-1).shape, [2, 1]);
   * ```
   *
   * @param axis Where it is in the result; negative ones count from the end
   * @throws {IndexError} If there is no such place
   */
  unsqueeze(axis: number): Tensor {
    return view.unsqueeze(this, axis);
  }

  /**
   * Neighbouring axes as one.
   *
   * @example
   * ```ts
   * import { zeros } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(zeros([2, 3, 4]).flatten().shape, [24]);
   * assertEquals(zeros([2, 3, 4]).flatten(1).shape, [2, 12]);
   * ```
   *
   * @param first The first of them, by default 0
   * @param last The last of them, by default the last axis
   * @throws {IndexError} If an axis does not exist
   */
  flatten(first: number = 0, last: number = -1): Tensor {
    return view.flatten(this, first, last);
  }

  /**
   * The elements that indices select, one for each axis: a number (the axis is gone; negative ones count from the end),
   * `[start, stop]` or `[start, stop, step]` (`null` is an open end; steps may be negative), `":"` for all, `"..."` for
   * all axes that are left, `null` for a new axis.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * assertEquals(x.at(-1, 0).item(), 4);
   * assertEquals(x.at(":", [1, null]).toArray(), [[2, 3], [5, 6]]);
   * assertEquals(x.at("...", [null, null, -1]).toArray(), [[3, 2, 1], [6, 5, 4]]);
   * assertEquals(x.at(0, null).shape, [1, 3]);
   * ```
   *
   * @param indices The indices; axes without one are kept whole
   * @throws {IndexError} If an index is out of range, or there are too many
   */
  at(...indices: Index[]): Tensor {
    return at(this, indices);
  }

  /**
   * Entries picked along an axis: `out[i][j] = x[index[i][j]][j]` for axis 0, and so on. Gradients of entries that are
   * picked several times add up. An index outside the axis throws an `IndexError` when the value is read.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2], [3, 4]]);
   * const index = tensor([[1], [0]], { dtype: "int32" });
   * assertEquals(x.gather(1, index).toArray(), [[2], [3]]);
   * ```
   *
   * @param axis The axis
   * @param index `int32` positions along the axis; its other lengths may be smaller
   * @throws {DTypeError} If the index is not `int32`
   * @throws {ShapeError} If its shape does not fit
   */
  gather(axis: number, index: Tensor): Tensor {
    return gather(this, axis, index);
  }

  /**
   * The product of matrices. Axes before the last two are batches and broadcast; a vector is a row on the left and a
   * column on the right, without an axis for it in the result.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * const x = tensor([[1, 2], [3, 4]]);
   * assertEquals(x.matmul(x).toArray(), [[7, 10], [15, 22]]);
   * assertEquals(x.matmul(tensor([1, 1])).toArray(), [3, 7]);
   * ```
   *
   * @param other The right operand
   * @throws {ShapeError} If the inner lengths differ, or the batches do not broadcast
   */
  matmul(other: Tensor): Tensor {
    return matmul(this, other);
  }

  /**
   * The tensor in another dtype or on another device. Floats saturate into integers and NaN becomes 0; `int32` wraps
   * round into `uint8`. Gradients flow between float dtypes and between devices.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1.9, -1.9, NaN]).to("int32").toArray(), [1, -1, 0]);
   * ```
   *
   * @param target The name of a dtype or of a device
   * @throws {DeviceError} If there is no such dtype or device
   */
  to(target: DType | Device): Tensor {
    return to(this, target);
  }

  /**
   * The elements laid out in row-major order.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([[1, 2], [3, 4]]).mT().contiguous().data, new Float32Array([1, 3, 2, 4]));
   * ```
   */
  contiguous(): Tensor {
    return contiguous(this);
  }

  /**
   * A copy of the elements in memory of its own. Gradients flow through it.
   *
   * @example
   * ```ts
   * import { tensor } from "@tensaur/tensaur";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(tensor([1, 2]).clone().toArray(), [1, 2]);
   * ```
   */
  clone(): Tensor {
    return clone(this);
  }

  /** @internal A slice that has been checked: the gradient of `placed`. */
  sliced(shape: Shape, starts: readonly number[], steps: readonly number[]): Tensor {
    return view.slice(this, shape, starts, steps);
  }

  /** @internal The elements on a slice of zeros: the gradient of `sliced`. */
  placed(shape: Shape, starts: readonly number[], steps: readonly number[]): Tensor {
    return view.place(this, shape, starts, steps);
  }

  /** @internal The elements added into zeros along an axis: the gradient of `gather`. */
  scattered(shape: Shape, axis: number, index: Tensor): Tensor {
    return scatterAdd(this, shape, axis, index);
  }
}

/** The elements in row-major order: for user code to keep, or only to look at. */
function elementsOf(x: Tensor, keep: boolean): TypedArray {
  const { shape, size, dtype } = x.layout, { storage, offset, strides } = readValue(x);
  if (!isContiguous(strides, shape)) return copyStrided(storage, dtype, offset, strides, shape);
  return (keep ? expose : typed)(storage, dtype, offset, size);
}

/** What `console.log` shows. */
function inspect(this: Tensor): string {
  return this.toString();
}

Object.defineProperty(Tensor.prototype, Symbol.for("Deno.customInspect"), { value: inspect });
hooks.make = (op, inputs, layout, params) => new Tensor(op, inputs, layout, params);
