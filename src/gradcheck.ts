/**
 * Checking gradients by small differences.
 *
 * @module
 */
import { checkNumber, checkOptions } from "./arguments.ts";
import { gradientsOf } from "./autograd.ts";
import { tensor } from "./create.ts";
import { ArgumentError, DTypeError, GradientError } from "./errors.ts";
import { finish } from "./options.ts";
import { checkTensor } from "./record/operand.ts";
import { describe, type Device, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** How far an element is moved to either side (default 1e-6). */
  eps?: number;
  /** How far the gradients may differ, relative to their size (default 1e-4). */
  rtol?: number;
  /** How far they may differ in addition (default 1e-6). */
  atol?: number;
}

/**
 * Checks the gradients of a function with respect to every element of its inputs against central differences. The
 * function's result is weighted element by element, so that no two of its gradients are alike.
 *
 * @example
 * ```ts
 * import { gradcheck, tensor } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * const x = tensor([0.5, 1, 2], { dtype: "float64" });
 * assert(gradcheck((x) => x.log().mul(x), [x]));
 * ```
 *
 * @param f A function of tensors that returns one
 * @param inputs `float64` tensors to call it with
 * @param options `eps`, `rtol`, `atol`
 * @returns true
 * @throws {GradientError} If a gradient differs; the text says which one
 * @throws {DTypeError} If an input is not `float64`
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  checkOptions("gradcheck", options, ["eps", "rtol", "atol"]);
  const { eps = 1e-6, rtol = 1e-4, atol = 1e-6 } = options;
  checkNumber("The eps of gradcheck", eps, Number.MIN_VALUE);
  checkNumber("The rtol of gradcheck", rtol, 0);
  checkNumber("The atol of gradcheck", atol, 0);
  const points = checkInputs(f, inputs);
  const weighted = (leaves: Tensor[]): Tensor => {
    const result = f(...leaves);
    checkTensor("gradcheck a function's result", result);
    return result.mul(weights(result)).sum();
  };
  const leaves = points.map((point) => leafOf(point, point.data));
  const computed = gradientsOf(weighted(leaves), leaves, undefined, {});
  points.forEach((point, i) => {
    const { data } = point;
    const gradient = computed[i]!.data;
    for (let j = 0; j < data.length; j++) {
      const moveTo = (moved: Float64Array): number => {
        return weighted(points.map((other, k) => leafOf(other, k === i ? moved : other.data))).item();
      };
      const wanted = slope(moveTo, data, j, eps);
      if (Math.abs(gradient[j]! - wanted) <= atol + rtol * Math.abs(wanted)) continue;
      throw new GradientError(
        `The gradient of input ${i} at element ${j} is ${
          gradient[j]
        }, but central differences give ${wanted}`,
      );
    }
  });
  return true;
}

interface Point {
  readonly shape: Shape;
  readonly device: Device;
  readonly data: Float64Array;
}

function checkInputs(f: unknown, inputs: unknown): Point[] {
  if (typeof f !== "function") throw new ArgumentError(`Cannot gradcheck ${describe(f)}: want a function`);
  if (!Array.isArray(inputs)) {
    throw new ArgumentError(`Cannot gradcheck with ${describe(inputs)}: want an array of tensors`);
  }
  return inputs.map((x) => {
    checkTensor("gradcheck", x);
    if (x.dtype !== "float64") throw new DTypeError(`Cannot gradcheck with a ${x.dtype} input: want float64`);
    return { shape: x.shape, device: x.device, data: x.data as Float64Array };
  });
}

function leafOf({ shape, device }: Point, data: Float64Array): Tensor {
  return finish(tensor(data, { device }).reshape(shape), { dtype: "float64", device, requiresGrad: true });
}

/** Weights from 0.5 to 1.5 that repeat only after many elements. */
function weights(x: Tensor): Tensor {
  const golden = (Math.sqrt(5) - 1) / 2;
  const values = Float64Array.from({ length: x.size }, (_, i) => 0.5 + (i + 1) * golden % 1);
  return tensor(values, { device: x.device }).reshape(x.shape);
}

function slope(f: (moved: Float64Array) => number, data: Float64Array, at: number, eps: number): number {
  const moved = data.slice();
  moved[at] = data[at]! + eps;
  const above = f(moved), high = moved[at];
  moved[at] = data[at]! - eps;
  return (above - f(moved)) / (high - moved[at]);
}
