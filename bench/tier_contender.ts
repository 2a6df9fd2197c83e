/**
 * The library on one of its SIMD tiers, as a contender: kernels choose theirs each time that they run.
 *
 * @module
 */
import { setSimd } from "../src/backend/devices.ts";
import type { SimdTier } from "../src/backend/tiers.ts";
import { type Contender, local } from "./measure.ts";

/** Does the work on a tier, whichever is in force otherwise. */
export function onTier(tier: SimdTier, work: () => void): Contender {
  const { sample } = local(tier, work);
  return {
    name: tier,
    sample: (count) => {
      setSimd(tier);
      return sample(count);
    },
  };
}
