/**
 * Charts of lines, as SVG.
 *
 * @module
 */
import { element, label } from "./svg.ts";

/** A line of a chart. */
export interface Series {
  /** What it shows. */
  readonly name: string;
  /** Its points. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether it is dashed. */
  readonly dashed?: boolean;
}

/** An axis. */
export interface Axis {
  /** What it measures. */
  readonly title: string;
  /** Whether equal distances are equal ratios. */
  readonly log?: boolean;
  /** Where it is marked; left out, at round numbers. */
  readonly marks?: readonly number[];
}

/** A chart. */
export interface Chart {
  /** What stands above it. */
  readonly title: string;
  /** The axes. */
  readonly x: Axis;
  /** The vertical one. */
  readonly y: Axis;
  /** The lines. */
  readonly series: readonly Series[];
  /** How wide it is, legend included. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
  /** At which side the legend stands within the frame; left out, at the left one. */
  readonly legend?: "left" | "right";
}

/** Distances from the edges to the frame. */
const EDGE = { left: 64, right: 16, top: 32, bottom: 44 };
const LEGEND_LINE = 16;
/** How wide the legend is. */
const LEGEND = 190;
const COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#7f7f7f"];

/** An axis with its ends, and where a value lies between them: from 0 to 1. */
interface Scale {
  readonly marks: readonly number[];
  readonly place: (value: number) => number;
}

/** The elements of a chart, its upper left corner at 0, 0. */
export function lineChart({ title, x, y, series, width, height, legend = "left" }: Chart): string[] {
  const values = series.flatMap(({ points }) => points);
  const horizontal = scale(x, values.map(([at]) => at));
  const vertical = scale(y, values.map(([, value]) => value));
  const [inner, outer] = [width - EDGE.left - EDGE.right, height - EDGE.top - EDGE.bottom];
  const across = (value: number): number => EDGE.left + inner * horizontal.place(value);
  const up = (value: number): number => EDGE.top + outer * (1 - vertical.place(value));
  const bottom = EDGE.top + outer;
  const names = legend === "left" ? EDGE.left + 10 : width - EDGE.right - LEGEND;
  return [
    label(title, width / 2, 20, "middle", { "font-size": 14 }),
    element("rect", { x: EDGE.left, y: EDGE.top, width: inner, height: outer, fill: "none", stroke: "#888" }),
    ...horizontal.marks.map((mark) => label(shortNumber(mark), across(mark), bottom + 16, "middle")),
    ...vertical.marks.flatMap((mark) => [
      element("line", { x1: EDGE.left, x2: EDGE.left + inner, y1: up(mark), y2: up(mark), stroke: "#ddd" }),
      label(shortNumber(mark), EDGE.left - 6, up(mark) + 4, "end"),
    ]),
    label(x.title, EDGE.left + inner / 2, height - 8, "middle"),
    label(y.title, 14, EDGE.top + outer / 2, "middle", {
      transform: `rotate(-90 14 ${EDGE.top + outer / 2})`,
    }),
    ...series.flatMap((line, number) => drawn(line, number, names, across, up)),
  ];
}

function drawn(
  { name, points, dashed }: Series,
  number: number,
  left: number,
  across: (value: number) => number,
  up: (value: number) => number,
): string[] {
  const stroke = COLOURS[number % COLOURS.length]!;
  const style = { stroke, "stroke-width": 2, ...dashed === true && { "stroke-dasharray": "5 4" } };
  const places = points.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(" ");
  const top = EDGE.top + LEGEND_LINE * (number + 1);
  return [
    element("polyline", { points: places, fill: "none", ...style }),
    element("line", { x1: left, x2: left + 24, y1: top - 4, y2: top - 4, ...style }),
    label(name, left + 30, top),
  ];
}

function scale({ log = false, marks }: Axis, values: readonly number[]): Scale {
  const bend = log ? Math.log10 : (value: number): number => value;
  const known = values.filter((value) => Number.isFinite(bend(value)));
  const [least, most] = known.length === 0 ? [0, 1] : [Math.min(...known), Math.max(...known)];
  const chosen = marks ?? (log ? powersOfTen(least, most) : roundNumbers(Math.min(0, least), most));
  const [start, end] = [Math.min(least, chosen[0]!), Math.max(most, chosen.at(-1)!)].map(bend) as [
    number,
    number,
  ];
  const length = end - start || 1;
  return { marks: chosen, place: (value) => (bend(value) - start) / length };
}

/** The powers of ten from the one below to the one above. */
function powersOfTen(least: number, most: number): number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
}

/** About five numbers with few digits. */
function roundNumbers(least: number, most: number): number[] {
  const rough = (most - least) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const from = Math.floor(least / step), to = Math.ceil(most / step);
  return Array.from({ length: Math.max(2, to - from + 1) }, (_, i) => (from + i) * step);
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(0).replace("e+", "e")
    : String(Number(value.toPrecision(6)));
}
