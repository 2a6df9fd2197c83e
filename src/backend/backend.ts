/**
 * What a backend is: it turns the steps of a plan into calls, and runs them over bytes.
 *
 * It knows programs, shapes and strides. It knows nothing of tensors, graphs, gradients or who owns what.
 *
 * @module
 */
import type { DType, TypedArray } from "../dtype.ts";
import type { Call, Combine } from "../ops/op.ts";
import type { Program } from "../program.ts";
import type { Storage } from "./storage.ts";

/** A strided view of a slot's bytes. Strides and offset count elements; strides may be 0 or negative. */
export interface Operand {
  /** The slot that holds the bytes, or -1 for an index input (its value is `offset` + Σ coordinate × stride). */
  readonly slot: number;
  /** The element type. */
  readonly dtype: DType | "index";
  /** Where element [0, …, 0] lies. */
  readonly offset: number;
  /** What a plan's run adds to the offset: Σ parameter × stride. */
  readonly shifts: readonly Shift[];
  /** Elements between neighbours, one number an axis of the iteration. */
  readonly strides: readonly number[];
}

/** A part of an operand's offset that is known only when the plan runs (the start of a slice). */
export interface Shift {
  /** Which parameter of the plan. */
  readonly param: number;
  /** What it is multiplied with. */
  readonly stride: number;
}

/** An offset with what the parameters of a run add to it. */
export function offsetOf(
  { offset, shifts }: Pick<Operand, "offset" | "shifts">,
  params: Float64Array | readonly number[],
): number {
  for (let i = 0; i < shifts.length; i++) offset += params[shifts[i]!.param]! * shifts[i]!.stride;
  return offset;
}

/** One shape and its operands for a program: inputs first, then outputs. */
export interface Job {
  /** The iteration shape. */
  readonly shape: readonly number[];
  /** The program's inputs, then its outputs. */
  readonly operands: readonly Operand[];
}

/** A program with what its constants are. */
export interface Code {
  /** The program. */
  readonly program: Program;
  /** For each constant the index of the plan's parameter that gives its value. */
  readonly constants: readonly number[];
}

/** Runs a program over one or several shapes. */
export interface MapStep extends Code {
  /** The family. */
  readonly kind: "map";
  /** What it runs over; no job reads what another one writes. */
  readonly jobs: readonly Job[];
}

/** A map over a result that has just been computed: its first input is the result. */
export interface Epilogue extends Code {
  /** The result's shape and the operands. */
  readonly job: Job;
}

/** Folds the reduced axes of what a program computes (its last accumulator; it has no outputs). */
export interface ReduceStep extends Code {
  /** The family. */
  readonly kind: "reduce";
  /** How values are folded. */
  readonly combine: Combine;
  /** The iteration shape, and the program's inputs over it. */
  readonly job: Job;
  /** For each axis of the shape, whether it is folded. */
  readonly reduced: readonly boolean[];
  /** Where the results go: contiguous, over the axes that are kept. */
  readonly result: Operand;
  /** What is done to the results while they are at hand. */
  readonly epilogue: Epilogue | null;
}

/** Batched matrix product. */
export interface MatmulStep {
  /** The family. */
  readonly kind: "matmul";
  /** Whether operands of float32 may be rounded to TF32, by backends that gain by it. */
  readonly tf32: boolean;
  /** The shape of the result: batch axes, then rows and columns. */
  readonly shape: readonly number[];
  /** The length of the inner axis. */
  readonly inner: number;
  /** Left operand: strides of the batch axes, of rows, of the inner axis. */
  readonly left: Operand;
  /** Right operand: strides of the batch axes, of the inner axis, of columns. */
  readonly right: Operand;
  /** Where the product goes: contiguous. */
  readonly result: Operand;
  /** What is done to each tile while it is at hand. */
  readonly epilogue: Epilogue | null;
}

/** `out[…, i, …] = source[…, index[…, i, …], …]` along an axis. */
export interface GatherStep {
  /** The family. */
  readonly kind: "gather";
  /** The shape of the index and of the result. */
  readonly shape: readonly number[];
  /** The axis that is indexed. */
  readonly axis: number;
  /** How many entries the source has along the axis. */
  readonly size: number;
  /** What is read. */
  readonly source: Operand;
  /** int32 positions along the axis. */
  readonly index: Operand;
  /** Where it goes: contiguous. */
  readonly result: Operand;
}

/** `out[…, index[…, i, …], …] += source[…, i, …]` in row-major order of the source; `out` starts as zeros. */
export interface ScatterAddStep {
  /** The family. */
  readonly kind: "scatterAdd";
  /** The shape of the index and of the source. */
  readonly shape: readonly number[];
  /** The axis that is indexed. */
  readonly axis: number;
  /** How many entries the result has along the axis. */
  readonly size: number;
  /** What is added. */
  readonly source: Operand;
  /** int32 positions along the axis. */
  readonly index: Operand;
  /** Where it is added, with the strides of its own (contiguous) shape. */
  readonly result: Operand;
}

/** Runs a program along the first axis in order, so that a round reads what the one before has stored. */
export interface FoldStep extends Code {
  /** The family. */
  readonly kind: "fold";
  /** What it runs over. */
  readonly job: Job;
}

/** Calls a function of JavaScript's for each element, in row-major order; only the reference backend can. */
export interface CallStep {
  /** The family. */
  readonly kind: "call";
  /** The function. */
  readonly f: Call["f"];
  /** For each argument the operand that it is, or -1 for the next constant. */
  readonly inputs: Call["inputs"];
  /** The plan's parameters that are its constants. */
  readonly constants: readonly number[];
  /** What it runs over; the last operand is the result. */
  readonly job: Job;
}

/** One kernel of a plan. */
export type Step = MapStep | ReduceStep | MatmulStep | GatherStep | ScatterAddStep | FoldStep | CallStep;

/** Steps that a backend has made ready to run. */
export interface Executable {
  /**
   * Runs the steps in order. `slots` are the bytes of each slot, `params` the values of the parameters.
   * Throws a typed error if a kernel refuses; results are then unspecified and inputs untouched.
   */
  run(slots: readonly Storage[], params: Float64Array): void;
  /**
   * Begins what `run` does beside the caller, who calls `join` before anything that was given is changed or given back.
   * Returns false, and nothing has begun, where that cannot be done.
   */
  start?(slots: readonly Storage[], params: Float64Array): boolean;
  /** Waits for what `start` has begun; returns whether it went well. */
  join?(): boolean;
  /** Runs the steps as `run` does, and tells how many nanoseconds each of them took. */
  profile(slots: readonly Storage[], params: Float64Array): Float64Array;
  /** How each step runs with what is set now (threads, SIMD): a line of `name value` pairs with bars between them. */
  report(): readonly string[];
  /** Gives back at once what it holds outside of JavaScript. A later run makes that anew. */
  free(): void;
}

/** A device's backend. */
export interface Backend {
  /** Bytes with no particular content, where its kernels find them. If there is no memory, `what` tells who has it. */
  allocate(bytes: number, what: string): Storage;
  /** Bytes of the process, copied to where its kernels find them; themselves if that is where they are. */
  place(storage: Storage): Storage;
  /** A copy of elements of the process, where its kernels find them. */
  copy(elements: TypedArray): Storage;
  /** Makes steps ready to run. */
  compile(steps: readonly Step[]): Executable;
}
