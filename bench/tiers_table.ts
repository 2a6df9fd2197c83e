/**
 * What the kernels reach with vectors half as wide: which rows keep what is wanted of them, and a table of that.
 *
 * @module
 */
import { typedInput, type Work } from "./case.ts";
import type { Timing } from "./measure.ts";
import { duration, type Table } from "./report.ts";

/** What is wanted of a row with AVX2. */
export interface TierGoal {
  /** Of what: the peak of multiply-adds with AVX2, or what the row reaches with AVX-512. */
  readonly of: "peak" | "AVX-512";
  /** At least this share. */
  readonly atLeast: number;
}

/** What was measured of a row. */
export interface TierLine {
  /** What is done. */
  readonly work: string;
  /** How long it takes with AVX-512. */
  readonly wide: Timing;
  /** How long it takes with AVX2. */
  readonly narrow: Timing;
  /** How long as many multiply-adds take at the peak with AVX2; undefined where these are not the limit. */
  readonly peak: number | undefined;
  /** What is wanted. */
  readonly goal: TierGoal;
}

/** Products of matrices from this size on are large enough for the peak. */
const LARGE = 256;

/** What is wanted of a piece of work. */
export function tierGoal({ inputs, flops, transcendental }: Work): TierGoal {
  const lengths = Object.values(inputs).flatMap((input) => typedInput(input).shape);
  if (flops !== undefined && Math.min(...lengths) >= LARGE) return { of: "peak", atLeast: .85 };
  // With half as many FMAs a cycle, a half is all that a product can keep: .4 is .8 of that.
  if (flops !== undefined) return { of: "AVX-512", atLeast: .4 };
  return { of: "AVX-512", atLeast: transcendental ? .5 : .8 };
}

/** The shares that were reached; NaN of a peak that was not measured. */
function shares({ wide, narrow, peak = NaN }: TierLine): Record<TierGoal["of"], number> {
  return { peak: peak / narrow.median, "AVX-512": wide.median / narrow.median };
}

/** Whether a row has less than what is wanted of it. */
export function misses(line: TierLine): boolean {
  return shares(line)[line.goal.of] < line.goal.atLeast;
}

const percent = (share: number): string => Number.isNaN(share) ? "" : `${(100 * share).toFixed(0)} %`;

/** The table: a row for each piece of work, those marked that miss what is wanted. */
export function tierTable(lines: readonly TierLine[]): Table {
  const head = ["work", "AVX-512", "AVX2", "of AVX-512", "of the AVX2 peak", "wanted at least"];
  return [
    head,
    ...lines.map((line) => {
      const { work, wide, narrow, goal } = line, reached = shares(line);
      const wanted = `${percent(goal.atLeast)} of ${goal.of === "peak" ? "the peak" : goal.of}`;
      const verdict = misses(line) ? `${wanted}, **missed**` : wanted;
      const times = [wide, narrow].map(({ median }) => duration(median));
      return [work, ...times, percent(reached["AVX-512"]), percent(reached.peak), verdict];
    }),
  ];
}

/** In a sentence, which rows miss what is wanted. */
export function tierVerdict(lines: readonly TierLine[]): string {
  const missed = lines.filter(misses).map(({ work }) => work);
  if (missed.length === 0) return `Each of the ${lines.length} rows reaches what is wanted.`;
  return `${missed.length} of ${lines.length} rows miss what is wanted: ${missed.join("; ")}.`;
}
