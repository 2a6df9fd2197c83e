/**
 * Folds by compiled functions: the op that applies one in order along an axis, and its gradient, a fold in reverse.
 *
 * @module
 */
import type { DType } from "../dtype.ts";
import { CompileError } from "../errors.ts";
import { record } from "../graph/pending.ts";
import { type Call, makeOwnOp, type Op, OUTPUT_BIT } from "../ops/op.ts";
import { at } from "../record/at.ts";
import { constant } from "../record/operand.ts";
import { expand } from "../record/view.ts";
import type { Tensor } from "../tensor.ts";
import { numbersFor } from "./apply.ts";
import { bodyOf } from "./body.ts";
import { type Compiled, find } from "./cache.ts";
import { Derivative } from "./derivative.ts";
import { lower } from "./lower.ts";
import { type Numbers, patternOf, spreadKnown } from "./numbers.ts";

/** The ops of folds by what is folded, the dtype, and what of it is known. */
const ops = new WeakMap<object, Map<string, Op>>();

/** A function that is folded. */
export interface Folded {
  /** What errors and plans call it. */
  readonly name: string;
  readonly compiled: Compiled;
  /** What depends on no tensor. */
  readonly numbers: Numbers;
  /** The function itself, to be called instead of its compiled form. */
  readonly call: Call["f"] | null;
}

/**
 * Records a fold along the first axis of `rows`; `keepsAll` says whether all results so far are wanted, the start
 * included, or the last alone.
 */
export function foldRows(folded: Folded, start: Tensor, rows: readonly Tensor[], keepsAll: boolean): Tensor {
  const { layout } = start, count = rows[0]!.layout.shape[0]!;
  const op = opOf(folded, layout.dtype), known = folded.numbers.filter((x) => x !== undefined);
  const to = keepsAll ? layout.withShape([count + 1, ...layout.shape]) : layout;
  return record(op, [start, ...rows], to, known) as Tensor;
}

function opOf(folded: Folded, dtype: DType): Op {
  const { compiled: { recipe }, call } = folded, owner = call === null ? recipe : folded.compiled;
  const pattern = patternOf(folded.numbers), key = `${dtype} ${pattern}`;
  let known = ops.get(owner);
  if (known === undefined) ops.set(owner, known = new Map());
  let op = known.get(key);
  if (op === undefined) known.set(key, op = makeFold(folded, dtype, pattern));
  return op;
}

function makeFold(folded: Folded, dtype: DType, pattern: string): Op {
  const { name, compiled: { recipe }, numbers, call } = folded, body = bodyOf(recipe, numbers, dtype);
  if (body === null) {
    throw new CompileError(
      `Cannot fold with ${name}: a round of it comes to more ops than a program has room for`,
    );
  }
  const reads = (2 << recipe.parameters) - 1 | OUTPUT_BIT, flows = new WeakMap<Tensor, Flow>();
  return makeOwnOp({
    name: `fold by ${name}`,
    kind: "fold",
    body,
    call: call === null ? null : { f: call, inputs: Array.from({ length: recipe.parameters }, (_, i) => i) },
    gradients: [(g, inputs, states, i) => {
      let flow = flows.get(g);
      if (flow === undefined) {
        flows.set(g, flow = flowOf(folded, spreadKnown(pattern, states.params), g, inputs, states));
      }
      if (i === 0) return at(flow.totals, [0]);
      const { derivative, totals } = flow, count = states.layout.shape[0]! - 1;
      return derivative.by(derivative.targets[i]!, at(totals, [[1, count + 1]])) ?? zeros(inputs[i]!);
    }],
    reads: [reads],
  });
}

/** How a gradient flows through a fold. */
interface Flow {
  /** The derivative of all rounds at once, by the results before them and by what they read. */
  readonly derivative: Derivative;
  /** The gradients of all results so far, by way of those that come after them. */
  readonly totals: Tensor;
}

function flowOf(
  { compiled: { recipe } }: Folded,
  numbers: Numbers,
  g: Tensor,
  [, ...rows]: readonly Tensor[],
  states: Tensor,
): Flow {
  const count = states.layout.shape[0]! - 1, before = at(states, [[0, count]]), { layout } = before;
  const args = [before, ...rows], ground = { dtype: layout.dtype, layout };
  const derivative = new Derivative(args, () => lower(recipe, args, numbers, ground, true));
  const slope = derivative.by(before, expand(constant(1, layout.dtype, layout.device), layout.shape));
  return { derivative, totals: slope === null ? g : totalsOf(g, slope, count) };
}

function carry(total: number, slope: number, own: number): number {
  return total * slope + own;
}

/** From the last result to the first: its own gradient, and that of the next one times the slope of the round. */
function totalsOf(g: Tensor, slope: Tensor, count: number): Tensor {
  const compiled = find(carry, "[1,1,1]", undefined), backwards = [null, null, -1] as const;
  const folded = { name: "carry", compiled, numbers: numbersFor(compiled, [g, g, g]), call: null };
  const rows = [at(slope, [backwards]), at(at(g, [[0, count]]), [backwards])];
  return at(foldRows(folded, at(g, [count]), rows, true), [backwards]);
}

function zeros({ layout }: Tensor): Tensor {
  return expand(constant(0, layout.dtype, layout.device), layout.shape);
}
