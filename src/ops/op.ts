/**
 * What an op is to the graph: a kind, attributes, and its gradient. Ops are interned: equal ops are one object.
 *
 * @module
 */
import type { Program } from "../program.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The gradient with respect to one input, written in Tensor methods: `g` is the gradient of the result `out`,
 * `i` the input's position. It may have the result's (broadcast) shape; autograd sums it to the input's. The only
 * numbers of a graph that it may use are parameters of nodes, handed on as they are: `graph/repeat.ts` relies on that.
 */
export type Gradient = (g: Tensor, inputs: Inputs, out: Tensor, i: number) => Tensor;

/** The inputs of an op: as many as it has. The type spares the gradients a check of each. */
export type Inputs = readonly [first: Tensor, second: Tensor, third: Tensor, ...rest: Tensor[]];

/** What the gradient of an input reads: bit `j` is input `j`, `OUTPUT_BIT` the result. */
export type Reads = number;

/** The bit of `Reads` that stands for the op's own result. */
export const OUTPUT_BIT = 256;

/** The ways to fold values. */
export type Combine = "sum" | "prod" | "max" | "min" | "any" | "all" | "argmax" | "argmin";

/** How an op is computed. */
export type Kind =
  | "leaf" // bytes that were given
  | "constant" // one number in every element; parameter: the number
  | "index" // the row-major index of each element
  | "random" // uniform numbers; parameters: seed, base
  | "map" // an opcode applied to each element
  | "copy" // the input's elements, converted to the result's dtype
  | "view" // strides on the input's bytes
  | "reduce" // axes folded
  | "matmul" // batched product of matrices
  | "fold" // a program applied in order along an axis; inputs: start, what each round reads; parameters: constants
  | "call" // a function of JavaScript's applied to each element; parameters: its numbers
  | "gather" // entries picked along an axis; inputs: source, index
  | "scatterAdd" // entries added along an axis of zeros; inputs: source, index
  | "concat" // inputs one after another along an axis
  | "place"; // the input's elements on a slice of zeros; parameters: starts

/** The ways to look at bytes. */
export type View = "reshape" | "expand" | "permute" | "slice" | "detach";

/** An op with its attributes. */
export interface Op {
  /** A number for each distinct op. */
  readonly id: number;
  /** Its name, as users know it. */
  readonly name: string;
  /** How it is computed. */
  readonly kind: Kind;
  /** For each input its gradient (the last one stands for all further inputs); empty if it has none. */
  readonly gradients: readonly Gradient[];
  /** For each gradient what it reads. */
  readonly reads: readonly Reads[];
  /** `map`: the op word of its instruction. */
  readonly opcode: number;
  /** `view`: which one. */
  readonly view: View | null;
  /** `reduce`: how values are folded. */
  readonly combine: Combine | null;
  /** `permute`: the order; `reduce`: the folded axes; `gather`, `scatterAdd`, `concat`: the axis. */
  readonly axes: readonly number[];
  /** `slice`, `place`: the step along each axis. */
  readonly steps: readonly number[];
  /** `fold`: what each round does. */
  readonly body: Body | null;
  /** `call`, and `fold` where no program is run: the function. */
  readonly call: Call | null;
}

/** What each round of a fold does. */
export interface Body {
  /** Its inputs are the result so far and what the round reads, its output the result. */
  readonly program: Program;
  /** For each constant, which parameter of the node it is. */
  readonly constants: readonly number[];
}

/** A function of JavaScript's, as it is called for each element. */
export interface Call {
  /** The function of all its arguments. */
  readonly f: (...values: number[]) => number;
  /** For each argument the input that it is, or -1 for the next parameter. */
  readonly inputs: readonly number[];
}

const interned = new Map<string, Op>();
const NONE: readonly never[] = [];

let made = 0;

type Parts = Partial<Op> & Pick<Op, "name" | "kind">;

/** Makes or finds the op with these parts; ops are told apart by kind, name, axes and steps. */
export function makeOp(parts: Parts): Op {
  const key = `${parts.kind} ${parts.name} ${parts.axes ?? ""}/${parts.steps ?? ""}`;
  let op = interned.get(key);
  if (op === undefined) interned.set(key, op = makeOwnOp(parts));
  return op;
}

/** Makes an op that nobody else can find: it is forgotten with its maker. */
export function makeOwnOp(parts: Parts): Op {
  return {
    id: made++,
    gradients: NONE,
    reads: NONE,
    opcode: -1,
    view: null,
    combine: null,
    axes: NONE,
    steps: NONE,
    body: null,
    call: null,
    ...parts,
  };
}

/** Bytes that were given. */
export const LEAF: Op = makeOp({ name: "tensor", kind: "leaf" });
/** The same number everywhere. */
export const CONSTANT: Op = makeOp({ name: "full", kind: "constant" });
/** The row-major index of each element. */
export const INDEX: Op = makeOp({ name: "arange", kind: "index" });
/** Uniform random numbers in [0, 1). */
export const RANDOM: Op = makeOp({ name: "rand", kind: "random" });
/** A new version of a cell. */
export const VERSION: Op = makeOp({ name: "assign", kind: "copy" });
