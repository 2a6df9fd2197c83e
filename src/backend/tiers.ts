/**
 * The SIMD tiers of the kernels, and the variable that lowers the one in force.
 *
 * @module
 */
import { LibraryError } from "../errors.ts";
import { environment } from "./environment.ts";
import type { NativeFunctions } from "./symbols.ts";

/** The SIMD tiers by their numbers. */
export const SIMD_TIERS = ["plain", "neon", "avx2", "avx512"] as const;

/** The name of a SIMD tier. */
export type SimdTier = typeof SIMD_TIERS[number];

/** The variable that names a tier to use instead of the machine's best. */
const FORCED = "TENSAUR_SIMD";

/** Puts the tier in force that the variable names; one that the machine lacks is refused. */
export function forceTier(library: NativeFunctions): void {
  const name = environment(FORCED);
  if (!name) return;
  const available = SIMD_TIERS.filter((_, number) => library.setSimd(number) === number);
  const wanted = available.find((tier) => tier === name);
  if (wanted === undefined) {
    throw new LibraryError(`Cannot use ${FORCED}=${name}: this machine has ${available.join(", ")}`);
  }
  library.setSimd(SIMD_TIERS.indexOf(wanted));
}
