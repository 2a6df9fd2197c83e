/**
 * Functions that are called as they are: what the device `reference` does with compiled functions, whose compiled form
 * then gives the gradient alone.
 *
 * @module
 */
import { record } from "../graph/pending.ts";
import { tape } from "../graph/tape.ts";
import { type Call, makeOwnOp, type Op, OUTPUT_BIT } from "../ops/op.ts";
import { cast } from "../record/convert.ts";
import { constant, type Operand } from "../record/operand.ts";
import { expand } from "../record/view.ts";
import type { Tensor } from "../tensor.ts";
import { shapeOfText, spreadNumbers } from "./arguments.ts";
import type { Compiled } from "./cache.ts";
import { Derivative } from "./derivative.ts";
import type { ScalarFunction } from "./given.ts";
import { type Ground, lower } from "./lower.ts";
import { type Numbers, patternOf, spreadKnown } from "./numbers.ts";

/** The ops of functions by their compiled form, and what of their arguments is known. */
const ops = new WeakMap<Compiled, Map<string, Op>>();

/** A function as it is called with the numbers of arguments, whose shape is given as text. */
export function callOf(fn: ScalarFunction, shape: string): Call["f"] {
  const parsed = shapeOfText(shape);
  return (...values) => Number(fn(...spreadNumbers(parsed, values) as never[]));
}

/** Records calls of a function, element by element. */
export function recordCall(
  op: string,
  f: Call["f"],
  compiled: Compiled,
  args: readonly Operand[],
  numbers: Numbers,
  ground: Ground,
): Tensor {
  const { recipe } = compiled, key = `${op} ${ground.dtype} ${patternOf(numbers)}`;
  let known = ops.get(compiled);
  if (known === undefined) ops.set(compiled, known = new Map());
  let found = known.get(key);
  if (found === undefined) known.set(key, found = makeCall(op, f, compiled, ground, patternOf(numbers)));
  // What its gradient computes with depends on numbers that may be others the next time.
  tape.replayable = false;
  const tensors = args.filter((x) => typeof x !== "number").map((x) => cast(x, ground.dtype));
  const dtype = recipe.type === "boolean" ? "bool" : ground.dtype;
  const values = numbers.filter((x) => x !== undefined);
  return record(found, tensors, ground.layout.as(dtype), values) as Tensor;
}

function makeCall(op: string, f: Call["f"], { recipe }: Compiled, { dtype }: Ground, pattern: string): Op {
  let tensors = 0;
  const inputs = Array.from(pattern.slice(0, recipe.parameters), (each) => each === "-" ? tensors++ : -1);
  const derivatives = new WeakMap<Tensor, Derivative>();
  return makeOwnOp({
    name: op,
    kind: "call",
    call: { f, inputs },
    gradients: recipe.type === "boolean" ? [] : [(g, given, out, i) => {
      let derivative = derivatives.get(g);
      if (derivative === undefined) {
        const { layout } = out, numbers = spreadKnown(pattern, out.params);
        const targets = given.map((x) => expand(x, layout.shape));
        const args = inputs.map((j, at) => j < 0 ? numbers[at]! : targets[j]!);
        derivative = new Derivative(targets, () => lower(recipe, args, numbers, { dtype, layout }, true));
        derivatives.set(g, derivative);
      }
      const { layout } = out;
      return derivative.by(derivative.targets[i]!, g) ??
        expand(constant(0, layout.dtype, layout.device), layout.shape);
    }],
    reads: [OUTPUT_BIT - 1],
  });
}
