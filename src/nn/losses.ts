/**
 * Losses: how far a result is from what was wanted.
 *
 * @module
 */
import { checkChoice, checkOptions } from "../arguments.ts";
import { DTYPES } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { checkTensor } from "../record/operand.ts";
import { sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** How the losses of the elements become one: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** Options of the losses. */
export interface LossOptions {
  /** What becomes of the elements' losses (default "mean"). */
  reduction?: Reduction;
}

/** The least logarithm that counts, as in PyTorch. */
const MIN_LOG = -100;

/**
 * The squared difference of input and target.
 *
 * @param input The result
 * @param target What was wanted, of the same shape
 * @param options `reduction`
 * @returns The loss
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nn.mseLoss(tensor([1, 2]), tensor([1, 4])).item(), 2);
 * ```
 */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkPair("mseLoss", input, target);
  return reduce("mseLoss", input.sub(target).square(), options);
}

/**
 * The binary cross entropy of probabilities: -(target log input + (1 - target) log(1 - input)). Logarithms are
 * at least -100: a certain but wrong answer costs 100, not infinity.
 *
 * @param input Probabilities
 * @param target What was wanted, from 0 to 1, of the same shape
 * @param options `reduction`
 * @returns The loss
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(nn.bceLoss(tensor([0.5, 0]), tensor([1, 0])).item(), Math.LN2 / 2, 1e-6);
 * ```
 */
export function bceLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkPair("bceLoss", input, target);
  const missed = target.sub(1).mul(boundedLog(input.neg().add(1)));
  return reduce("bceLoss", missed.sub(target.mul(boundedLog(input))), options);
}

/**
 * The binary cross entropy of logits: `bceLoss(input.sigmoid(), target)` without its loss of precision.
 *
 * @param input Logits
 * @param target What was wanted, from 0 to 1, of the same shape
 * @param options `reduction`
 * @returns The loss
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(nn.bceWithLogits(tensor([0, 200]), tensor([1, 1])).item(), Math.LN2 / 2, 1e-6);
 * ```
 */
export function bceWithLogits(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkPair("bceWithLogits", input, target);
  const opposite = input.neg();
  // log(1 + exp(-x)), with the greater of 0 and -x taken out of the exponents.
  const shift = opposite.detach().relu();
  const softplus = shift.neg().exp().add(opposite.sub(shift).exp()).log().add(shift);
  return reduce("bceWithLogits", target.neg().add(1).mul(input).add(softplus), options);
}

/**
 * The cross entropy of logits over classes. The classes are the only axis of `[classes]`, and axis 1 of
 * `[batch, classes, ...]`. The target is either the classes wanted, integers without that axis, or a probability
 * for each class, of the input's shape. The mean of probabilities' losses is taken over all but the class axis.
 *
 * @param input Logits
 * @param target Classes or probabilities
 * @param options `reduction`
 * @returns The loss
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@tensaur/tensaur";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logits = tensor([[0, 0], [0, 100]]);
 * assertAlmostEquals(nn.crossEntropy(logits, tensor([0, 1], { dtype: "int32" })).item(), Math.LN2 / 2, 1e-6);
 * assertAlmostEquals(nn.crossEntropy(logits, tensor([[1, 0], [0, 1]])).item(), Math.LN2 / 2, 1e-6);
 * ```
 */
export function crossEntropy(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkTensor("crossEntropy", input);
  checkTensor("crossEntropy", target);
  const rank = input.shape.length, axis = rank === 1 ? 0 : 1;
  const classless = input.shape.filter((_, i) => i !== axis), probabilities = DTYPES[target.dtype].float;
  if (rank === 0 || !sameShape(target.shape, probabilities ? input.shape : classless)) {
    throw new ShapeError(
      `Cannot crossEntropy of logits ${showShape(input.shape)} with ${target.dtype} targets ` +
        `${showShape(target.shape)}: want classes, integers of shape ${
          showShape(classless)
        }, or probabilities, ` +
        `floats of shape ${showShape(input.shape)}`,
    );
  }
  const logs = input.logSoftmax(axis);
  const likelihood = probabilities
    ? logs.mul(target).sum(axis)
    : logs.gather(axis, target.to("int32").unsqueeze(axis)).squeeze(axis);
  return reduce("crossEntropy", likelihood.neg(), options);
}

/** Checks for two tensors of one shape: broadcasting a loss is nearly always a mistake. */
function checkPair(op: string, input: Tensor, target: Tensor): void {
  checkTensor(op, input);
  checkTensor(op, target);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `Cannot ${op}: the input has shape ${showShape(input.shape)} and the target ${showShape(target.shape)}`,
    );
  }
}

/** The logarithm, bounded below without a NaN in the gradient where the argument is 0. */
function boundedLog(x: Tensor): Tensor {
  const zero = x.eq(0).to(x.dtype);
  return x.add(zero).log().clamp(MIN_LOG).add(zero.mul(MIN_LOG));
}

function reduce(op: string, losses: Tensor, options: LossOptions): Tensor {
  checkOptions(op, options, ["reduction"]);
  const { reduction = "mean" } = options;
  checkChoice(`The reduction of ${op}`, reduction, ["mean", "sum", "none"]);
  return reduction === "mean" ? losses.mean() : reduction === "sum" ? losses.sum() : losses;
}
