/**
 * What ops cost, in units of an addition: enough to decide whether computing a value twice beats storing it.
 *
 * @module
 */
import type { Op } from "./op.ts";

const WEIGHTS: Readonly<Record<string, number>> = {
  exp: 6,
  log: 6,
  tanh: 8,
  sigmoid: 8,
  erf: 8,
  sin: 8,
  cos: 8,
  pow: 12,
  rand: 10,
  div: 2,
  sqrt: 2,
  reciprocal: 2,
};

/** The weight of an op. */
export function weightOf(op: Op): number {
  return WEIGHTS[op.name] ?? 1;
}
