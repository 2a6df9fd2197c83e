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
import { type Gradient, type Inputs, makeOp, type Op, OUTPUT_BIT, type Reads } from "./op.ts";
import { integerPower, power } from "./power.ts";

/** What an elementwise op is; `F` is its definition. */
export interface ElementwiseRow<F> {
  /** The definition in floats; the caller rounds the result to the dtype. */
  readonly f: F;
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

const OUT = OUTPUT_BIT, X = 1, Y = 2;

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

/** The rows. */
export const ROWS = {
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
  exp: {
    f: Math.exp,
    result: "float",
    grad: [(g, _, y) => g.mul(y)],
    reads: [OUT],
    domain: [-3, 3],
    smooth: true,
    ulps: 2,
  } as Unary,
  log: {
    f: Math.log,
    result: "float",
    grad: [(g, [x]) => g.div(x)],
    reads: [X],
    domain: [0.2, 5],
    smooth: true,
    ulps: 2,
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
  tanh: {
    f: Math.tanh,
    result: "float",
    grad: [(g, _, y) => g.mul(y.square().neg().add(1))],
    reads: [OUT],
    domain: [-3, 3],
    smooth: true,
    ulps: 2,
  } as Unary,
  sigmoid: {
    f: (x) => 1 / (1 + Math.exp(-x)),
    result: "float",
    grad: [(g, _, y) => g.mul(y.mul(y.neg().add(1)))],
    reads: [OUT],
    domain: [-5, 5],
    smooth: true,
    ulps: 2,
  } as Unary,
  relu: {
    f: (x) => x > 0 ? x : x !== x ? x : 0,
    result: "same",
    grad: [(g, _, y) => g.where(y.gt(0), 0)],
    reads: [OUT],
    domain: [-3, 3],
  } as Unary,
  sin: {
    f: Math.sin,
    result: "float",
    grad: [(g, [x]) => g.mul(x.cos())],
    reads: [X],
    domain: [-3, 3],
    smooth: true,
    ulps: 2,
  } as Unary,
  cos: {
    f: Math.cos,
    result: "float",
    grad: [(g, [x]) => g.mul(x.sin()).neg()],
    reads: [X],
    domain: [-3, 3],
    smooth: true,
    ulps: 2,
  } as Unary,
  sign: { f: (x) => x > 0 ? 1 : x < 0 ? -1 : x !== x ? x : 0, result: "same", domain: [-3, 3] } as Unary,
  floor: { f: Math.floor, result: "same", domain: [-3, 3] } as Unary,
  ceil: { f: Math.ceil, result: "same", domain: [-3, 3] } as Unary,
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
};

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
