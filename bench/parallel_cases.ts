/**
 * What `deno task parallel-check` looks at: each of the course's four kernels, on little and on much data, and in
 * the ways in which operands can lie.
 *
 * @module
 */
import { evaluate, map, rand, reduce, type Tensor, zip } from "@tensaur/tensaur";

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

function made(...shape: number[]): Tensor {
  const x = rand(shape);
  evaluate(x);
  return x;
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

/** The families, their inputs made. */
export function parallelFamilies(): ParallelFamily[] {
  const ten = made(10), small = made(1, 10, 20), large = made(2048, 2048), other = made(2048, 2048);
  const turned = large.transpose(0, 1),
    every = large.at(":", [0, 2048, 2]),
    row = made(2048),
    column = made(2048, 1);
  const batch = made(8, 256, 256), matrix = made(256, 256);
  return [
    {
      name: "MAP",
      work: "map(x, (v) => v * v + 1)",
      cases: [
        over("[10]", [ten], square),
        over("[2048, 2048]", [large], square),
        over("[2048, 1024], every other column", [every], square),
      ],
    },
    {
      name: "ZIP",
      work: "zip(a, b, (x, y) => x + y)",
      cases: [
        over("[10] and [10]", [ten, ten], add),
        over("[2048, 2048] twice", [large, other], add),
        over("[2048, 2048] and a row [2048]", [large, row], add),
        over("[2048, 2048] and a column [2048, 1]", [large, column], add),
        over("[2048, 2048] transposed, and another", [turned, other], add),
      ],
    },
    {
      name: "REDUCE",
      work: "reduce(x, (total, v) => total + v, 0, { axis })",
      cases: [
        over("[10] to one", [ten], sum(0)),
        over("rows of [2048, 2048]", [large], sum(1)),
        over("columns of [2048, 2048]", [large], sum(0)),
        over("[2048, 1024], every other column, rows", [every], sum(1)),
        over("[4194304] to one", [large.reshape([-1])], sum(0)),
      ],
    },
    {
      name: "MATRIX MULTIPLY",
      work: "a.matmul(b)",
      cases: [
        over("[1, 10, 20] by [1, 20, 10]", [small, small.reshape([1, 20, 10])], multiply),
        over("[2048, 2048] by the same size", [large, other], multiply),
        over("[2048, 2048] by a transposed one", [other, turned], multiply),
        over("8 of [256, 256] by one", [batch, matrix], multiply),
        over("one [256, 256] by 8", [matrix, batch], multiply),
      ],
    },
  ];
}
