/**
 * Accesses: how an iteration reads bytes. A view of a node is the node's access, changed; a path is the views
 * between a node and the iteration of the kernel that reads it.
 *
 * @module
 */
import type { Operand, Shift } from "../backend/backend.ts";
import { broadcastStrides, contiguousStrides, type Layout, type Shape } from "../shape.ts";
import type { Node } from "./node.ts";

/** Strides over an iteration shape, with the offset of its first element. */
export interface Access {
  /** The offset that is known when the plan is made. */
  readonly offset: number;
  /** What the parameters add to it. */
  readonly shifts: readonly Shift[];
  /** Elements between neighbours, one an axis. */
  readonly strides: readonly number[];
}

const NO_SHIFTS: readonly Shift[] = [];

/** An access with the layout's own strides if they mean the same: contiguous values are told by that array. */
export function withOwnStrides(access: Access, { shape, strides }: Layout): Access {
  return isContiguous(access.strides, shape) ? { ...access, strides } : access;
}

/** The access of row-major elements. */
export function contiguousAccess(shape: Shape, offset = 0): Access {
  return { offset, shifts: NO_SHIFTS, strides: contiguousStrides(shape) };
}

/** The access with given strides. */
export function stridedAccess(offset: number, strides: readonly number[]): Access {
  return { offset, shifts: NO_SHIFTS, strides };
}

/** The operand of a slot, read or written through an access. */
export function operandOf(slot: number, dtype: Operand["dtype"], offset: number, access: Access): Operand {
  return { slot, dtype, offset: offset + access.offset, shifts: access.shifts, strides: access.strides };
}

/** An access to a smaller shape, read as the larger shape that it broadcasts to. */
export function broadcastAccess(access: Access, from: Shape, to: Shape): Access {
  return from === to ? access : { ...access, strides: broadcastStrides(from, access.strides, to) };
}

/** The access through a view of the node that `access` reads; null if strides cannot express it. */
export function viewAccess(view: Node, access: Access, paramBase: number): Access | null {
  const from = view.inputs![0]!.layout.shape, to = view.layout.shape;
  switch (view.op.view) {
    case "expand":
      return broadcastAccess(access, from, to);
    case "permute":
      return { ...access, strides: view.op.axes.map((axis) => access.strides[axis]!) };
    case "slice":
      return {
        offset: access.offset,
        shifts: [...access.shifts, ...sliceShifts(access.strides, from, paramBase)],
        strides: access.strides.map((stride, axis) => stride * view.op.steps[axis]!),
      };
    case "reshape": {
      const strides = reshapeStrides(from, access.strides, to);
      return strides === null ? null : { ...access, strides };
    }
    default:
      return access;
  }
}

function sliceShifts(strides: readonly number[], shape: Shape, paramBase: number): Shift[] {
  const shifts: Shift[] = [];
  for (let axis = 0; axis < shape.length; axis++) {
    if (strides[axis] !== 0) shifts.push({ param: paramBase + axis, stride: strides[axis]! });
  }
  return shifts;
}

/** The strides of a reshaped view, or null if the elements do not lie so. */
export function reshapeStrides(from: Shape, strides: readonly number[], to: Shape): number[] | null {
  const result = new Array<number>(to.length).fill(0);
  let i = 0, j = 0;
  while (i < from.length || j < to.length) {
    let source = 1, target = 1;
    const firstSource = i, firstTarget = j;
    // The smallest groups of axes with the same number of elements.
    if (i < from.length) source *= from[i++]!;
    if (j < to.length) target *= to[j++]!;
    while (source !== target) {
      if (source < target) {
        if (i === from.length) return to.includes(0) ? result : null;
        source *= from[i++]!;
      } else {
        if (j === to.length) return from.includes(0) ? result : null;
        target *= to[j++]!;
      }
    }
    const stride = mergedStride(from, strides, firstSource, i);
    if (stride === null) return null;
    for (let axis = j - 1, step = stride; axis >= firstTarget; axis--) {
      result[axis] = step;
      step *= to[axis]!;
    }
  }
  return result;
}

/** The stride of a group of axes seen as one, or null if they do not merge. */
function mergedStride(shape: Shape, strides: readonly number[], first: number, end: number): number | null {
  let inner = 0, length = 1;
  for (let axis = end - 1; axis >= first; axis--) {
    if (shape[axis] === 1) continue;
    if (length === 1) inner = strides[axis]!;
    else if (strides[axis] !== inner * length) return null;
    length *= shape[axis]!;
  }
  return inner;
}

/** Whether an access reads every element of as many bytes once, in any order. */
export function isBijective(access: Access, shape: Shape): boolean {
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis]! > 1 && access.strides[axis] === 0) return false;
  }
  return true;
}

/** Whether an access reads elements in row-major order without gaps. */
export function isContiguous(strides: readonly number[], shape: Shape): boolean {
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) {
      if (strides[axis] !== step) return false;
      step *= shape[axis]!;
    }
  }
  return true;
}

/** The views between a node and a kernel's iteration; the last one ends at the iteration shape. */
export class Path {
  readonly #through = new Map<Node, Path>();

  private constructor(
    /** The shape that the iteration sees at this end. */
    readonly shape: Shape,
    /** The view node, or the elementwise node to whose shape its inputs broadcast; null at the kernel. */
    readonly node: Node | null,
    /** The rest of the way to the kernel. */
    readonly next: Path | null,
  ) {}

  /** The empty path of a kernel. */
  static root(shape: Shape): Path {
    return new Path(shape, null, null);
  }

  /** The path that first goes through a view, or is first broadcast to an elementwise node's shape. */
  through(node: Node): Path {
    if (node.op.kind !== "view" && node.layout.shape === this.shape) return this;
    let path = this.#through.get(node);
    if (path === undefined) {
      const shape = node.op.kind === "view" ? node.inputs![0]!.layout.shape : node.layout.shape;
      path = new Path(shape, node, this);
      this.#through.set(node, path);
    }
    return path;
  }

  /** How the kernel's iteration reads bytes of the given shape; null if strides cannot express it. */
  resolve(access: Access, shape: Shape, paramBase: (node: Node) => number): Access | null {
    let current: Access | null = broadcastAccess(access, shape, this.shape);
    for (let path = this.next, node = this.node; node !== null; path = path!.next) {
      if (node.op.kind === "view") {
        current = viewAccess(node, current, paramBase(node));
        if (current === null) return null;
        current = broadcastAccess(current, node.layout.shape, path!.shape);
      } else current = broadcastAccess(current, node.layout.shape, path!.shape);
      node = path!.node;
    }
    return current;
  }
}
