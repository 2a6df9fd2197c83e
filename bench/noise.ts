/**
 * What a comparison of two checkouts may conclude from samples that were taken in turn.
 *
 * @module
 */
import { median, quantile } from "./measure.ts";

/** How sure an interval is. */
const CONFIDENCE = .999;
const RESAMPLES = 5000;

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

/** The logarithms of what times are to others of the same rounds. */
function logRatios(times: readonly number[], base: readonly number[]): number[] {
  return times.map((time, round) => Math.log(time / base[round]!));
}

/** The mean of the medians of some series over the same rounds, and its interval by bootstrap over the rounds. */
function intervalOf(series: readonly (readonly number[])[]): Interval {
  const rounds = series[0]!.map((_, round) => round), random = randomNumbers();
  const center = (chosen: readonly number[]): number =>
    series.reduce((sum, logs) => sum + median(chosen.map((round) => logs[round]!)), 0) / series.length;
  const centers = Array.from(
    { length: RESAMPLES },
    () => center(rounds.map(() => Math.floor(random.next().value * rounds.length))),
  ).toSorted((a, b) => a - b);
  return {
    ratio: Math.exp(center(rounds)),
    low: Math.exp(quantile(centers, (1 - CONFIDENCE) / 2)),
    high: Math.exp(quantile(centers, (1 + CONFIDENCE) / 2)),
  };
}

/** Which way a case moved, if it did. */
export type Move = "slower" | "faster" | undefined;

/** What a case's samples say, when a checkout took its turn before and after the other one in each round. */
export interface Comparison {
  /** This checkout's times to the other's. */
  readonly change: Interval;
  /** This checkout's times to its own. */
  readonly same: Interval;
}

/**
 * Compares a checkout, measured before and after the other one in each round. What slows the machine for a while is
 * in both times of a ratio, and of the ratios before and after the mean counts, so that a drift cancels.
 */
export function compareTimes(
  before: readonly number[],
  other: readonly number[],
  after: readonly number[],
): Comparison {
  return {
    change: intervalOf([logRatios(before, other), logRatios(after, other)]),
    same: intervalOf([logRatios(before, after)]),
  };
}

/**
 * The rule: a case moved if the interval of its change lies wholly beyond the noise, and the noise is how far, in the
 * same rounds, the checkout is from itself, on either side of 1.
 */
export function moved({ change, same }: Comparison): Move {
  const noise = Math.max(same.ratio, 1 / same.ratio);
  if (change.low > noise) return "slower";
  return change.high < 1 / noise ? "faster" : undefined;
}
