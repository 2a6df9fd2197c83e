/**
 * Shapes, strides and layouts. A layout (shape, dtype, device) is interned: equal layouts are one object.
 *
 * @module
 */
import { type DType, DTYPES } from "./dtype.ts";
import { IndexError, ShapeError } from "./errors.ts";

/** The name of a device; `cuda` is the first GPU, which `cuda:0` names too. */
export type Device = "cpu" | "reference" | "cuda" | `cuda:${number}`;

/** Lengths of the axes. */
export type Shape = readonly number[];

/** How many layouts of other shapes a layout remembers. */
const MAX_RELATIVES = 4;

/** The shape, dtype and device of a tensor. */
export class Layout {
  /** The bytes that its elements take. */
  readonly bytes: number;
  /** The number of elements. */
  readonly size: number;
  /** Strides of the row-major arrangement, in elements. */
  readonly strides: readonly number[];
  /** The lengths of the axes, for users: frozen. The engine reads other arrays, since V8 is slow to read both kinds. */
  readonly shownShape: Shape;
  /** @internal Broadcast shapes found before, by the other layout's id. */
  readonly broadcasts: (Layout | undefined)[] = [];
  /** @internal The same shape in other dtypes, by code. */
  readonly casts: (Layout | undefined)[] = [];
  /** @internal Layouts of other shapes that were asked for last: comparing beats making a key. */
  readonly relatives: Layout[] = [];
  #transposed: Layout | null = null;

  /** @internal Use `layoutOf`. */
  constructor(
    /** A number for each distinct layout. */
    readonly id: number,
    /** The lengths of the axes. */
    readonly shape: Shape,
    /** The element type. */
    readonly dtype: DType,
    /** The device. */
    readonly device: Device,
  ) {
    this.size = sizeOf(shape);
    this.bytes = this.size * DTYPES[dtype].size;
    this.strides = contiguousStrides(shape);
    this.shownShape = Object.freeze([...shape]);
  }

  /** The layout of the same shape in another dtype. */
  as(dtype: DType): Layout {
    if (dtype === this.dtype) return this;
    return this.casts[DTYPES[dtype].code] ??= layoutOf(this.shape, dtype, this.device);
  }

  /** The layout of another shape in the same dtype, on the same device. */
  withShape(shape: Shape): Layout {
    if (sameShape(shape, this.shape)) return this;
    const { relatives } = this;
    for (let i = 0; i < relatives.length; i++) {
      if (sameShape(shape, relatives[i]!.shape)) return relatives[i]!;
    }
    const layout = interned(shape, this.dtype, this.device);
    if (relatives.length === MAX_RELATIVES) relatives.shift();
    relatives.push(layout);
    return layout;
  }

  /** The layout with the last two axes exchanged. */
  get transposed(): Layout {
    return this.#transposed ??= this.withShape([
      ...this.shape.slice(0, -2),
      this.shape.at(-1)!,
      this.shape.at(-2)!,
    ]);
  }
}

const shapes = new Map<string, Shape>();
const layouts = new Map<string, Layout>();

/** The one array that stands for all equal shapes. */
function internShape(shape: Shape): Shape {
  const key = shape.join();
  let interned = shapes.get(key);
  if (interned === undefined) shapes.set(key, interned = [...shape]);
  return interned;
}

const scalars: Partial<Record<Device, (Layout | undefined)[]>> = {};

/** The interned layout. */
export function layoutOf(shape: Shape, dtype: DType, device: Device): Layout {
  const own = scalars[device] ??= [], { code } = DTYPES[dtype];
  return (own[code] ??= interned([], dtype, device)).withShape(shape);
}

function interned(shape: Shape, dtype: DType, device: Device): Layout {
  const key = `${shape.join()}|${dtype}|${device}`;
  let layout = layouts.get(key);
  if (layout === undefined) {
    layout = new Layout(layouts.size, internShape(shape), dtype, device);
    layouts.set(key, layout);
  }
  return layout;
}

/** The product of the lengths. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** Strides of the row-major arrangement. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, stride = 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A shape as text: `[2, 3]`. */
export function showShape(shape: Shape): string {
  return `[${shape.map(describe).join(", ")}]`;
}

/** The shape that two shapes broadcast to, right-aligned; lengths must be equal or 1. Throws a `ShapeError`. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length), shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1, y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `Cannot ${op} shapes ${showShape(a)} and ${showShape(b)}: lengths ${x} and ${y} of axis ${
          rank - i
        } ` +
          `differ and neither is 1`,
      );
    }
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** The layout of `a`'s dtype and device that two layouts broadcast to; found once for each pair. */
export function broadcastLayouts(op: string, a: Layout, b: Layout): Layout {
  if (a.shape === b.shape) return a;
  return a.broadcasts[b.id] ??= a.withShape(broadcastShapes(op, a.shape, b.shape));
}

/** The strides with which an operand of one shape is read as another shape that it broadcasts to. */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const skip = target.length - shape.length, result = new Array<number>(target.length);
  for (let i = 0; i < target.length; i++) {
    result[i] = i < skip || shape[i - skip] === 1 ? 0 : strides[i - skip]!;
  }
  return result;
}

/** Checks that a shape is an array of non-negative integers that a tensor can have. Throws a `ShapeError`. */
export function checkShape(op: string, shape: unknown): asserts shape is Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(`Cannot ${op}: the shape must be an array of lengths, was ${describe(shape)}`);
  }
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShapeError(
        `Cannot ${op} with shape ${showShape(shape)}: lengths must be non-negative integers, was ${
          describe(length)
        }`,
      );
    }
  }
  if (shape.length > 16) {
    throw new ShapeError(`Cannot ${op} with ${shape.length} axes: at most 16 are supported`);
  }
  if (!(sizeOf(shape) <= 2 ** 32)) {
    throw new ShapeError(`Cannot ${op} with shape ${showShape(shape)}: it has more than 2^32 elements`);
  }
}

/** The axis counted from 0; negative ones count from the end. Throws an `IndexError`. */
export function normalizeAxis(op: string, axis: unknown, rank: number): number {
  if (!Number.isInteger(axis)) {
    throw new IndexError(`Cannot ${op}: an axis must be an integer, was ${describe(axis)}`);
  }
  const given = axis as number, index = given < 0 ? given + rank : given;
  if (index < 0 || index >= rank) {
    throw new IndexError(
      `Cannot ${op}: axis ${given} is out of range for ${rank} ${rank === 1 ? "axis" : "axes"}`,
    );
  }
  return index;
}

/** The axes from 0, ascending: all for `undefined`. Throws an `IndexError` for a repeated or wrong axis. */
export function normalizeAxes(op: string, axes: unknown, rank: number): number[] {
  if (axes === undefined) return allAxes(rank);
  const list = (Array.isArray(axes) ? axes : [axes]).map((axis) => normalizeAxis(op, axis, rank));
  list.sort((a, b) => a - b);
  for (let i = 1; i < list.length; i++) {
    if (list[i] === list[i - 1]) throw new IndexError(`Cannot ${op}: axis ${list[i]} is given twice`);
  }
  return list;
}

function allAxes(rank: number): number[] {
  const axes = new Array<number>(rank);
  for (let i = 0; i < rank; i++) axes[i] = i;
  return axes;
}

/** A short text for any value, for error messages. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) {
    return `an object of class ${value.constructor?.name ?? "Object"}`;
  }
  return String(value);
}
