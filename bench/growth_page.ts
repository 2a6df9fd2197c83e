/**
 * How cost grows with size: what was measured of a family, as a chart, a table, and a sentence on where it jumps.
 *
 * @module
 */
import { lineChart } from "../tools/line_chart.ts";
import { drawing } from "../tools/svg.ts";
import type { Family, Unit } from "./growth_families.ts";
import { markdown, ratio, type Table } from "./report.ts";

/** Somebody's cost at a size: seconds for one of what is counted. */
export interface Cost {
  /** Whose. */
  readonly name: string;
  /** The seconds. */
  readonly cost: number;
}

/** The costs at a size. */
export interface Point {
  /** The size. */
  readonly size: number;
  /** The library's cost. */
  readonly ours: number;
  /** Those of the peers that took part. */
  readonly others: readonly Cost[];
}

/** How much more one of what is counted costs than at about half the size. */
export interface Step {
  /** The smaller size. */
  readonly from: number;
  /** The size. */
  readonly to: number;
  /** How many times as much it costs. */
  readonly ours: number;
  /** The same of the best peer at each of both sizes; undefined if none took part. */
  readonly best: number | undefined;
}

/** From one size to about its double, the cost of a part may grow so much, or as much as that of the best peer. */
const MOST_GROWTH = 2;
const WIDTH = 760, HEIGHT = 420;

/** The cheapest peer at a size. */
function bestOf({ others }: Point): Cost | undefined {
  return others.toSorted((a, b) => a.cost - b.cost)[0];
}

/** The smaller point that is nearest to half the size. */
function halfOf(points: readonly Point[], { size }: Point): Point | undefined {
  const distance = (other: Point): number => Math.abs(Math.log2(size / other.size) - 1);
  return points.filter((other) => other.size < size).toSorted((a, b) => distance(a) - distance(b))[0];
}

function stepTo(points: readonly Point[], to: Point): Step | undefined {
  const from = halfOf(points, to);
  if (from === undefined) return undefined;
  const [before, after] = [bestOf(from), bestOf(to)];
  const best = before && after && after.cost / before.cost;
  return { from: from.size, to: to.size, ours: to.ours / from.ours, best };
}

/** Where a part costs more than twice as much as at half the size. */
export function doublings(points: readonly Point[]): Step[] {
  return points.map((point) => stepTo(points, point)).filter((step) => step !== undefined)
    .filter(({ ours }) => ours > MOST_GROWTH);
}

/** Whether the best peer's cost grows as much there. */
export function isExcused({ best = 0 }: Step): boolean {
  return best > MOST_GROWTH;
}

const digits = (value: number): string => value < 100 ? value.toPrecision(3) : value.toFixed(0);
const count = (size: number): string => size.toLocaleString("en");

/** In words, where the cost more than doubles. */
export function jumpText(points: readonly Point[], { part }: Unit): string {
  const found = doublings(points);
  if (found.length === 0) return `Between neighbouring sizes the cost of ${part} at most doubles.`;
  return found.map((step) => {
    const theirs = step.best === undefined
      ? "no peer took part"
      : `that of the best peer ${ratio(step.best)}`;
    const end = isExcused(step) ? "." : ": **missed**.";
    return `From ${count(step.from)} to ${count(step.to)} the cost of ${part} grows ${
      ratio(step.ours)
    }, ${theirs}${end}`;
  }).join(" ");
}

/** The table: a row for each size. */
export function growthTable(points: readonly Point[], unit: Unit): Table {
  const shown = (cost: number | undefined): string => cost === undefined ? "" : digits(unit.of(cost));
  const times = (value: number | undefined): string => value === undefined ? "" : ratio(value);
  const head = [
    unit.sizes,
    `Tensaur, ${unit.title}`,
    "cost : at half",
    "best peer",
    `its ${unit.title}`,
    "cost : at half",
    "Tensaur is faster",
  ];
  return [
    head,
    ...points.map((point) => {
      const best = bestOf(point), step = stepTo(points, point);
      const theirs = [best?.name ?? "", shown(best?.cost), times(step?.best)];
      const faster = best === undefined ? "" : `**${ratio(best.cost / point.ours)}**`;
      return [count(point.size), shown(point.ours), times(step?.ours), ...theirs, faster];
    }),
  ];
}

/** The chart: a line for the library and for each peer. */
export function growthChart({ name, unit }: Family, points: readonly Point[]): string {
  const peers = new Set(points.flatMap(({ others }) => others.map((other) => other.name)));
  const line = (costOf: (point: Point) => number | undefined): [number, number][] =>
    points.flatMap((point) => {
      const cost = costOf(point);
      return cost === undefined ? [] : [[point.size, unit.of(cost)]];
    });
  const series = [
    { name: "Tensaur", points: line(({ ours }) => ours) },
    ...[...peers].map((name) => ({
      name,
      points: line(({ others }) => others.find((other) => other.name === name)?.cost),
    })),
  ];
  const rises = unit.of(1) < unit.of(.5);
  const chart = lineChart({
    title: name,
    x: { title: unit.sizes, log: true, ...unit.marks && { marks: unit.marks } },
    y: { title: unit.title, log: true },
    series,
    width: WIDTH,
    height: HEIGHT,
    legend: rises ? "left" : "right",
  });
  return drawing(WIDTH, HEIGHT, ...chart);
}

/** What the page says of a family; the chart lies beside it. */
export function growthText({ name, unit }: Family, points: readonly Point[], chart: string): string {
  return [
    `![${unit.title} of ${name}, by size](${chart})`,
    jumpText(points, unit),
    markdown(growthTable(points, unit)),
  ]
    .join("\n\n");
}
