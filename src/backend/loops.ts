/**
 * Loop nests as JavaScript source: the reference backend's walk over strided operands.
 *
 * @module
 */
import type { TypedArray } from "../dtype.ts";

/**
 * A compiled loop nest. `starts` holds the first position of each operand, `jumps` what is added to it at the end
 * of a pass of each loop (operand by operand, outermost loop first).
 */
export type Nest = (
  arrays: readonly (TypedArray | null)[],
  constants: Float64Array,
  shape: Int32Array,
  starts: Float64Array,
  jumps: Float64Array,
) => void;

/** What a nest is made of. Operand `i` is the array `x<i>` at the position `p<i>`. */
export interface NestParts {
  /** For each operand, whether it has memory; otherwise its position is its value. */
  readonly memory: readonly boolean[];
  /** How many loops stand around `before` and `after`. */
  readonly outer: number;
  /** How many loops stand between `before` and `after`, around `body`. */
  readonly inner: number;
  /** Runs once, before the loops. */
  readonly preamble: string;
  /** Runs before the inner loops. */
  readonly before: string;
  /** Runs for each element. */
  readonly body: string;
  /** Runs after the inner loops. */
  readonly after: string;
}

/** Compiles a nest. `bound` are the values that the parts refer to by name. */
export function compileNest(title: string, parts: NestParts, bound: Record<string, unknown>): Nest {
  const names = Object.keys(bound);
  // V8 shares what it learns of equal source texts: the title keeps nests of different dtypes apart.
  const source = `"use strict"; // ${title}
return function nest(arrays, constants, shape, starts, jumps) {
${declarations(parts)}
${parts.preamble}
${loops(parts, 0)}
};`;
  return new Function(...names, source)(...names.map((name) => bound[name]));
}

function declarations({ memory, outer, inner }: NestParts): string {
  const depth = outer + inner;
  const lines: string[] = [];
  for (let axis = 0; axis < depth; axis++) lines.push(`const n${axis} = shape[${axis}];`);
  memory.forEach((hasMemory, i) => {
    const integer = hasMemory ? " | 0" : "";
    if (hasMemory) lines.push(`const x${i} = arrays[${i}];`);
    lines.push(`let p${i} = starts[${i}]${integer};`);
    for (let axis = 0; axis < depth; axis++) {
      lines.push(`const j${i}_${axis} = jumps[${i * depth + axis}]${integer};`);
    }
  });
  return lines.join("\n");
}

function loops(parts: NestParts, axis: number): string {
  const { memory, outer, inner, before, body, after } = parts;
  const inside = axis === outer + inner ? body : `for (let i${axis} = 0; i${axis} < n${axis}; i${axis}++) {
${loops(parts, axis + 1)}
${memory.map((hasMemory, i) => advance(i, axis, hasMemory)).join(" ")}
}`;
  return axis === outer ? `${before}\n${inside}\n${after}` : inside;
}

function advance(operand: number, axis: number, integer: boolean): string {
  const p = `p${operand}`;
  return integer ? `${p} = (${p} + j${operand}_${axis}) | 0;` : `${p} += j${operand}_${axis};`;
}

/** An iteration: its shape, how many of its axes are outer ones, and the strides of each operand. */
export interface Iteration {
  /** The lengths of the axes, outer ones first. */
  readonly shape: readonly number[];
  /** How many axes are outer. */
  readonly outer: number;
  /** For each operand, its strides. */
  readonly strides: readonly (readonly number[])[];
}

/** The same iteration in fewer axes: those of length 1 go, and neighbours that every operand walks as one merge. */
export function collapse({ shape, outer, strides }: Iteration): Iteration {
  const kept: number[] = [];
  const merged: number[][] = strides.map(() => []);
  let keptOuter = 0;
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const last = kept.length - 1;
    const sameSide = last >= 0 && (axis < outer || last >= keptOuter);
    if (sameSide && strides.every((row, i) => merged[i]![last] === row[axis]! * length)) {
      kept[last]! *= length;
      merged.forEach((row, i) => row[last] = strides[i]![axis]!);
      return;
    }
    kept.push(length);
    merged.forEach((row, i) => row.push(strides[i]![axis]!));
    if (axis < outer) keptOuter++;
  });
  return { shape: kept, outer: keptOuter, strides: merged };
}

/** What `jumps` of a nest holds: a pass of an inner loop is taken back when the loop around it steps. */
export function jumpsOf({ shape, strides }: Iteration): Float64Array {
  const depth = shape.length;
  const jumps = new Float64Array(strides.length * depth);
  strides.forEach((row, operand) =>
    row.forEach((stride, axis) => {
      const passed = axis + 1 < depth ? shape[axis + 1]! * row[axis + 1]! : 0;
      jumps[operand * depth + axis] = stride - passed;
    })
  );
  return jumps;
}
