/**
 * The opcodes of programs: their names and what they mean on plain numbers.
 *
 * The native library has the same names with its own code; they are matched by name when it is loaded.
 *
 * @module
 */
import { uniform32, uniform64 } from "./philox.ts";

/** What an opcode is. */
export interface OpcodeRow {
  /** The name, the same in the native library. */
  readonly name: string;
  /** How many numbers it takes, the accumulator included; `random` takes none of it and reads three slots. */
  readonly arity: 1 | 2 | 3;
  /** The definition in floats; the caller rounds the result to the register class. */
  readonly f: (x: number, y: number, z: number) => number;
  /** The definition in 32-bit floats, where it is not `f` rounded. */
  readonly f32?: (x: number, y: number, z: number) => number;
  /** The definition in 32-bit integers, where it is not `f` wrapped; `null` if there is none. */
  readonly int?: ((x: number, y: number, z: number) => number) | null;
  /** Whether it is defined in integers only. */
  readonly integersOnly?: true;
}

/** x^y in wrapping integers. A negative exponent gives 0, but for the bases 1 and -1. */
function integerPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y & 1 ? -1 : 1) : 0;
  let result = 1;
  for (let base = x, rest = y; rest > 0; rest >>>= 1) {
    if (rest & 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** x^y as IEEE 754 has it: unlike in JavaScript, 1 to any power is 1, and so is (-1)^±∞. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

/** The rows. The op word of a row in a program is `FIRST_OP` + its position here. */
export const OPCODES: readonly OpcodeRow[] = [
  { name: "neg", arity: 1, f: (x) => -x },
  { name: "abs", arity: 1, f: (x) => Math.abs(x) },
  { name: "exp", arity: 1, f: (x) => Math.exp(x), int: null },
  { name: "log", arity: 1, f: (x) => Math.log(x), int: null },
  { name: "sqrt", arity: 1, f: (x) => Math.sqrt(x), int: null },
  { name: "square", arity: 1, f: (x) => x * x, int: (x) => Math.imul(x, x) },
  { name: "reciprocal", arity: 1, f: (x) => 1 / x, int: null },
  { name: "tanh", arity: 1, f: (x) => Math.tanh(x), int: null },
  { name: "sigmoid", arity: 1, f: (x) => 1 / (1 + Math.exp(-x)), int: null },
  { name: "relu", arity: 1, f: (x) => x > 0 ? x : x !== x ? x : 0 },
  { name: "sin", arity: 1, f: (x) => Math.sin(x), int: null },
  { name: "cos", arity: 1, f: (x) => Math.cos(x), int: null },
  { name: "sign", arity: 1, f: (x) => x > 0 ? 1 : x < 0 ? -1 : x !== x ? x : 0 },
  { name: "floor", arity: 1, f: (x) => Math.floor(x) },
  { name: "ceil", arity: 1, f: (x) => Math.ceil(x) },
  { name: "logicalNot", arity: 1, f: (x) => x === 0 ? 1 : 0 },
  { name: "wrap8", arity: 1, f: (x) => x & 255, integersOnly: true },
  { name: "truth", arity: 1, f: (x) => x !== 0 ? 1 : 0 },
  { name: "add", arity: 2, f: (x, y) => x + y },
  { name: "sub", arity: 2, f: (x, y) => x - y },
  { name: "mul", arity: 2, f: (x, y) => x * y, int: (x, y) => Math.imul(x, y) },
  { name: "div", arity: 2, f: (x, y) => x / y },
  { name: "pow", arity: 2, f: power, int: integerPower },
  { name: "maximum", arity: 2, f: (x, y) => Math.max(x, y) },
  { name: "minimum", arity: 2, f: (x, y) => Math.min(x, y) },
  { name: "eq", arity: 2, f: (x, y) => x === y ? 1 : 0 },
  { name: "ne", arity: 2, f: (x, y) => x !== y ? 1 : 0 },
  { name: "lt", arity: 2, f: (x, y) => x < y ? 1 : 0 },
  { name: "le", arity: 2, f: (x, y) => x <= y ? 1 : 0 },
  { name: "gt", arity: 2, f: (x, y) => x > y ? 1 : 0 },
  { name: "ge", arity: 2, f: (x, y) => x >= y ? 1 : 0 },
  { name: "logicalAnd", arity: 2, f: (x, y) => x !== 0 && y !== 0 ? 1 : 0 },
  { name: "logicalOr", arity: 2, f: (x, y) => x !== 0 || y !== 0 ? 1 : 0 },
  { name: "logicalXor", arity: 2, f: (x, y) => (x !== 0) !== (y !== 0) ? 1 : 0 },
  { name: "where", arity: 3, f: (x, y, z) => x !== 0 ? y : z },
  { name: "random", arity: 3, f: uniform64, f32: uniform32, int: null },
];

/** The position of each name in the rows. */
export const OPCODE_INDEX: ReadonlyMap<string, number> = new Map(
  OPCODES.map((row, index) => [row.name, index]),
);
