/**
 * What `deno task parallel-check` looks at: each of the course's four kernels, on little and on much data, and in
 * the ways in which operands can lie.
 *
 * @module
 */
import { type Device, evaluate, manualSeed, map, rand, reduce, type Tensor, zip } from "@tensaur/tensaur";

/** A kernel over certain data. */
export interface ParallelCase {
  /** What the data are. */
  readonly data: string;
  /** The result, yet to be computed from inputs that are at hand. */
  readonly build: () => Tensor;
}

/** A kernel family with its cases. */
export interface ParallelFamily {
  /** Its name, as in the course. */
  readonly name: string;
  /** What is computed. */
  readonly work: string;
  /** Over what. */
  readonly cases: readonly ParallelCase[];
}

/** Cases with inputs that are made here, once. */
function over(data: string, inputs: readonly Tensor[], f: (...inputs: Tensor[]) => Tensor): ParallelCase {
  return { data, build: () => f(...inputs) };
}

function square(x: Tensor): Tensor {
  return map(x, (v) => v * v + 1);
}

function add(a: Tensor, b: Tensor): Tensor {
  return zip(a, b, (x, y) => x + y);
}

function sum(axis: number): (x: Tensor) => Tensor {
  return (x) => reduce(x, (total, v) => total + v, 0, { axis });
}

function multiply(a: Tensor, b: Tensor): Tensor {
  return a.matmul(b);
}

/** Rows and columns of the large matrices, and of those in batches. */
const LARGE = 2048, MIDDLE = 256;

/** The families, their inputs made on a device: the same numbers on each. `large` is how many rows the largest have. */
export function parallelFamilies(device: Device = "cpu", large: number = LARGE): ParallelFamily[] {
  const made = (...shape: number[]): Tensor => {
    const x = rand(shape, { device });
    evaluate(x);
    return x;
  };
  manualSeed(1);
  const n = large, m = Math.min(MIDDLE, large);
  const ten = made(10), small = made(1, 10, 20), whole = made(n, n), other = made(n, n);
  const turned = whole.transpose(0, 1), every = whole.at(":", [0, n, 2]), row = made(n), column = made(n, 1);
  const batch = made(8, m, m), matrix = made(m, m);
  return [
    {
      name: "MAP",
      work: "map(x, (v) => v * v + 1)",
      cases: [
        over("[10]", [ten], square),
        over(`[${n}, ${n}]`, [whole], square),
        over(`[${n}, ${n / 2}], every other column`, [every], square),
      ],
    },
    {
      name: "ZIP",
      work: "zip(a, b, (x, y) => x + y)",
      cases: [
        over("[10] and [10]", [ten, ten], add),
        over(`[${n}, ${n}] twice`, [whole, other], add),
        over(`[${n}, ${n}] and a row [${n}]`, [whole, row], add),
        over(`[${n}, ${n}] and a column [${n}, 1]`, [whole, column], add),
        over(`[${n}, ${n}] transposed, and another`, [turned, other], add),
      ],
    },
    {
      name: "REDUCE",
      work: "reduce(x, (total, v) => total + v, 0, { axis })",
      cases: [
        over("[10] to one", [ten], sum(0)),
        over(`rows of [${n}, ${n}]`, [whole], sum(1)),
        over(`columns of [${n}, ${n}]`, [whole], sum(0)),
        over(`[${n}, ${n / 2}], every other column, rows`, [every], sum(1)),
        over(`[${n * n}] to one`, [whole.reshape([-1])], sum(0)),
      ],
    },
    {
      name: "MATRIX MULTIPLY",
      work: "a.matmul(b)",
      cases: [
        over("[1, 10, 20] by [1, 20, 10]", [small, small.reshape([1, 20, 10])], multiply),
        over(`[${n}, ${n}] by the same size`, [whole, other], multiply),
        over(`[${n}, ${n}] by a transposed one`, [other, turned], multiply),
        over(`8 of [${m}, ${m}] by one`, [batch, matrix], multiply),
        over(`one [${m}, ${m}] by 8`, [matrix, batch], multiply),
      ],
    },
  ];
}
