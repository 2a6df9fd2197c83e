/**
 * What a row of the elementwise ops says.
 *
 * @module
 */
import { type Gradient, OUTPUT_BIT, type Reads } from "./op.ts";

/** What an elementwise op is; `F` is its definition. */
export interface ElementwiseRow<F> {
  /** The definition in floats; the caller rounds the result to the dtype. */
  readonly f: F;
  /** The definition in 32-bit floats, where it rounds on the way. */
  readonly f32?: F;
  /** The definition in 32-bit integers, where it is not `f` wrapped. */
  readonly int?: F;
  /** The result's dtype: the operands' common one, the same but integers become `float32` first, or bool. */
  readonly result: "same" | "float" | "bool";
  /** Whether the result for bools is a bool; other rows count them as `int32`. */
  readonly keepsBool?: true;
  /** The gradient for each operand (the last one stands for all further operands); none if none flows. */
  readonly grad?: readonly Gradient[];
  /** For each gradient, what it reads: a bit for each operand, and `OUTPUT_BIT`. */
  readonly reads?: readonly Reads[];
  /** Where the op is tested: the bounds of its operands. */
  readonly domain: readonly [low: number, high: number];
  /** The bounds of the second operand, where they are others. */
  readonly secondDomain?: readonly [low: number, high: number];
  /** Whether the gradient has a gradient. */
  readonly smooth?: true;
  /** How far a device's float result may be from `f`, in units of the last place; 0 if it is not said. */
  readonly ulps?: number;
}

/** A row with one operand. */
export type Unary = ElementwiseRow<(x: number) => number>;
/** A row with two operands. */
export type Binary = ElementwiseRow<(x: number, y: number) => number>;
/** A row with three operands. */
export type Ternary = ElementwiseRow<(x: number, y: number, z: number) => number>;

/** What a gradient reads: the first operand, the second, the third, the result. */
export const X = 1, Y = 2, Z = 4, OUT: Reads = OUTPUT_BIT;
