/**
 * Tensors whose first axis counts the samples.
 *
 * @module
 */
import { ArgumentError, ShapeError } from "../errors.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { describe, showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** One tensor for each tensor of a dataset. */
export type Batch<T extends readonly Tensor[]> = { [K in keyof T]: Tensor };

/**
 * Tensors of equal first length: sample i is entry i of each of them.
 *
 * @example
 * ```ts
 * import { data, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset = new data.TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1]));
 * const [x, y] = dataset.at(1);
 * assertEquals(dataset.length, 2);
 * assertEquals([x.toArray(), y.item()], [[3, 4], 1]);
 * ```
 */
export class TensorDataset<T extends readonly Tensor[] = readonly Tensor[]> {
  /** The tensors, computed. */
  readonly tensors: T;
  /** The number of samples. */
  readonly length: number;

  /**
   * Makes a dataset and computes its tensors.
   *
   * @param tensors Tensors of equal first length
   */
  constructor(...tensors: T) {
    for (const tensor of tensors) {
      if (!(tensor instanceof Tensor)) {
        throw new ArgumentError(`TensorDataset takes tensors, was given ${describe(tensor)}`);
      }
      if (tensor.shape.length === 0) {
        throw new ShapeError("TensorDataset takes tensors with a first axis, was given []");
      }
    }
    const lengths = tensors.map(({ shape }) => shape[0]!);
    if (new Set(lengths).size !== 1) {
      const shapes = tensors.map(({ shape }) => showShape(shape)).join(", ");
      throw new ShapeError(`TensorDataset takes tensors of one first length, was given ${shapes || "none"}`);
    }
    evaluateNodes(tensors);
    this.tensors = tensors;
    this.length = lengths[0]!;
  }

  /**
   * A sample.
   *
   * @param index Its position; negative ones count from the end
   * @returns That entry of each tensor
   */
  at(index: number): Batch<T> {
    return this.tensors.map((tensor) => tensor.at(index)) as unknown as Batch<T>;
  }
}
