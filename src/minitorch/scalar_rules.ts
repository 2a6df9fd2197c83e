/**
 * The course's functions of scalars: what each computes, and how a derivative goes back through it.
 *
 * @module
 */
import {
  add,
  eq,
  exp,
  inv,
  invBack,
  log,
  logBack,
  lt,
  mul,
  neg,
  relu,
  reluBack,
  sigmoid,
} from "./numbers.ts";
import { binary, type Rule, unary, unaryByResult } from "./rules.ts";

/** The names of the course's functions of scalars. */
export type ScalarFunctionName =
  | "Add"
  | "Log"
  | "Mul"
  | "Inv"
  | "Neg"
  | "Sigmoid"
  | "ReLU"
  | "Exp"
  | "LT"
  | "EQ";

/** A function of two numbers whose derivatives are zero. */
function comparison(name: string, compare: (x: number, y: number) => number): Rule<number> {
  return binary(name, compare, () => [0, 0]);
}

/** The course's functions. */
export const RULES: Readonly<Record<ScalarFunctionName, Rule<number>>> = {
  Add: binary("Add", add, (_x, _y, derivative) => [derivative, derivative]),
  Log: unary("Log", log, logBack),
  Mul: binary("Mul", mul, (x, y, derivative) => [mul(y, derivative), mul(x, derivative)]),
  Inv: unary("Inv", inv, invBack),
  Neg: unary("Neg", neg, (_, derivative) => neg(derivative)),
  Sigmoid: unaryByResult("Sigmoid", sigmoid, (s, derivative) => mul(s * (1 - s), derivative)),
  ReLU: unary("ReLU", relu, reluBack),
  Exp: unaryByResult("Exp", exp, mul),
  LT: comparison("LT", lt),
  EQ: comparison("EQ", eq),
};
