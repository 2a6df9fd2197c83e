/**
 * The families whose cost is followed from little to much: rows of the list, at many sizes.
 *
 * @module
 */
import type { Case } from "./case.ts";
import { CASES } from "./cases.ts";

/** What is done at one size. */
export interface Size {
  /** How the size is told: elements, or the side of a matrix. */
  readonly size: number;
  /** How much is done: elements, or additions and multiplications. */
  readonly amount: number;
  /** The sizes that the row takes. */
  readonly sizes: readonly number[];
}

/** How the cost of a part of the work is shown. */
export interface Unit {
  /** What the sizes count. */
  readonly sizes: string;
  /** Whose cost it is. */
  readonly part: string;
  /** Which sizes are marked in a chart; left out, powers of ten. */
  readonly marks?: readonly number[];
  /** What is shown. */
  readonly title: string;
  /** Seconds for one of the amount, as the number that is shown. */
  readonly of: (cost: number) => number;
}

/** A kind of work, to be measured from little to much. */
export interface Family {
  /** What is done. */
  readonly name: string;
  /** What its files and marks are called. */
  readonly key: string;
  /** The row whose work and words these are. */
  readonly item: Case;
  /** From little to much. */
  readonly points: readonly Size[];
  /** How costs are shown. */
  readonly unit: Unit;
}

const MOST_ELEMENTS = 1e8;
/** Ten elements, doubled again and again, and 10⁸. */
const LENGTHS = [...doubled(10, MOST_ELEMENTS), MOST_ELEMENTS];
/** Powers of two, and odd numbers between them. */
const SIDES = doubled(8, 4096).flatMap((side) => [side, Math.floor(side * Math.SQRT2) | 1]).slice(0, -1);

const PER_ELEMENT: Unit = {
  sizes: "elements",
  part: "an element",
  title: "ns per element",
  of: (cost) => 1e9 * cost,
};
const PER_FLOP: Unit = {
  sizes: "n",
  part: "an operation",
  marks: doubled(8, 4096),
  title: "GFLOP/s",
  of: (cost) => 1e-9 / cost,
};

function doubled(first: number, most: number): number[] {
  return Array.from({ length: Math.floor(Math.log2(most / first)) + 1 }, (_, i) => first * 2 ** i);
}

function rowNamed(name: string): Case {
  const found = CASES.find((item) => item.name === name);
  if (found === undefined) throw new Error(`No case is called ${name}`);
  return found;
}

const vectors = (key: string, name: string, row: string): Family => ({
  name,
  key,
  item: rowNamed(row),
  points: LENGTHS.map((length) => ({ size: length, amount: length, sizes: [length] })),
  unit: PER_ELEMENT,
});

const squares = (key: string, name: string, row: string): Family => ({
  name,
  key,
  item: rowNamed(row),
  points: LENGTHS.map((length) => {
    const side = Math.round(Math.sqrt(length));
    return { size: side ** 2, amount: side ** 2, sizes: [side] };
  }),
  unit: PER_ELEMENT,
});

const products = (key: string, name: string, row: string): Family => ({
  name,
  key,
  item: rowNamed(row),
  points: SIDES.map((n) => ({ size: n, amount: 2 * n ** 3, sizes: [n, n, n] })),
  unit: PER_FLOP,
});

/** The families. */
export const FAMILIES: readonly Family[] = [
  vectors("add", "x + w", "x + w, 100"),
  vectors("chain", "relu(sigmoid(x·w + b) − ½)·x", "relu(sigmoid(x·w + b) − ½)·x, 2^20"),
  vectors("exp", "exp(x)", "exp, 2^20"),
  squares("sum", "sum over all", "sum over all, 4096²"),
  squares("sum-rows", "sum over the rows of a square", "sum over rows, 4096²"),
  squares("sum-columns", "sum over the columns of a square", "sum over columns, 4096²"),
  products("product", "product of two squares, n × n", "SGEMM 256"),
];
