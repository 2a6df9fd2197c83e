/**
 * The same values in tensors of every layout, and the values themselves in row-major order.
 */
import { type Device, type DType, full, type Tensor, tensor } from "@tensaur/tensaur";
import { DTYPES } from "../src/dtype.ts";

/** A tensor with what it should hold. */
export interface Sample {
  readonly name: string;
  readonly x: Tensor;
  readonly values: readonly number[];
}

/** The shape of all samples that are not empty or without axes. */
export const SHAPE = [3, 4] as const;

/** Deterministic numbers between bounds. */
export function numbers(count: number, low: number, high: number, seed = 1): number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: count }, (_, i) => low + (high - low) * ((i * golden + seed * 0.377) % 1));
}

/** Numbers of a dtype: rounded, and whole where the dtype is. */
export function numbersOf(dtype: DType, count: number, low: number, high: number, seed = 1): number[] {
  if (DTYPES[dtype].float) return numbers(count, low, high, seed).map(DTYPES[dtype].round);
  if (dtype === "bool") return numbers(count, 0, 2, seed).map(Math.floor);
  return numbers(count, dtype === "uint8" ? 0 : -9, 10, seed).map(Math.floor);
}

/** Values in tensors of shape [3, 4] of several layouts. */
export function layoutsOf(values: readonly number[], dtype: DType, device: Device): Sample[] {
  const [rows, columns] = SHAPE, at = (i: number, j: number): number => values[i * columns + j]!;
  const of = (shape: readonly number[], element: (i: number, j: number) => number): Tensor => {
    const flat = Array.from({ length: shape[0]! * shape[1]! }, (_, k) => {
      return element(Math.floor(k / shape[1]!), k % shape[1]!);
    });
    return tensor(flat, { dtype, device }).reshape(shape);
  };
  const row = values.slice(0, columns);
  return [
    { name: "contiguous", x: of([rows, columns], at), values },
    { name: "permuted", x: of([columns, rows], (j, i) => at(i, j)).mT(), values },
    {
      name: "sliced",
      x: of([rows, 2 * columns], (i, j) => at(i, j >> 1)).at(":", [1, null, 2]),
      values,
    },
    {
      name: "reversed",
      x: of([rows, columns], (i, j) => at(rows - 1 - i, j)).at([null, null, -1]),
      values,
    },
    {
      name: "broadcast",
      x: tensor(row, { dtype, device }).expand([rows, columns]),
      values: [...row, ...row, ...row],
    },
  ];
}

/** Tensors without elements and without axes. */
export function edgesOf(value: number, dtype: DType, device: Device): Sample[] {
  return [
    { name: "empty", x: full([0, 4], value, { dtype, device }), values: [] },
    { name: "without axes", x: tensor(value, { dtype, device }), values: [value] },
  ];
}
