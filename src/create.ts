/**
 * Functions that make tensors.
 *
 * @module
 */
import { checkNumber } from "./arguments.ts";
import { placeOn } from "./backend/devices.ts";
import { allocate, fromTypedArray, typed } from "./backend/storage.ts";
import { type DType, DTYPE_BY_CODE, DTYPES, type TypedArray } from "./dtype.ts";
import { ArgumentError, DTypeError } from "./errors.ts";
import { Node, RECORDS } from "./graph/node.ts";
import { leaf, record } from "./graph/pending.ts";
import { CONSTANT, INDEX } from "./ops/op.ts";
import { finish, type Place, placeOf, type TensorOptions } from "./options.ts";
import { type NestedNumbers, readNested } from "./nested.ts";
import { checkTensor } from "./record/operand.ts";
import { checkShape, describe, layoutOf, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * A tensor of given numbers: one number, nested arrays, or a typed array. The numbers are copied. Arrays of
 * numbers become `float32`, booleans `bool`, typed arrays keep their type.
 *
 * @example
 * ```ts
 * import { tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensor([[1, 2], [3, 4]]).shape, [2, 2]);
 * assertEquals(tensor(new Int32Array([1, 2])).dtype, "int32");
 * assertEquals(tensor([true, false]).dtype, "bool");
 * ```
 *
 * @param values The numbers
 * @param options `dtype`, `device`, `requiresGrad`
 * @throws {ShapeError} If arrays of one level have different lengths
 * @throws {ArgumentError} If there is something that is not a number
 */
export function tensor(values: NestedNumbers | TypedArray, options: TensorOptions = {}): Tensor {
  if (values instanceof Node) {
    throw new ArgumentError("Cannot make a tensor of a tensor: use clone() or detach()");
  }
  return ArrayBuffer.isView(values) ? fromTyped(values as TypedArray, options) : fromNested(values, options);
}

function fromTyped(values: TypedArray, options: TensorOptions): Tensor {
  const own = DTYPE_BY_CODE.find((dtype) => values.constructor === DTYPES[dtype].array);
  if (own === undefined) {
    throw new DTypeError(
      `Cannot make a tensor of ${
        describe(values)
      }: want a Float32Array, Float64Array, Int32Array or Uint8Array`,
    );
  }
  if (values.buffer instanceof ArrayBuffer && values.buffer.detached) {
    throw new ArgumentError("Cannot make a tensor of a typed array whose buffer was transferred away");
  }
  const place = placeOf("tensor", options, own), shape = [values.length];
  return place.dtype === own ? newLeaf(shape, place, fromTypedArray(values)) : convert(values, shape, place);
}

function fromNested(values: NestedNumbers, options: TensorOptions): Tensor {
  const { shape, numbers, booleans } = readNested(values);
  return convert(numbers, shape, placeOf("tensor", options, booleans ? "bool" : "float32"));
}

/** A leaf of numbers, each rounded to the dtype. */
function convert(numbers: ArrayLike<number>, shape: Shape, place: Place): Tensor {
  const { size, round } = DTYPES[place.dtype];
  const storage = allocate(numbers.length * size), elements = typed(storage, place.dtype, 0, numbers.length);
  for (let i = 0; i < numbers.length; i++) elements[i] = round(numbers[i]!);
  return newLeaf(shape, place, storage);
}

function newLeaf(shape: Shape, place: Place, storage: ReturnType<typeof allocate>): Tensor {
  const node = leaf(layoutOf(shape, place.dtype, place.device), placeOn(place.device, storage));
  if (place.requiresGrad) node.set(RECORDS);
  return node as Tensor;
}

function filled(op: string, shape: Shape, value: number, options: TensorOptions, dtype?: DType): Tensor {
  checkShape(op, shape);
  const place = placeOf(op, options, dtype), layout = layoutOf(shape, place.dtype, place.device);
  return finish(record(CONSTANT, [], layout, [DTYPES[place.dtype].round(value)]) as Tensor, place);
}

/**
 * A tensor full of zeros.
 *
 * @example
 * ```ts
 * import { zeros } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(zeros([2, 2]).toArray(), [[0, 0], [0, 0]]);
 * ```
 *
 * @param shape The lengths of the axes
 * @param options `dtype`, `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("zeros", shape, 0, options);
}

/**
 * A tensor full of ones.
 *
 * @example
 * ```ts
 * import { ones } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ones([3], { dtype: "int32" }).toArray(), [1, 1, 1]);
 * ```
 *
 * @param shape The lengths of the axes
 * @param options `dtype`, `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return filled("ones", shape, 1, options);
}

/**
 * A tensor full of one number, or of true or false.
 *
 * @example
 * ```ts
 * import { full } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(full([2], 7).toArray(), [7, 7]);
 * assertEquals(full([2], true).dtype, "bool");
 * ```
 *
 * @param shape The lengths of the axes
 * @param value The number or boolean
 * @param options `dtype`, `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 */
export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new ArgumentError(`Cannot full with ${describe(value)}: want a number or a boolean`);
  }
  return filled("full", shape, Number(value), options, typeof value === "boolean" ? "bool" : "float32");
}

/**
 * Zeros of another tensor's shape, dtype and device.
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(zerosLike(tensor([1, 2])).toArray(), [0, 0]);
 * ```
 *
 * @param x The other tensor
 * @param options `dtype`, `device`, `requiresGrad`, where they are to differ
 */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  checkTensor("zerosLike", x);
  return filled("zerosLike", x.shape, 0, { dtype: x.dtype, device: x.device, ...options });
}

/**
 * Ones of another tensor's shape, dtype and device.
 *
 * @example
 * ```ts
 * import { onesLike, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(onesLike(tensor([1, 2])).toArray(), [1, 1]);
 * ```
 *
 * @param x The other tensor
 * @param options `dtype`, `device`, `requiresGrad`, where they are to differ
 */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  checkTensor("onesLike", x);
  return filled("onesLike", x.shape, 1, { dtype: x.dtype, device: x.device, ...options });
}

/**
 * Evenly spaced numbers: `start`, `start + step`, … up to but not including `stop`. With one number, from 0 up to it.
 *
 * @example
 * ```ts
 * import { arange } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arange(3).toArray(), [0, 1, 2]);
 * assertEquals(arange(5, 0, -2).toArray(), [5, 3, 1]);
 * ```
 *
 * @param start The first number, or where to stop if it is the only one
 * @param stop Where to stop
 * @param step The distance of neighbours (default 1), not 0
 * @param options `dtype` (default `float32`), `device`, `requiresGrad`
 * @throws {ArgumentError} If a number is not finite, or the step leads away from `stop`
 */
export function arange(start: number, stop?: number, step: number = 1, options: TensorOptions = {}): Tensor {
  const from = stop === undefined ? 0 : start, to = stop ?? start;
  checkNumber("The start of arange", from);
  checkNumber("The stop of arange", to);
  checkNumber("The step of arange", step);
  const count = Math.ceil((to - from) / step);
  if (step === 0 || count < 0) {
    throw new ArgumentError(
      `Cannot arange from ${from} to ${to} in steps of ${step}: they do not lead there`,
    );
  }
  checkShape("arange", [count]);
  const place = placeOf("arange", options);
  // Doubles hold the index and the products exactly enough to round just once.
  const index = record(INDEX, [], layoutOf([count], "float64", place.device), []) as Tensor;
  const scaled = step === 1 ? index : index.mul(step);
  return finish((from === 0 ? scaled : scaled.add(from)).to(place.dtype), place);
}

/**
 * A matrix with ones on its diagonal and zeros elsewhere.
 *
 * @example
 * ```ts
 * import { eye } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(eye(2, 3).toArray(), [[1, 0, 0], [0, 1, 0]]);
 * ```
 *
 * @param rows How many rows
 * @param columns How many columns (default: as many)
 * @param options `dtype`, `device`, `requiresGrad`
 * @throws {ShapeError} If a number is not a non-negative integer
 */
export function eye(rows: number, columns: number = rows, options: TensorOptions = {}): Tensor {
  checkShape("eye", [rows, columns]);
  const place = placeOf("eye", options), { device } = place;
  const row = arange(0, rows, 1, { dtype: "int32", device }),
    column = arange(0, columns, 1, { dtype: "int32", device });
  return finish(row.unsqueeze(1).eq(column).to(place.dtype), place);
}
