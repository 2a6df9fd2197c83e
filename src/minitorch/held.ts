/**
 * What the course's tensors hold.
 *
 * @module
 */
import { full } from "../create.ts";
import { GradientError, ShapeError } from "../errors.ts";
import type { NestedArray } from "../format.ts";
import { sameShape, showShape } from "../shape.ts";
import { Tensor as EngineTensor } from "../tensor.ts";
import type { TensorBackend } from "./backend.ts";
import { stridesFromShape } from "./indexing.ts";
import { fromStrided, inStorageOrder, trackedLeaf } from "./strided.ts";
import { TensorData } from "./tensor_data.ts";

/**
 * The elements of a tensor of the course: a tensor of the engine, data, or both; each is made of the other when somebody
 * asks for it.
 */
export abstract class HeldTensor {
  /** What it is called; parameters name their values. */
  name: string | undefined = undefined;
  /** What computes its operations. */
  readonly backend: TensorBackend;
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** Cells of storage between neighbours along each axis. */
  readonly strides: readonly number[];
  #value: EngineTensor | null;
  #data: TensorData | null;
  /** Whether another tensor may hold the same data. */
  #shared: boolean;

  /**
   * Makes a tensor.
   *
   * @param source Data, or a tensor of the engine
   * @param backend What computes its operations
   * @param strides Where the elements of a tensor of the engine are to lie in storage (default: row-major order)
   * @param data The same elements as data, if another tensor has them at hand
   */
  constructor(
    source: TensorData | EngineTensor,
    backend: TensorBackend,
    strides?: readonly number[],
    data: TensorData | null = null,
  ) {
    const engine = source instanceof EngineTensor;
    this.backend = backend;
    this.shape = source.shape;
    this.strides = engine ? strides ?? stridesFromShape(source.shape) : source.strides;
    this.#value = engine ? source.to("float64").to(backend.device) : null;
    this.#data = engine ? data : source;
    this.#shared = data !== null;
  }

  /** The tensor of the engine that it is, on the backend's device. */
  get value(): EngineTensor {
    if (this.#value !== null) return this.#value;
    const [storage, shape, strides] = this.#data!.tuple();
    // One number is a constant of each kernel that reads it.
    return this.#value = storage.length === 1
      ? full(shape, storage[0]!, { dtype: "float64", device: this.backend.device })
      : fromStrided(this.backend.device, storage, shape, strides);
  }

  /** Its elements in storage. Do not write to it once the tensor was used; see `set`. */
  get data(): TensorData {
    return this.#data ??= new TensorData(
      new Float64Array(inStorageOrder(this.#value!, this.strides)),
      this.shape,
      this.strides,
    );
  }

  /** @internal Its elements in storage if that was asked for before, for another tensor. */
  protected get stored(): TensorData | null {
    this.#shared = true;
    return this.#data;
  }

  /** The number of axes. */
  get dims(): number {
    return this.shape.length;
  }

  /** The number of elements. */
  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /**
   * What the raw functions take.
   *
   * @returns Storage, shape and strides
   */
  tuple(): [storage: Float64Array, shape: readonly number[], strides: readonly number[]] {
    return this.data.tuple();
  }

  /**
   * Takes the elements of a tensor of the engine: what an `out` is for.
   *
   * @param value A tensor of this shape
   * @returns This tensor
   * @throws {ShapeError} If the shapes differ
   */
  write(value: EngineTensor): this {
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(`Cannot write shape ${showShape(value.shape)} to shape ${showShape(this.shape)}`);
    }
    this.#value = value.to("float64").to(this.backend.device);
    this.#data = null;
    return this;
  }

  /**
   * Reads an element.
   *
   * @param index A place along each axis
   * @returns The element
   * @throws {IndexingError} If there is no such element
   */
  get(index: number | readonly number[]): number {
    return this.data.get(index);
  }

  /**
   * Writes an element. What was made of the tensor before, views included, keeps the old one.
   *
   * @param index A place along each axis
   * @param element The element
   * @throws {IndexingError} If there is no such element
   * @throws {GradientError} If gradients flow to the tensor
   */
  set(index: number | readonly number[], element: number): void {
    if (this.requiresGrad()) {
      throw new GradientError("Cannot set an element of a tensor that tracks gradients");
    }
    if (this.#shared) this.#data = new TensorData(this.data.storage.slice(), this.shape, this.strides);
    this.#shared = false;
    this.data.set(index, element);
    this.#value = null;
  }

  /**
   * The element of a tensor that has just one.
   *
   * @returns The element
   * @throws {ShapeError} If there is not exactly one
   */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(`Cannot item of shape ${showShape(this.shape)}: want one element`);
    }
    return this.#data?.storage[0] ?? this.value.item();
  }

  /**
   * The elements as nested arrays, under the course's name for it.
   *
   * @returns Arrays of arrays of numbers
   */
  toNumpy(): NestedArray {
    return this.value.toArray();
  }

  /**
   * The elements as text.
   *
   * @returns Nested brackets
   */
  toString(): string {
    return this.data.toString();
  }

  /**
   * Whether gradients flow to it.
   *
   * @returns Whether they do
   */
  requiresGrad(): boolean {
    return this.#value?.requiresGrad ?? false;
  }

  /**
   * Makes it a leaf to which gradients flow, or a constant.
   *
   * @param flag Whether gradients flow
   * @returns This tensor
   */
  requiresGrad_(flag = true): this {
    if (flag && !this.isLeaf()) this.#value = trackedLeaf(this.value.detach());
    else if (!flag) this.#value = this.#value?.detach() ?? null;
    return this;
  }

  /**
   * Whether it is where gradients arrive.
   *
   * @returns Whether it tracks gradients and no operation gave it
   */
  isLeaf(): boolean {
    return this.requiresGrad() && this.#value!.op.kind === "leaf";
  }

  /**
   * Whether no gradient flows to it.
   *
   * @returns Whether none does
   */
  isConstant(): boolean {
    return !this.requiresGrad();
  }

  /** Forgets the gradient. */
  zeroGrad_(): void {
    if (this.#value !== null) this.#value.grad = null;
  }

  /**
   * Whether the strides do not increase.
   *
   * @returns Whether they do not
   */
  isContiguous(): boolean {
    return this.strides.every((stride, axis) => axis === 0 || stride <= this.strides[axis - 1]!);
  }
}
