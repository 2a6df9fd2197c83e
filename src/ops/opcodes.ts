/**
 * The opcodes of programs: their names and what they mean on plain numbers.
 *
 * The native library has the same names with its own code; they are matched by name when it is loaded.
 *
 * @module
 */
import { ROWS } from "./elementwise.ts";
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
  readonly int?: ((x: number, y: number, z: number) => number) | null | undefined;
  /** Whether it is defined in integers only. */
  readonly integersOnly?: true;
}

/** What programs need beside the ops that users know. */
const INTERNAL: readonly OpcodeRow[] = [
  { name: "wrap8", arity: 1, f: (x) => x & 255, integersOnly: true },
  { name: "truth", arity: 1, f: (x) => x !== 0 ? 1 : 0 },
  { name: "random", arity: 3, f: uniform64, f32: uniform32, int: null },
];

/** The opcodes: the elementwise rows, then the internal ones. An op word is `FIRST_OP` + the position here. */
export const OPCODES: readonly OpcodeRow[] = [
  ...Object.entries(ROWS).map(([name, { f, f32, int, result }]) => ({
    name,
    arity: f.length as OpcodeRow["arity"],
    f,
    ...f32 === undefined ? {} : { f32 },
    int: int ?? (result === "float" ? null : undefined),
  })),
  ...INTERNAL,
];

/** The position of each name in the rows. */
export const OPCODE_INDEX: ReadonlyMap<string, number> = new Map(
  OPCODES.map((row, index) => [row.name, index]),
);
