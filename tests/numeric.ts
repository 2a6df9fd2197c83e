/**
 * Comparing numbers in tests: within a bound, and gradients with central differences.
 */
import { assert, assertEquals } from "@std/assert";
import { type nn, noGrad, type Tensor, tensor } from "@tensaur/tensaur";

const STEP = 1e-6;

/** Asserts that two tensors agree within `bound`, relative where the numbers are above 1. */
export function assertClose(actual: Tensor, wanted: Tensor, bound: number): void {
  assertEquals(actual.shape, wanted.shape);
  assertCloseNumbers(actual.data, wanted.data, bound);
}

/** Asserts that two lists of numbers agree within `bound`, relative where the numbers are above 1. */
export function assertCloseNumbers(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  bound: number,
): void {
  assertEquals(actual.length, wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const a = actual[i]!, w = wanted[i]!;
    assert(
      Math.abs(a - w) <= bound * Math.max(1, Math.abs(w)),
      `element ${i} is ${a}, want ${w} within ${bound}`,
    );
  }
}

/** Compares the gradient of a loss in float64 with central differences, for every element of every parameter. */
export function checkGradients(parameters: readonly nn.Parameter[], loss: () => Tensor, bound = 1e-6): void {
  for (const parameter of parameters) parameter.grad = null;
  loss().backward();
  for (const parameter of parameters) {
    const found = parameter.grad === null ? new Float64Array(parameter.size) : parameter.grad.data;
    assertCloseNumbers(found, centralDifferences(parameter, loss), bound);
  }
}

/** The derivative of a loss by each element of a parameter. */
function centralDifferences(parameter: nn.Parameter, loss: () => Tensor): number[] {
  const values = Float64Array.from(parameter.data);
  const lossAt = (i: number, value: number): number => {
    const moved = values.with(i, value);
    parameter.assign(tensor(moved, { dtype: "float64" }).reshape(parameter.shape));
    return noGrad(() => loss().item());
  };
  const slopes = Array.from(
    values,
    (value, i) => (lossAt(i, value + STEP) - lossAt(i, value - STEP)) / (2 * STEP),
  );
  parameter.assign(tensor(values, { dtype: "float64" }).reshape(parameter.shape));
  return slopes;
}
