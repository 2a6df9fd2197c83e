/**
 * The elementwise ops, one row each: what it means on plain numbers and what its gradient is.
 *
 * From a row come the opcode of programs, the reference backend, the recording of the method of the same name,
 * the conformance test on every device and the check of the gradient.
 *
 * @module
 */
import { FIRST_OP } from "../program.ts";
import type { Tensor } from "../tensor.ts";
import { type Inputs, makeOp, type Op } from "./op.ts";
import { integerPower, power } from "./power.ts";
import { type Binary, OUT, type Ternary, type Unary, X, Y, Z } from "./row.ts";
import { TRANSCENDENTAL } from "./transcendental.ts";

export type { Binary, ElementwiseRow, Ternary, Unary } from "./row.ts";

/** The part of a gradient that an operand gets: all if it wins, half if both are equal. */
function share(wins: Tensor, ties: Tensor): Tensor {
  return ties.mul(0.5).add(wins);
}

function powerBase(g: Tensor, [a, b]: Inputs): Tensor {
  return g.mul(b.mul(a.pow(b.sub(1)))).where(b.ne(0), 0);
}

function powerExponent(g: Tensor, [a]: Inputs, y: Tensor): Tensor {
  return g.mul(y.mul(a.log())).where(a.ne(0), 0);
}

/** The gradient of the side that a condition chose; the condition itself, a bool, has none. */
function chosen(g: Tensor, [condition]: Inputs, _y: Tensor, i: number): Tensor {
  return g.where(i === 1 ? condition : condition.logicalNot(), 0);
}

/** The nearest whole number, halves to the even one. */
function roundHalfEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** The rows of arithmetic. */
const ARITHMETIC = {
  neg: {
    f: (x) => -x,
    result: "same",
    grad: [(g) => g.neg()],
    reads: [0],
    domain: [-3, 3],
    smooth: true,
  } as Unary,
  abs: {
    f: (x) => Math.abs(x),
    result: "same",
    grad: [(g, [x]) => g.mul(x.sign())],
    reads: [X],
    domain: [-3, 3],
  } as Unary,
  sqrt: {
    f: Math.sqrt,
    result: "float",
    grad: [(g, _, y) => g.div(y.mul(2))],
    reads: [OUT],
    domain: [0.2, 5],
    smooth: true,
  } as Unary,
  square: {
    f: (x) => x * x,
    int: (x) => Math.imul(x, x),
    result: "same",
    grad: [(g, [x]) => g.mul(x.mul(2))],
    reads: [X],
    domain: [-3, 3],
    smooth: true,
  } as Unary,
  reciprocal: {
    f: (x) => 1 / x,
    result: "float",
    grad: [(g, _, y) => g.mul(y.square()).neg()],
    reads: [OUT],
    domain: [0.5, 3],
    smooth: true,
  } as Unary,
  relu: {
    f: (x) => x > 0 ? x : x !== x ? x : 0,
    result: "same",
    grad: [(g, _, y) => g.where(y.gt(0), 0)],
    reads: [OUT],
    domain: [-3, 3],
  } as Unary,
  sign: { f: Math.sign, result: "same", domain: [-3, 3] } as Unary,
  floor: { f: Math.floor, result: "same", domain: [-3, 3] } as Unary,
  ceil: { f: Math.ceil, result: "same", domain: [-3, 3] } as Unary,
  trunc: { f: Math.trunc, result: "same", domain: [-3, 3] } as Unary,
  round: { f: roundHalfEven, result: "same", domain: [-3, 3] } as Unary,
  roundHalfUp: { f: Math.round, result: "same", domain: [-3, 3] } as Unary,
  fround: {
    f: Math.fround,
    int: (x) => x,
    result: "same",
    grad: [(g) => g],
    reads: [0],
    domain: [-3, 3],
    smooth: true,
  } as Unary,
  f16round: {
    f: Math.f16round,
    result: "float",
    grad: [(g) => g],
    reads: [0],
    domain: [-3, 3],
    smooth: true,
  } as Unary,
  clz32: { f: Math.clz32, result: "same", domain: [-3, 3000] } as Unary,
  logicalNot: { f: (x) => x === 0 ? 1 : 0, result: "bool", domain: [-1, 1] } as Unary,
  add: {
    f: (x, y) => x + y,
    result: "same",
    keepsBool: true,
    grad: [(g) => g],
    reads: [0],
    domain: [-3, 3],
    smooth: true,
  } as Binary,
  sub: {
    f: (x, y) => x - y,
    result: "same",
    grad: [(g) => g, (g) => g.neg()],
    reads: [0, 0],
    domain: [-3, 3],
    smooth: true,
  } as Binary,
  mul: {
    f: (x, y) => x * y,
    int: Math.imul,
    result: "same",
    keepsBool: true,
    grad: [(g, [, b]) => g.mul(b), (g, [a]) => g.mul(a)],
    reads: [Y, X],
    domain: [-3, 3],
    smooth: true,
  } as Binary,
  div: {
    f: (x, y) => x / y,
    int: (x, y) => x / y,
    result: "float",
    grad: [(g, [, b]) => g.div(b), (g, [a, b]) => g.mul(a.div(b)).div(b).neg()],
    reads: [Y, X | Y],
    domain: [-3, 3],
    secondDomain: [0.5, 3],
    smooth: true,
  } as Binary,
  pow: {
    f: power,
    int: integerPower,
    result: "same",
    grad: [powerBase, powerExponent],
    reads: [X | Y, X | OUT],
    domain: [0.3, 2],
    secondDomain: [-2, 3],
    smooth: true,
    ulps: 2,
  } as Binary,
  fmod: {
    f: (x, y) => x % y,
    result: "same",
    grad: [(g) => g, (g, [a, b]) => g.mul(a.div(b).trunc()).neg()],
    reads: [0, X | Y],
    domain: [-3, 3],
    secondDomain: [0.5, 3],
    smooth: true,
  } as Binary,
  imul: { f: Math.imul, result: "same", domain: [-3e9, 3e9] } as Binary,
  atan2: {
    f: Math.atan2,
    result: "float",
    grad: [
      (g, [y, x]) => g.mul(x.div(y.square().add(x.square()))),
      (g, [y, x]) => g.mul(y.div(y.square().add(x.square()))).neg(),
    ],
    reads: [X | Y, X | Y],
    domain: [-3, 3],
    secondDomain: [0.5, 3],
    smooth: true,
    ulps: 2,
  } as Binary,
  hypot: {
    f: Math.hypot,
    result: "float",
    grad: [(g, [x], h) => g.mul(x.div(h)), (g, [, y], h) => g.mul(y.div(h))],
    reads: [X | OUT, Y | OUT],
    domain: [-3, 3],
    secondDomain: [0.5, 3],
    smooth: true,
    ulps: 2,
  } as Binary,
  maximum: {
    f: Math.max,
    result: "same",
    keepsBool: true,
    grad: [(g, [a, b]) => g.mul(share(a.gt(b), a.eq(b))), (g, [a, b]) => g.mul(share(a.lt(b), a.eq(b)))],
    reads: [X | Y, X | Y],
    domain: [-3, 3],
  } as Binary,
  minimum: {
    f: Math.min,
    result: "same",
    keepsBool: true,
    grad: [(g, [a, b]) => g.mul(share(a.lt(b), a.eq(b))), (g, [a, b]) => g.mul(share(a.gt(b), a.eq(b)))],
    reads: [X | Y, X | Y],
    domain: [-3, 3],
  } as Binary,
  eq: { f: (x, y) => x === y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  ne: { f: (x, y) => x !== y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  lt: { f: (x, y) => x < y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  le: { f: (x, y) => x <= y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  gt: { f: (x, y) => x > y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  ge: { f: (x, y) => x >= y ? 1 : 0, result: "bool", domain: [-2, 2] } as Binary,
  logicalAnd: { f: (x, y) => x !== 0 && y !== 0 ? 1 : 0, result: "bool", domain: [-1, 1] } as Binary,
  logicalOr: { f: (x, y) => x !== 0 || y !== 0 ? 1 : 0, result: "bool", domain: [-1, 1] } as Binary,
  logicalXor: { f: (x, y) => (x !== 0) !== (y !== 0) ? 1 : 0, result: "bool", domain: [-1, 1] } as Binary,
  where: {
    f: (x, y, z) => x !== 0 ? y : z,
    result: "same",
    keepsBool: true,
    grad: [chosen],
    reads: [X],
    domain: [-3, 3],
    smooth: true,
  } as Ternary,
  addcmul: {
    f: (x, y, z) => x + y * z,
    f32: (x, y, z) => x + Math.fround(y * z),
    int: (x, y, z) => x + Math.imul(y, z),
    result: "same",
    grad: [(g) => g, (g, [, , c]) => g.mul(c), (g, [, b]) => g.mul(b)],
    reads: [0, Z, Y],
    domain: [-3, 3],
    smooth: true,
  } as Ternary,
};

/** The rows. */
export const ROWS: typeof ARITHMETIC & typeof TRANSCENDENTAL = { ...ARITHMETIC, ...TRANSCENDENTAL };

/** The name of an elementwise op. */
export type ElementwiseName = keyof typeof ROWS;
/** The names of the ops with so many operands. */
type NameOf<Arity extends number> = {
  [Name in ElementwiseName]: ArityOf<Name> extends Arity ? Name : never;
}[ElementwiseName];
/** The name of an op with one operand. */
export type UnaryName = NameOf<1>;
/** The name of an op with two operands. */
export type BinaryName = NameOf<2>;

/** How many operands an op has. */
type ArityOf<Name extends ElementwiseName> = Parameters<(typeof ROWS)[Name]["f"]>["length"];

/** What recording an elementwise op takes. */
export interface Elementwise<Arity extends number = number> {
  /** How many operands it has. */
  readonly arity: Arity;
  /** The op. */
  readonly op: Op;
  /** The result's dtype, as in the row. */
  readonly result: "same" | "float" | "bool";
  /** Whether bools stay bools. */
  readonly keepsBool: boolean;
}

type AnyRow = Unary | Binary | Ternary;

function elementwise([name, row]: [string, AnyRow], position: number): [string, Elementwise] {
  const { grad: gradients = [], reads = [], result, keepsBool = result === "bool" } = row;
  const op = makeOp({ name, kind: "map", opcode: FIRST_OP + position, gradients, reads });
  return [name, { arity: row.f.length, op, result, keepsBool }];
}

/** The ops of the rows. */
export const ELEMENTWISE: { readonly [Name in ElementwiseName]: Elementwise<ArityOf<Name>> } = Object
  .fromEntries(Object.entries<AnyRow>(ROWS).map(elementwise)) as {
    [Name in ElementwiseName]: Elementwise<ArityOf<Name>>;
  };
