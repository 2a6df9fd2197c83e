/**
 * What tools and examples draw: progress bars, charts, and the decision of a network.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Decision, drawSvg, drawText } from "../examples/train_plot.ts";
import { lineChart } from "../tools/line_chart.ts";
import { ProgressBar, progressLine } from "../tools/progress_bar.ts";
import { drawing, element, escaped, label } from "../tools/svg.ts";

/** Checks that tags nest and attributes are quoted, and returns how often each element occurs. */
function elementsOf(svg: string): Map<string, number> {
  const open: string[] = [], seen = new Map<string, number>();
  const tag = /<(\/?)([a-z]+)((?: [\w-]+="[^"<>]*")*)(\/?)>/gi;
  const rest = svg.replaceAll(tag, (_, closes: string, name: string, __: string, empty: string) => {
    if (closes) assertEquals(open.pop(), name);
    else {
      seen.set(name, (seen.get(name) ?? 0) + 1);
      if (!empty) open.push(name);
    }
    return "";
  });
  assertEquals(open, []);
  assert(!/[<>]|&(?!amp;|lt;|gt;|quot;)/.test(rest), rest);
  assert(!/NaN|Infinity|undefined/.test(svg), svg);
  return seen;
}

/** Class 1 lies left of .25, on 8 × 4 cells. */
function leftQuarter(): Decision {
  const [columns, rows] = [8, 4];
  const probabilities = Float32Array.from({ length: columns * rows }, (_, i) => i % columns < 2 ? .9 : .1);
  const points = [{ x: .1, y: .9, label: 1 }, { x: .9, y: .1, label: 0 }, { x: 1, y: 1, label: 0 }];
  return { columns, rows, probabilities, points };
}

Deno.test("a known boundary is drawn where it is, and points on their side of it", () => {
  assertEquals(
    drawText(leftQuarter()),
    ["┌────────┐", "│x░     o│", "│░░      │", "│░░      │", "│░░     o│", "└────────┘"].join("\n"),
  );
});

Deno.test("the same boundary as SVG: a run of cells a row, a dot a point, a chart of the loss", () => {
  const svg = drawSvg("xor <&> others", leftQuarter(), [[0, 30], [10, 20], [20, 2]]);
  const seen = elementsOf(svg);
  assertEquals([seen.get("svg"), seen.get("circle"), seen.get("polyline")], [1, 3, 1]);
  const runs = [...svg.matchAll(/<rect x="0" y="\d+(?:\.\d+)?" width="65" /g)];
  assertEquals(runs.length, 4);
  assertStringIncludes(svg, "xor &lt;&amp;&gt; others");
});

Deno.test("a chart has a line for each series within its frame, on log axes too", () => {
  const series = [
    { name: "a", points: [[64, 1e-4], [128, 1e-2]] as [number, number][] },
    { name: "b", points: [[64, 1e-3], [128, 3]] as [number, number][], dashed: true },
  ];
  const [width, height] = [400, 300];
  const svg = drawing(
    width,
    height,
    ...lineChart({
      title: "t",
      x: { title: "x", log: true, marks: [64, 128] },
      y: { title: "y", log: true },
      series,
      width,
      height,
    }),
  );
  const seen = elementsOf(svg);
  assertEquals(seen.get("polyline"), series.length);
  const places = [...svg.matchAll(/points="([^"]*)"/g)].map(([, places = ""]) =>
    places.split(" ").map((place) => place.split(",").map(Number) as [number, number])
  );
  for (const [x, y] of places.flat()) assert(x >= 0 && x <= width && y >= 0 && y <= height);
  const [first, second] = [places[0]!, places[1]!];
  assert(first[0]![1] > first[1]![1], "larger values lie higher");
  assert(second[0]![1] < first[0]![1]);
  for (const mark of ["1e-4", "0.001", "10", "128"]) assertStringIncludes(svg, `>${mark}<`);
});

Deno.test("a chart of one point, of equal values or of none is drawn too", () => {
  for (const points of [[], [[0, 0]], [[0, 2], [1, 2]]] as [number, number][][]) {
    const chart = { title: "", x: { title: "" }, y: { title: "" }, series: [{ name: "", points }] };
    elementsOf(drawing(300, 200, ...lineChart({ ...chart, width: 300, height: 200 })));
  }
});

Deno.test("texts and attributes of SVG are escaped", () => {
  assertEquals(escaped(`a<b & "c">`), "a&lt;b &amp; &quot;c&quot;&gt;");
  assertEquals(element("g", { id: `"`, x: 1 / 3 }, label("<", 0, 0)).match(/</g)?.length, 4);
});

Deno.test("a progress line tells how much is done and how long the rest takes", () => {
  const half = progressLine({ label: "xor", done: 50, total: 100, elapsed: 2000, note: "loss 1" });
  assertMatch(half, /^xor {2}█{12}░{12} {2}50\/100 {2}2\.0 s left {2}loss 1$/);
  assertStringIncludes(progressLine({ label: "", done: 1, total: 100, elapsed: 2000 }), "3:18 min left");
  assertStringIncludes(progressLine({ label: "", done: 0, total: 9, elapsed: 5 }), "0/9");
  assertStringIncludes(progressLine({ label: "", done: 0, total: 0, elapsed: 0 }), "0/0");
});

Deno.test("a progress bar draws seldom, and clears its line at the end", () => {
  const written: string[] = [];
  const bar = new ProgressBar("work", 1000, (text) => written.push(text));
  for (let done = 0; done < 1000; done++) bar.update(done);
  assert(written.length <= 3, `${written.length} drawings`);
  bar.end();
  assertEquals(written.at(-1), "\r\x1b[2K");
});
