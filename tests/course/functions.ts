/**
 * The course's functions of one and of two variables: on numbers, and on anything with the course's methods.
 */
import { operators } from "@tensaur/tensaur/minitorch";
import { MARGIN } from "./draw.ts";

const { exp, log, relu, sigmoid } = operators;

/** The methods that scalars and tensors share. */
export interface Value<V> {
  add(other: V | number): V;
  sub(other: V | number): V;
  mul(other: V | number): V;
  div(other: V | number): V;
  neg(): V;
  lt(other: V | number): V;
  gt(other: V | number): V;
  eq(other: V | number): V;
  log(): V;
  exp(): V;
  sigmoid(): V;
  relu(): V;
}

/** A function of one variable. */
export interface OneArgument {
  readonly name: string;
  /** On a number. */
  readonly onNumber: (a: number) => number;
  /** On a scalar or a tensor. */
  readonly on: <V extends Value<V>>(a: V) => V;
  /** Where its derivative jumps or has a pole. */
  readonly breaksAt?: number;
}

/** A function of two variables. */
export interface TwoArguments {
  readonly name: string;
  /** On numbers. */
  readonly onNumbers: (a: number, b: number) => number;
  /** On scalars or tensors. */
  readonly on: <V extends Value<V>>(a: V, b: V) => V;
  /** How far a point is from where it jumps or has a pole. */
  readonly distance?: (a: number, b: number) => number;
}

/** The course's 14 functions of one variable. */
export const ONE_ARGUMENT: readonly OneArgument[] = [
  { name: "neg", onNumber: (a) => -a, on: (a) => a.neg() },
  { name: "addConstant", onNumber: (a) => 5 + a, on: (a) => a.add(5) },
  { name: "square", onNumber: (a) => a * a, on: (a) => a.mul(a) },
  { name: "cube", onNumber: (a) => a * a * a, on: (a) => a.mul(a).mul(a) },
  { name: "subConstant", onNumber: (a) => a - 5, on: (a) => a.sub(5) },
  { name: "multConstant", onNumber: (a) => 5 * a, on: (a) => a.mul(5) },
  { name: "div", onNumber: (a) => a / 5, on: (a) => a.div(5) },
  {
    name: "inv",
    onNumber: (a) => 1 / (a + 3.5),
    on: (a) => a.mul(0).add(1).div(a.add(3.5)),
    breaksAt: -3.5,
  },
  { name: "sig", onNumber: (a) => sigmoid(a), on: (a) => a.sigmoid() },
  { name: "log", onNumber: (a) => log(a + 100000), on: (a) => a.add(100000).log() },
  { name: "relu", onNumber: (a) => relu(a + 5.5), on: (a) => a.add(5.5).relu(), breaksAt: -5.5 },
  { name: "exp", onNumber: (a) => exp(a - 200), on: (a) => a.sub(200).exp() },
  {
    name: "explog",
    onNumber: (a) => log(a + 100000) + exp(a - 200),
    on: (a) => a.add(100000).log().add(a.sub(200).exp()),
  },
  {
    name: "complex",
    onNumber: (a) => log(sigmoid(relu(relu(a * 10 + 7) * 6 + 5) * 10)) / 50,
    on: (a) => a.mul(10).add(7).relu().mul(6).add(5).relu().mul(10).sigmoid().log().div(50),
    breaksAt: -0.7,
  },
];

/** The course's 6 functions of two variables. */
export const TWO_ARGUMENTS: readonly TwoArguments[] = [
  { name: "add2", onNumbers: (a, b) => a + b, on: (a, b) => a.add(b) },
  { name: "mul2", onNumbers: (a, b) => a * b, on: (a, b) => a.mul(b) },
  {
    name: "div2",
    onNumbers: (a, b) => a / (b + 5.5),
    on: (a, b) => a.div(b.add(5.5)),
    distance: (_, b) => Math.abs(b + 5.5),
  },
  {
    name: "gt2",
    onNumbers: (a, b) => operators.lt(b, a + 1.2),
    on: (a, b) => a.add(1.2).gt(b),
    distance: (a, b) => Math.abs(b - a - 1.2),
  },
  {
    name: "lt2",
    onNumbers: (a, b) => operators.lt(a + 1.2, b),
    on: (a, b) => a.add(1.2).lt(b),
    distance: (a, b) => Math.abs(b - a - 1.2),
  },
  {
    name: "eq2",
    onNumbers: (a, b) => operators.eq(a, b + 5.5),
    on: (a, b) => a.eq(b.add(5.5)),
    distance: (a, b) => Math.abs(a - b - 5.5),
  },
];

/** Whether a function of one variable is smooth around a point, as far as central differences see. */
export function smoothAt({ breaksAt }: OneArgument, a: number): boolean {
  return breaksAt === undefined || Math.abs(a - breaksAt) >= MARGIN;
}

/** The same for a function of two variables. */
export function smoothAtPair({ distance }: TwoArguments, a: number, b: number): boolean {
  return distance === undefined || distance(a, b) >= MARGIN;
}
