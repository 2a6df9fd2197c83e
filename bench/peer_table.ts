/**
 * The table of the library beside its peers, from what was measured.
 *
 * @module
 */
import type { Timing } from "./measure.ts";
import { duration, ratio, type Table } from "./report.ts";

/** How much faster than the best of some contenders the library has to be. */
export interface NamedGoal {
  /** Their names. */
  readonly over: readonly string[];
  /** The ratio. */
  readonly atLeast: number;
}

/** What was measured of one case. */
export interface Line {
  /** What is done. */
  readonly work: string;
  /** How long the library takes. */
  readonly ours: Timing;
  /** How long the others take. */
  readonly others: readonly Timing[];
  /** Operations or bytes, where these are the limit. */
  readonly amount?: Amount;
  /** What is wanted. */
  readonly goals: readonly NamedGoal[];
}

/** How much a case has to do, and what the machine reached at the same time. */
export interface Amount {
  /** Operations or bytes. */
  readonly count: number;
  /** The unit of their rate. */
  readonly unit: "GFLOP/s" | "GB/s";
  /** The rate of the machine's limit; undefined if it was not measured. */
  readonly limit?: number;
}

/** What came of a goal; `best` and `reached` are undefined if none of the contenders took part. */
export interface Outcome extends NamedGoal {
  /** The quickest of those that the goal names. */
  readonly best: string | undefined;
  /** How many times faster than that the library is. */
  readonly reached: number | undefined;
}

/** What came of each goal of a case. */
export function outcomes({ ours, others, goals }: Line): Outcome[] {
  return goals.map((goal) => {
    const [best] = others.filter(({ name }) => goal.over.includes(name)).toSorted((a, b) =>
      a.median - b.median
    );
    return { ...goal, best: best?.name, reached: best && best.median / ours.median };
  });
}

function timeCell({ median, low, high }: Timing): string {
  return `${duration(median)} ±${(50 * (high - low) / median).toFixed(0)} %`;
}

function outcomeCell({ over, atLeast, best, reached }: Outcome): string {
  if (reached === undefined) return `${atLeast}× ${over.join(" or ")}: not run`;
  return `${atLeast}× ${best}: ${ratio(reached)}${reached < atLeast ? ", **missed**" : ""}`;
}

function rateCells({ ours, amount }: Line): [rate: string, share: string] {
  if (amount === undefined) return ["", ""];
  const rate = amount.count / ours.median / 1e9;
  const digits = rate < 100 ? 1 : 0;
  const share = amount.limit === undefined ? "" : `${(100 * rate / amount.limit).toFixed(0)} %`;
  return [`${rate.toFixed(digits)} ${amount.unit}`, share];
}

function otherCell(line: Line, name: string): string {
  const timing = line.others.find((other) => other.name === name);
  return timing === undefined ? "" : `${timeCell(timing)}, **${ratio(timing.median / line.ours.median)}**`;
}

/** The table, with a column for each of these contenders that took part in any line. */
export function peerTable(lines: readonly Line[], columns: readonly string[]): Table {
  const present = columns.filter((name) =>
    lines.some(({ others }) => others.some((other) => other.name === name))
  );
  const head = ["work", "Tensaur", "rate", "of limit", ...present, "wanted at least"];
  return [
    head,
    ...lines.map((line) => [
      line.work,
      timeCell(line.ours),
      ...rateCells(line),
      ...present.map((name) => otherCell(line, name)),
      outcomes(line).map(outcomeCell).join("; "),
    ]),
  ];
}
