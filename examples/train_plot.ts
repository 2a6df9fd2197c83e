/**
 * What a trained network makes of the unit square: drawn in the terminal, and as SVG beside the course of the loss.
 */
import { tensor } from "@tensaur/tensaur";
import { lineChart } from "../tools/line_chart.ts";
import { drawing, element, label } from "../tools/svg.ts";
import type { Training } from "./training.ts";

/** A point of the square. */
export interface LabelledPoint {
  /** From left to right, 0 to 1. */
  readonly x: number;
  /** From bottom to top, 0 to 1. */
  readonly y: number;
  /** Its class, 0 or 1. */
  readonly label: number;
}

/** What a network says in the cells of a grid over the square, row by row from the top. */
export interface Decision {
  /** Cells in a row. */
  readonly columns: number;
  /** Rows of cells. */
  readonly rows: number;
  /** The probability of class 1 in the middle of each cell. */
  readonly probabilities: ArrayLike<number>;
  /** The points that it was trained on. */
  readonly points: readonly LabelledPoint[];
}

/** What stands for a cell: told to be of class 0 or 1, and the points of either class in such a cell. */
const CELLS = { background: [" ", "░"], points: ["o", "x"] } as const;

/** The side of the square in the SVG, and of all around it. */
const SIDE = 260, MARGIN = 30, CHART = 380;
const COLOURS = ["#c6dbef", "#fdd0a2"], POINT_COLOURS = ["#08519c", "#a63603"];

/** What a network decides in the cells of a grid. */
export function decide(training: Training, columns: number, rows: number): Decision {
  const middles = Array.from({ length: rows * columns }, (_, i) => [
    (i % columns + .5) / columns,
    1 - (Math.floor(i / columns) + .5) / rows,
  ]);
  const probabilities = training.probabilities(tensor(middles)).data as Float32Array;
  return { columns, rows, probabilities, points: training.labelled() };
}

/** The square in characters: shaded where the network says class 1, `o` and `x` the points of class 0 and 1. */
export function drawText({ columns, rows, probabilities, points }: Decision): string {
  const cells = Array.from(
    { length: rows * columns },
    (_, i): string => CELLS.background[classOf(probabilities[i]!)],
  );
  for (const { x, y, label } of points) {
    const [column, row] = [cellOf(x, columns), cellOf(1 - y, rows)];
    cells[row * columns + column] = CELLS.points[classOf(label)];
  }
  const lines = Array.from(
    { length: rows },
    (_, row) => cells.slice(row * columns, (row + 1) * columns).join(""),
  );
  const edge = "─".repeat(columns);
  return [`┌${edge}┐`, ...lines.map((line) => `│${line}│`), `└${edge}┘`].join("\n");
}

/** The square and the losses, each with its epoch, as an SVG drawing. */
export function drawSvg(
  title: string,
  decision: Decision,
  losses: readonly (readonly [number, number])[],
): string {
  const height = SIDE + 2 * MARGIN;
  const chart = lineChart({
    title: "loss",
    x: { title: "epoch" },
    y: { title: "sum over all points" },
    series: [{ name: "loss", points: losses }],
    width: CHART,
    height,
  });
  return drawing(
    SIDE + 2 * MARGIN + CHART,
    height,
    label(title, MARGIN + SIDE / 2, 20, "middle", { "font-size": 14 }),
    element("g", { transform: `translate(${MARGIN} ${MARGIN})` }, ...drawSquare(decision)),
    element("g", { transform: `translate(${SIDE + 2 * MARGIN} 0)` }, ...chart),
  );
}

function drawSquare({ columns, rows, probabilities, points }: Decision): string[] {
  const [width, height] = [SIDE / columns, SIDE / rows];
  const parts = [element("rect", { width: SIDE, height: SIDE, fill: COLOURS[0]! })];
  for (let row = 0; row < rows; row++) {
    for (const [from, to] of runsOfOne(probabilities, row * columns, columns)) {
      const place = { x: from * width, y: row * height, width: (to - from) * width, height: height + .1 };
      parts.push(element("rect", { ...place, fill: COLOURS[1]! }));
    }
  }
  const dots = points.map(({ x, y, label }) =>
    element("circle", {
      cx: x * SIDE,
      cy: (1 - y) * SIDE,
      r: 4,
      fill: POINT_COLOURS[classOf(label)]!,
      stroke: "white",
    })
  );
  return [...parts, ...dots];
}

/** The runs of cells of a row that are told to be of class 1. */
function runsOfOne(
  probabilities: ArrayLike<number>,
  start: number,
  columns: number,
): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (let column = 0; column < columns; column++) {
    if (classOf(probabilities[start + column]!) === 0) continue;
    const last = runs.at(-1);
    if (last?.[1] === column) last[1]++;
    else runs.push([column, column + 1]);
  }
  return runs;
}

function classOf(probability: number): 0 | 1 {
  return probability > .5 ? 1 : 0;
}

function cellOf(place: number, cells: number): number {
  return Math.max(0, Math.min(cells - 1, Math.floor(place * cells)));
}
