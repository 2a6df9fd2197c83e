/**
 * The dtypes: what an element is, how it is stored, and how dtypes mix.
 *
 * @module
 */

/** The name of an element type. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The typed array that holds elements of a dtype (`bool` is stored as bytes 0 and 1). */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The register class in which programs compute a dtype. */
export type Class = 0 | 1 | 2;

/** Computing in 32-bit floats. */
export const F32 = 0;
/** Computing in 64-bit floats. */
export const F64 = 1;
/** Computing in wrapping 32-bit integers; `uint8` and `bool` are computed here too. */
export const I32 = 2;

/** The code of the `index` pseudo dtype: a program input without memory whose value is its own index. */
export const INDEX_CODE = 5;

/** What the engine knows of a dtype. */
export interface DTypeInfo {
  /** The number that stands for the dtype in descriptors. */
  readonly code: number;
  /** Bytes of an element. */
  readonly size: number;
  /** The register class that computes it. */
  readonly class: Class;
  /** Whether it is a floating point type. */
  readonly float: boolean;
  /** Its place in promotion: the higher one wins. */
  readonly rank: number;
  /** Makes a typed array over bytes. */
  readonly array: new (buffer: ArrayBuffer, byteOffset: number, length: number) => TypedArray;
  /** Rounds a number to the dtype, as storing it would: floats saturate into integers, NaN gives 0. */
  readonly round: (x: number) => number;
}

const saturate = (low: number, high: number) => (x: number): number =>
  x !== x ? 0 : x <= low ? low : x >= high ? high : Math.trunc(x);

/** The table of dtypes. */
export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: { code: 0, size: 4, class: F32, float: true, rank: 3, array: Float32Array, round: Math.fround },
  float64: { code: 1, size: 8, class: F64, float: true, rank: 4, array: Float64Array, round: (x) => x },
  int32: {
    code: 2,
    size: 4,
    class: I32,
    float: false,
    rank: 2,
    array: Int32Array,
    round: saturate(-(2 ** 31), 2 ** 31 - 1),
  },
  uint8: { code: 3, size: 1, class: I32, float: false, rank: 1, array: Uint8Array, round: saturate(0, 255) },
  bool: {
    code: 4,
    size: 1,
    class: I32,
    float: false,
    rank: 0,
    array: Uint8Array,
    round: (x) => x === 0 ? 0 : 1,
  },
};

/** The dtypes by their codes. */
export const DTYPE_BY_CODE: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

/** The dtype of a result that mixes two dtypes: the wider one, as in PyTorch. */
export function promote(a: DType, b: DType): DType {
  return a === b ? a : DTYPES[a].rank >= DTYPES[b].rank ? a : b;
}
