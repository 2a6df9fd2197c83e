/**
 * Random tensors. An element is a function of the seed and of how many were drawn before it, so that it is the
 * same on every device and with any number of threads.
 *
 * @module
 */
import { checkInteger, checkNumber } from "./arguments.ts";
import { DTYPES } from "./dtype.ts";
import { DTypeError } from "./errors.ts";
import { record } from "./graph/pending.ts";
import { RANDOM } from "./ops/op.ts";
import { finish, type Place, placeOf, type TensorOptions } from "./options.ts";
import { checkShape, layoutOf, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** The state of the generator: its seed, and how many numbers were drawn. */
const generator = { seed: crypto.getRandomValues(new Uint32Array(1))[0]!, drawn: 0 };

/**
 * Seeds the generator: the random tensors made after it are the same each time. Without it they differ from run
 * to run.
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * manualSeed(1);
 * const first = rand([3]).toArray();
 * manualSeed(1);
 * assertEquals(rand([3]).toArray(), first);
 * ```
 *
 * @param seed A non-negative integer below 2^53
 * @throws {ArgumentError} If it is not
 */
export function manualSeed(seed: number): void {
  checkInteger("The seed", seed, 0);
  generator.seed = seed;
  generator.drawn = 0;
}

function floatPlace(op: string, options: TensorOptions): Place {
  const place = placeOf(op, options);
  if (!DTYPES[place.dtype].float) {
    throw new DTypeError(`Cannot ${op} of dtype ${place.dtype}: want float32 or float64`);
  }
  return place;
}

function draw(shape: Shape, { dtype, device }: Place): Tensor {
  const layout = layoutOf(shape, dtype, device), base = generator.drawn;
  generator.drawn = (base + layout.size) % Number.MAX_SAFE_INTEGER;
  return record(RANDOM, [], layout, [generator.seed, base]) as Tensor;
}

/**
 * Random numbers, uniform in [0, 1).
 *
 * @example
 * ```ts
 * import { rand } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * const x = rand([100]);
 * assert(x.min().item() >= 0 && x.max().item() < 1);
 * ```
 *
 * @param shape The lengths of the axes
 * @param options `dtype` (`float32` or `float64`), `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 */
export function rand(shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape("rand", shape);
  const place = floatPlace("rand", options);
  return finish(draw(shape, place), place);
}

/**
 * Random numbers, uniform in [low, high).
 *
 * @example
 * ```ts
 * import { uniform } from "@tensaur/tensaur";
 * import { assert } from "@std/assert";
 *
 * const x = uniform([100], -1, 1);
 * assert(x.min().item() >= -1 && x.max().item() <= 1);
 * ```
 *
 * @param shape The lengths of the axes
 * @param low The lower bound
 * @param high The upper bound
 * @param options `dtype` (`float32` or `float64`), `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 * @throws {ArgumentError} If the bounds are not finite, or not in ascending order
 */
export function uniform(shape: Shape, low: number, high: number, options: TensorOptions = {}): Tensor {
  checkShape("uniform", shape);
  checkNumber("The low of uniform", low);
  checkNumber("The high of uniform", high, low);
  const place = floatPlace("uniform", options);
  return finish(draw(shape, place).mul(high - low).add(low), place);
}

/**
 * Random numbers, normally distributed with mean 0 and variance 1.
 *
 * @example
 * ```ts
 * import { manualSeed, randn } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * manualSeed(1);
 * assertAlmostEquals(randn([10000]).square().mean().item(), 1, 0.1);
 * ```
 *
 * @param shape The lengths of the axes
 * @param options `dtype` (`float32` or `float64`), `device`, `requiresGrad`
 * @throws {ShapeError} If the shape is not an array of non-negative integers
 */
export function randn(shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape("randn", shape);
  const place = floatPlace("randn", options);
  // Box and Muller: a radius from one uniform number in (0, 1], an angle from another.
  const radius = draw(shape, place).neg().add(1).log().mul(-2).sqrt();
  return finish(radius.mul(draw(shape, place).mul(2 * Math.PI).cos()), place);
}
