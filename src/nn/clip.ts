/**
 * Limiting the length of gradients.
 *
 * @module
 */
import { checkNumber } from "../arguments.ts";
import { Parameter } from "../cell.ts";
import { zeros } from "../create.ts";
import { ArgumentError } from "../errors.ts";
import { noGrad } from "../graph/pending.ts";
import { describe } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Keeps the division finite when all gradients are 0. */
const EPSILON = 1e-6;

/**
 * Scales the gradients of parameters so that, taken as one vector, they are at most `maxNorm` long. Nothing is
 * read: the norm stays a tensor, and the scaling becomes part of the next step.
 *
 * @param parameters The parameters; those without a gradient are skipped
 * @param maxNorm The greatest length
 * @returns The length before the scaling
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const weight = new nn.Parameter(tensor([3, 4]));
 * weight.square().sum().backward();
 * assertEquals(nn.clipGradNorm([weight], 1).item(), 10);
 * assertAlmostEquals(weight.grad!.norm().item(), 1, 1e-5);
 * ```
 */
export function clipGradNorm(parameters: Iterable<Parameter>, maxNorm: number): Tensor {
  checkNumber("maxNorm of clipGradNorm", maxNorm, 0, Infinity);
  const clipped: Parameter[] = [], gradients: Tensor[] = [];
  for (const parameter of parameters) {
    if (!(parameter instanceof Parameter)) {
      throw new ArgumentError(`Cannot clipGradNorm: want parameters, was given ${describe(parameter)}`);
    }
    if (parameter.grad === null) continue;
    clipped.push(parameter);
    gradients.push(parameter.grad);
  }
  if (clipped.length === 0) return zeros([]);
  return noGrad(() => {
    const norm = gradients.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b)).sqrt();
    const scale = norm.add(EPSILON).reciprocal().mul(maxNorm).minimum(1);
    clipped.forEach((parameter, i) => parameter.grad = gradients[i]!.mul(scale));
    return norm;
  });
}
