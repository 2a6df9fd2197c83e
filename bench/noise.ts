/**
 * What a comparison of two checkouts may conclude from samples that were taken in turn.
 *
 * @module
 */
import { median, quantile } from "./measure.ts";

/** How sure an interval is. */
const CONFIDENCE = .99;
const RESAMPLES = 2000;

/** From where to where a ratio may well lie. */
export interface Interval {
  /** The ratio that was found. */
  readonly ratio: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** Numbers from 0 to 1 that are the same each time. */
function* randomNumbers(): Generator<number, never> {
  for (let state = 1;;) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    yield state / 2 ** 32;
  }
}

/**
 * The ratio of two contenders' times, sampled in turn: the median over rounds, so that what slows the machine for a
 * while slows both, and its interval by bootstrap over the rounds.
 */
export function ratioOf(times: readonly number[], base: readonly number[]): Interval {
  const logs = times.map((time, round) => Math.log(time / base[round]!));
  const random = randomNumbers();
  const medians = Array.from(
    { length: RESAMPLES },
    () => median(logs.map(() => logs[Math.floor(random.next().value * logs.length)]!)),
  ).toSorted((a, b) => a - b);
  return {
    ratio: Math.exp(median(logs)),
    low: Math.exp(quantile(medians, (1 - CONFIDENCE) / 2)),
    high: Math.exp(quantile(medians, (1 + CONFIDENCE) / 2)),
  };
}

/** Which way a case moved, if it did. */
export type Move = "slower" | "faster" | undefined;

/**
 * The rule: a case moved if the interval of its ratio lies wholly beyond the noise, and the noise is what the same
 * checkout shows against itself in the same rounds: the farther end of that interval, on either side of 1.
 */
export function moved(change: Interval, same: Interval): Move {
  const noise = Math.max(same.high, 1 / same.low);
  if (change.low > noise) return "slower";
  return change.high < 1 / noise ? "faster" : undefined;
}
