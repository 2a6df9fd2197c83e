/**
 * Numbers to try functions on: evenly over all bits, where functions change their ways, and pairs that lie together.
 *
 * @module
 */

/** The dtypes of the classes. */
export type ClassName = "float32" | "float64" | "int32";
/** A column of numbers of a class. */
export type ClassArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** How many numbers are spread evenly over all bits. */
const EVEN = 1 << 17;
/** How many are of a moderate size, and how many lie near 1. */
const MODERATE = 1 << 14, NEAR_ONE = 1 << 13;
/** How many neighbours of special numbers are tried on either side. */
const NEIGHBOURS = 3;

/** Numbers where functions have an edge, a special value or a sharp bend. */
const EDGES = [
  [0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 7, 10, 27, 100, 255, 256, 1000, Math.LN2 / 2, Math.LN2, Math.SQRT1_2],
  [Math.SQRT2, 1, 1.5, 2, 3, 4, 100, 1e5].map((x, i) => i === 0 ? x : x * Math.PI / 2),
  [4, 5.9, 6, 9, 17, 19, 20, 36, 40, 87.3, 88.7, 89, 90, 103.9, 106, 709.7, 710.4, 711, 745, 747],
  [32768, 65504, 65519, 65520, 8388607.5, 16777216, 1073741824, 2 ** 31, 2 ** 32, 2 ** 33, 2 ** 53, 1e22],
  [4.6e18, 1e150, 3.4e38, 1.7e308, Infinity, 9e-13, 1e-120, 2 ** -13, 2 ** -14, 2 ** -24, 2 ** -25, 2 ** -27],
  [2 ** -126, 2 ** -149, 2 ** -1022, 2 ** -1074],
  // Of all doubles the nearest to a whole number of quarter turns.
  [6381956970095103 * 2 ** 797],
].flat();
const SPECIALS = [...EDGES, ...EDGES.map((x) => -x), NaN];

/** Random bits: the same each time. */
class Bits {
  #state = 0x9e3779b9;

  /** A whole number below `n`, which is at most 2^32. */
  below(n: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return Math.floor((this.#state >>> 0) / 2 ** 32 * n);
  }

  /** One of these. */
  pick<T>(values: ArrayLike<T>): T {
    return values[this.below(values.length)]!;
  }

  /** A number between -1 and 1, times a power of two. */
  moderate(lowest: number, highest: number): number {
    return (this.below(2 ** 32) / 2 ** 31 - 1) * 2 ** (lowest + this.below(highest - lowest));
  }
}

/** The number so many steps further, as the bits go; numbers of all bits set to 0 wrap. */
function neighbour(x: number, steps: number, dtype: ClassName): number {
  if (dtype === "int32") return x + steps | 0;
  const one = dtype === "float32" ? Float32Array.of(x) : Float64Array.of(x);
  if (one instanceof Float32Array) new Int32Array(one.buffer)[0]! += steps;
  else new BigInt64Array(one.buffer)[0]! += BigInt(steps);
  return one[0]!;
}

/** Numbers of a class that are spread over all there are. */
function evenly(dtype: ClassName, bits: Bits): ClassArray {
  const words = dtype === "float64" ? 2 : 1, step = 2 ** 32 / EVEN;
  const all = new Uint32Array(EVEN * words).map((_, i) => {
    return i % words === words - 1 ? Math.floor(i / words) * step + bits.below(step) : bits.below(2 ** 32);
  });
  return arrayOver(dtype, all.buffer);
}

/** The numbers in these bytes. */
export function arrayOver(dtype: ClassName, buffer: ArrayBuffer): ClassArray {
  if (dtype === "int32") return new Int32Array(buffer);
  return dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** All the numbers for functions of one. */
function singles(dtype: ClassName, bits: Bits): number[] {
  const near = SPECIALS.flatMap((x) =>
    Array.from({ length: 2 * NEIGHBOURS + 1 }, (_, i) => neighbour(x, i - NEIGHBOURS, dtype))
  );
  const moderate = Array.from({ length: MODERATE }, () => bits.moderate(-6, 10));
  const nearOne = Array.from({ length: NEAR_ONE }, () => 1 + bits.moderate(-24, 0));
  return [...evenly(dtype, bits), ...near, ...moderate, ...nearOne];
}

/** Rows of arguments that belong together, for the number `x`. */
const COMPANIONS: readonly ((x: number, dtype: ClassName, pool: number[], bits: Bits) => [number, number])[] =
  [
    (x, _, pool, bits) => [x, bits.pick(pool)],
    (x, _, __, bits) => [x, bits.pick(SPECIALS)],
    (x, dtype, _, bits) => [x, neighbour(bits.below(2) ? x : -x, bits.below(7) - 3, dtype)],
    (x, _, __, bits) => [x, bits.moderate(-6, 10)],
    (_, __, ___, bits) => [bits.below(129) / 4 - 16, bits.below(65) / 4 - 8],
    (_, __, ___, bits) => [1 + bits.moderate(-24, 0), bits.moderate(0, 26)],
  ];

/** Columns of arguments, one for each that a function takes: more than 100,000 rows. */
export function samples(dtype: ClassName, arity: number): ClassArray[] {
  const bits = new Bits(), pool = singles(dtype, bits);
  const rows = pool.map((x, i) =>
    arity === 1 ? [x] : [...COMPANIONS[i % COMPANIONS.length]!(x, dtype, pool, bits), bits.pick(pool)]
  );
  if (arity > 1) rows.push(...SPECIALS.flatMap((x) => SPECIALS.map((y) => [x, y, bits.pick(SPECIALS)])));
  return Array.from({ length: arity }, (_, column) => {
    const array = arrayOver(dtype, new ArrayBuffer(rows.length * (dtype === "float64" ? 8 : 4)));
    rows.forEach((row, i) => array[i] = row[column]!);
    return array;
  });
}
