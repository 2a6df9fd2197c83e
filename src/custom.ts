/**
 * Functions of tensors that bring their own gradient.
 *
 * @module
 */
import { checkOptions } from "./arguments.ts";
import { zerosLike } from "./create.ts";
import { ArgumentError, GradientError } from "./errors.ts";
import { noGrad, record } from "./graph/pending.ts";
import { tape } from "./graph/tape.ts";
import { makeOp, type Op, OUTPUT_BIT } from "./ops/op.ts";
import { checkTensor } from "./record/operand.ts";
import { describe, sameShape, showShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** The most tensors that a custom function takes: what its gradient reads is noted in so many bits. */
const MAX_INPUTS = 7;

/** A function and its gradient. */
export interface CustomFunction {
  /** Computes the result. Nothing that it does is recorded for gradients. */
  forward(...inputs: Tensor[]): Tensor;
  /**
   * Computes the gradients of the inputs from the gradient of the result: one tensor for one input, otherwise an array
   * with one for each, `null` where none flows. A gradient may have the shape of its input or of the result, over which
   * the input was broadcast.
   */
  backward(
    gradient: Tensor,
    inputs: readonly Tensor[],
    result: Tensor,
  ): Tensor | readonly (Tensor | null)[];
}

let made = 0;

/**
 * Makes a function of tensors whose gradient is given, not derived. It may be called any number of times; make it
 * once, not in a loop. Gradients of its gradient flow through what `backward` computes.
 *
 * @example
 * ```ts
 * import { customFunction, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const roundStraight = customFunction({
 *   forward: (x) => x.add(0.5).floor(),
 *   backward: (gradient) => gradient,
 * });
 * const x = tensor([0.2, 1.7], { requiresGrad: true });
 * const y = roundStraight(x);
 * y.mul(3).sum().backward();
 * assertEquals(y.toArray(), [0, 2]);
 * assertEquals(x.grad?.toArray(), [3, 3]);
 * ```
 *
 * @param definition `forward` and `backward`
 * @throws {ArgumentError} If one of them is not a function
 */
export function customFunction(definition: CustomFunction): (...inputs: Tensor[]) => Tensor {
  checkOptions("customFunction", definition, ["forward", "backward"]);
  const { forward, backward } = definition;
  if (typeof forward !== "function" || typeof backward !== "function") {
    throw new ArgumentError("Cannot customFunction: want the functions forward and backward");
  }
  const op = customOp(backward);
  return (...inputs) => apply(op, forward, inputs);
}

/** An op that shows its first input, the result, and whose gradient goes to the others. */
function customOp(backward: CustomFunction["backward"]): Op {
  const found = new WeakMap<Tensor, { readonly g: Tensor; readonly all: readonly Tensor[] }>();
  return makeOp({
    name: `custom function ${++made}`,
    kind: "view",
    view: "detach",
    gradients: [(g, [, ...inputs], result, i) => {
      let known = found.get(result);
      if (known?.g !== g) {
        known = { g, all: checkGradients(backward(g, inputs, result), inputs, result) };
        found.set(result, known);
      }
      return known.all[i - 1]!;
    }],
    reads: [OUTPUT_BIT | (2 << MAX_INPUTS) - 1],
  });
}

function apply(op: Op, forward: CustomFunction["forward"], inputs: readonly Tensor[]): Tensor {
  for (const x of inputs) checkTensor("apply a custom function", x);
  if (inputs.length > MAX_INPUTS) {
    throw new ArgumentError(
      `Cannot apply a custom function to ${inputs.length} tensors: at most ${MAX_INPUTS} are supported`,
    );
  }
  const result = noGrad(() => forward(...inputs.map((x) => x.detach())));
  checkTensor("apply a custom function", result, "forward to return a tensor");
  // What `backward` does may change from call to call, so the tape does not decide what an evaluation does.
  tape.replayable = false;
  return record(op, [result, ...inputs], result.layout) as Tensor;
}

function checkGradients(
  given: Tensor | readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  result: Tensor,
): readonly Tensor[] {
  const list = Array.isArray(given) ? given as readonly (Tensor | null)[] : [given as Tensor];
  if (list.length !== inputs.length) {
    throw new GradientError(
      `The backward of a custom function must return ${inputs.length} gradients, was ${
        Array.isArray(given) ? list.length : describe(given)
      }`,
    );
  }
  return list.map((gradient, i) =>
    gradient === null ? zerosLike(inputs[i]!) : checkGradient(gradient, inputs[i]!, result)
  );
}

function checkGradient(gradient: Tensor, input: Tensor, result: Tensor): Tensor {
  checkTensor("use what the backward of a custom function returned", gradient, "a tensor or null");
  if (!sameShape(gradient.shape, input.shape) && !sameShape(gradient.shape, result.shape)) {
    throw new GradientError(
      `The backward of a custom function returned shape ${showShape(gradient.shape)} for an input of shape ${
        showShape(input.shape)
      }`,
    );
  }
  return gradient;
}
