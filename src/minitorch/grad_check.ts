/**
 * The course's check of gradients.
 *
 * @module
 */
import { GradientError } from "../errors.ts";
import { showShape } from "../shape.ts";
import type { Tensor } from "./tensor.ts";
import { TensorData } from "./tensor_data.ts";

/** How far an element is moved to either side. */
const EPSILON = 1e-6;
/** How far a gradient may differ, relative to the central difference and in addition. */
const TOLERANCE = 1e-2;

/**
 * Compares the gradients of a function with central differences: for each element of each argument, not for a random
 * one as the course does. It forgets the gradients that the arguments had.
 *
 * @param f A function of tensors
 * @param args What it is called with; gradients flow to them from then on
 * @throws {GradientError} If a gradient differs by more than 0.01 and a hundredth
 *
 * @example
 * ```ts
 * import { gradCheck, tensor } from "@tensaur/tensaur/minitorch";
 *
 * gradCheck((a, b) => a!.mul(b!).sigmoid(), tensor([0.5, -1]), tensor([[2], [3]]));
 * ```
 */
export function gradCheck(f: (...args: Tensor[]) => Tensor, ...args: Tensor[]): void {
  for (const arg of args) {
    arg.requiresGrad_();
    arg.zeroGrad_();
  }
  f(...args).sum().backward();
  args.forEach((arg, i) => {
    for (const index of arg.data.indices()) {
      const found = arg.grad?.get(index) ?? 0, want = differenceAt(f, args, i, index);
      if (Math.abs(found - want) <= TOLERANCE + TOLERANCE * Math.abs(want)) continue;
      throw new GradientError(
        `The gradient of argument ${i} at ${
          showShape(index)
        } is ${found}, but the central difference is ${want}`,
      );
    }
  });
}

/** The central difference by one element; results are subtracted before they are summed, so that little is lost. */
function differenceAt(
  f: (...args: Tensor[]) => Tensor,
  args: readonly Tensor[],
  place: number,
  index: readonly number[],
): number {
  const movedBy = (step: number): Float64Array => {
    const constants = args.map((arg, i) => i === place ? moved(arg, index, step) : arg.detach());
    return f(...constants).contiguous().data.storage;
  };
  const above = movedBy(EPSILON), below = movedBy(-EPSILON);
  return above.reduce((sum, value, i) => sum + (value - below[i]!), 0) / (2 * EPSILON);
}

/** A tensor with one element moved. */
function moved(arg: Tensor, index: readonly number[], step: number): Tensor {
  const [storage, shape, strides] = arg.tuple(), result = new TensorData(storage.slice(), shape, strides);
  result.set(index, result.get(index) + step);
  return arg.make(result);
}
