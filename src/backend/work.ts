/**
 * What a step has to do at least: the bytes that it must move, and a matmul's operations.
 *
 * @module
 */
import { type DType, DTYPES } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import type { Epilogue, GatherStep, Job, Operand, ScatterAddStep, Step } from "./backend.ts";

/** The bytes that a step must read and write: those of each operand's elements that it reaches, once an operand. */
export function bytesOf(step: Step): number {
  switch (step.kind) {
    case "map":
      return step.jobs.reduce((sum, job) => sum + jobBytes(job), 0);
    case "fold":
    case "call":
      return jobBytes(step.job);
    case "reduce": {
      const kept = step.job.shape.filter((_, axis) => !step.reduced[axis]);
      return jobBytes(step.job) + resultBytes(step.result, kept, step.epilogue);
    }
    case "matmul": {
      const { shape, inner, left, right, result, epilogue } = step;
      const batch = shape.slice(0, -2), [rows, columns] = shape.slice(-2) as [number, number];
      return reachedBytes(left, [...batch, rows, inner]) + reachedBytes(right, [...batch, inner, columns]) +
        resultBytes(result, shape, epilogue);
    }
    default:
      return moveBytes(step);
  }
}

/** The additions and multiplications of a matmul; null for a step of another family. */
export function flopsOf(step: Step): number | null {
  return step.kind === "matmul" ? 2 * sizeOf(step.shape) * step.inner : null;
}

function jobBytes({ shape, operands }: Job): number {
  return operands.reduce((sum, operand) => sum + reachedBytes(operand, shape), 0);
}

/** How many elements an operand has over a shape: along an axis that it is repeated over, one. */
function reached({ strides }: Operand, shape: readonly number[]): number {
  return shape.reduce(
    (count, length, axis) => count * (strides[axis] === 0 ? Math.min(length, 1) : length),
    1,
  );
}

/** The bytes of `count` elements; an index has no memory. */
function bytesFor({ slot, dtype }: Operand, count: number): number {
  return slot < 0 ? 0 : count * DTYPES[dtype as DType].size;
}

function reachedBytes(operand: Operand, shape: readonly number[]): number {
  return bytesFor(operand, reached(operand, shape));
}

/** A result and what its epilogue moves. The epilogue has the result at hand, and may store over it. */
function resultBytes(result: Operand, shape: readonly number[], epilogue: Epilogue | null): number {
  const own = bytesFor(result, sizeOf(shape));
  if (epilogue === null) return own;
  const { operands } = epilogue.job, others = { ...epilogue.job, operands: operands.slice(1) };
  const outputs = operands.slice(epilogue.program.inputs.length);
  const isReplaced = outputs.some(({ slot, offset, dtype }) =>
    slot === result.slot && offset === result.offset && dtype === result.dtype
  );
  return jobBytes(others) + (isReplaced ? 0 : own);
}

/** A move picks an element for each position, or adds to one; it reaches no more than there are. */
function moveBytes({ kind, shape, axis, size, source, index, result }: GatherStep | ScatterAddStep): number {
  const positions = sizeOf(shape), picked = shape.with(axis, size);
  if (kind === "gather") {
    return bytesFor(source, Math.min(positions, reached(source, picked))) + reachedBytes(index, shape) +
      bytesFor(result, positions);
  }
  return reachedBytes(source, shape) + reachedBytes(index, shape) +
    2 * bytesFor(result, Math.min(positions, reached(result, picked)));
}
