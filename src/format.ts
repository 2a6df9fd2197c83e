/**
 * Tensors as text and as nested arrays.
 *
 * @module
 */
import { DTYPES } from "./dtype.ts";
import type { Layout, Shape } from "./shape.ts";

/** Elements in nested arrays, one level an axis; just an element if there is no axis. */
export type NestedArray = number | boolean | NestedArray[];

/** The elements, given in row-major order, as nested arrays. */
export function nest(elements: ArrayLike<number>, { shape, dtype }: Layout): NestedArray {
  let next = 0;
  const build = (axis: number): NestedArray => {
    if (axis === shape.length) return dtype === "bool" ? elements[next++] !== 0 : elements[next++]!;
    return Array.from({ length: shape[axis]! }, () => build(axis + 1));
  };
  return build(0);
}

/** Tensors with more elements than this are summarised. */
const MAX_ELEMENTS = 1000;
/** How many entries a summary shows at each end of an axis. */
const EDGE = 3;
/** How many digits after the point are shown. */
const DIGITS = 4;
const LINE_WIDTH = 80;
const PREFIX = "tensor(";
const DOTS = "...";

/** The text of a tensor whose elements are given in row-major order. */
export function formatTensor(elements: ArrayLike<number>, layout: Layout, requiresGrad: boolean): string {
  const { shape, dtype, device } = layout;
  const shown = layout.size > MAX_ELEMENTS ? indicesShown(shape) : shape.map((length) => range(0, length));
  const write = writerFor(shownElements(elements, layout, shown), layout);
  const notes: string[] = [];
  if (layout.size === 0 && shape.length > 1) notes.push(`shape=[${shape.join(", ")}]`);
  if (dtype !== "float32" && dtype !== "bool") notes.push(`dtype=${dtype}`);
  if (device !== "cpu") notes.push(`device=${device}`);
  if (requiresGrad) notes.push("requiresGrad=true");
  const body = layout.size === 0
    ? "[]"
    : new Writer(elements, layout, shown, write).write(0, 0, PREFIX.length);
  return [PREFIX + body, ...notes].join(", ") + ")";
}

function range(start: number, stop: number): number[] {
  return Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i);
}

/** For each axis the positions that a summary shows; -1 stands for those left out. */
function indicesShown(shape: Shape): number[][] {
  return shape.map((length) =>
    length <= 2 * EDGE ? range(0, length) : [...range(0, EDGE), -1, ...range(length - EDGE, length)]
  );
}

function shownElements(
  elements: ArrayLike<number>,
  { strides }: Layout,
  shown: readonly number[][],
): number[] {
  let offsets = [0];
  shown.forEach((positions, axis) => {
    const visible = positions.filter((position) => position >= 0);
    offsets = offsets.flatMap((offset) => visible.map((position) => offset + position * strides[axis]!));
  });
  return offsets.map((offset) => elements[offset]!);
}

/** How the elements are written: all of them alike, and equally long. */
function writerFor(values: readonly number[], { dtype, shape }: Layout): (x: number) => string {
  let write: (x: number) => string;
  if (dtype === "bool") write = (x) => x === 0 ? "false" : "true";
  else if (!DTYPES[dtype].float) write = (x) => String(x);
  else write = floatWriter(values.filter(Number.isFinite));
  if (shape.length === 0) return write;
  const width = Math.max(0, ...values.map((x) => write(x).length));
  return (x) => write(x).padStart(width);
}

/** Whole numbers end in a point; others have digits after it; very large or small ones an exponent. */
function floatWriter(finite: readonly number[]): (x: number) => string {
  const sizes = finite.filter((x) => x !== 0).map(Math.abs);
  const largest = Math.max(0, ...sizes), smallest = Math.min(Infinity, ...sizes);
  const whole = finite.every(Number.isInteger);
  const scientific = largest >= 1e8 || !whole && (smallest < 1e-4 || largest > 1000 * smallest);
  return (x) => {
    if (!Number.isFinite(x)) return x !== x ? "nan" : x > 0 ? "inf" : "-inf";
    if (scientific) return exponential(x);
    return whole ? `${Object.is(x, -0) ? "-0" : x}.` : withSign(x, Math.abs(x).toFixed(DIGITS));
  };
}

function withSign(x: number, magnitude: string): string {
  return x < 0 || Object.is(x, -0) ? `-${magnitude}` : magnitude;
}

function exponential(x: number): string {
  const [mantissa, exponent] = Math.abs(x).toExponential(DIGITS).split("e") as [string, string];
  return withSign(x, `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`);
}

/** Writes nested brackets, a line for each innermost row, more if it is long. */
class Writer {
  readonly #elements: ArrayLike<number>;
  readonly #layout: Layout;
  readonly #shown: readonly number[][];
  readonly #write: (x: number) => string;

  constructor(
    elements: ArrayLike<number>,
    layout: Layout,
    shown: readonly number[][],
    write: (x: number) => string,
  ) {
    this.#elements = elements;
    this.#layout = layout;
    this.#shown = shown;
    this.#write = write;
  }

  /** The text of everything behind an axis, at an offset; lines after the first are indented. */
  write(axis: number, offset: number, indent: number): string {
    const { shape, strides } = this.#layout;
    if (axis === shape.length) return this.#write(this.#elements[offset]!);
    const parts = this.#shown[axis]!.map((position) =>
      position < 0 ? DOTS : this.write(axis + 1, offset + position * strides[axis]!, indent + 1)
    );
    if (axis === shape.length - 1) return `[${wrap(parts, indent + 1)}]`;
    const newlines = "\n".repeat(shape.length - 1 - axis);
    return `[${parts.join(`,${newlines}${" ".repeat(indent + 1)}`)}]`;
  }
}

/** Elements separated by commas, on as many lines as they need. */
function wrap(parts: readonly string[], indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    if (line !== "" && indent + line.length + 2 + part.length > LINE_WIDTH) {
      lines.push(line);
      line = part;
    } else line = line === "" ? part : `${line}, ${part}`;
  }
  return [...lines, line].join(`,\n${" ".repeat(indent)}`);
}
