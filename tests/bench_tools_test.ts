/**
 * The pure parts of the benchmarks' tools: statistics, the rule for what moved, tables, the peers' snippets.
 */
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { agree } from "../bench/agreement.ts";
import { casesWith } from "../bench/cases.ts";
import { measure, median, quantile, sampleInTurn, type Timing } from "../bench/measure.ts";
import { compareTimes, type Interval, moved } from "../bench/noise.ts";
import { type Line, outcomes, peerTable } from "../bench/peer_table.ts";
import { snippetOf, valueOf } from "../bench/python_words.ts";
import { duration, markdown, ratio } from "../bench/report.ts";
import { startsTable } from "../bench/start.ts";

/** Times around a middle, spread evenly by a share of it, the same each time. */
function times(middle: number, spread: number, count = 25, step = 7): number[] {
  return Array.from({ length: count }, (_, i) => middle * (1 + spread * ((i * step % count) / count - .5)));
}

Deno.test("a quantile lies between its neighbours, and the median is one", () => {
  assertEquals(quantile([1, 2, 3, 4], .5), 2.5);
  assertEquals(quantile([1, 2, 3, 4], 0), 1);
  assertEquals(quantile([1, 2, 3, 4], 1), 4);
  assertEquals(median([9, 1, 5]), 5);
});

Deno.test("contenders take turns, and their counts are those of a sample's length", async () => {
  const asked: string[] = [];
  const contender = (name: string, each: number): Parameters<typeof measure>[0][number] => ({
    name,
    sample: (count) => {
      asked.push(`${name}${count}`);
      return count * each;
    },
  });
  const contenders = [contender("a", .01), contender("b", .04)];
  const found = await sampleInTurn(contenders, { samples: 2, seconds: .04, warmUp: 0 });
  found.flat().forEach((time, i) => assertAlmostEquals(time, i < 2 ? .01 : .04));
  assertEquals(asked.slice(-4), ["a4", "b1", "a4", "b1"]);
  const [first] = await measure(contenders, { samples: 2, seconds: 0, parts: 2 });
  assertEquals([first!.name, first!.median, first!.low, first!.high], ["a", .005, .005, .005]);
});

/** Whether a checkout moved whose times are so many times the other's. */
function moveOf(factor: number, spread: number): ReturnType<typeof moved> {
  const other = times(1, spread),
    before = times(factor, spread, 25, 11),
    after = times(factor, spread, 25, 3);
  return moved(compareTimes(before, other, after));
}

Deno.test("a case moves when its change exceeds the noise of the same against itself", () => {
  assertEquals([1.5, .6, 1].map((factor) => moveOf(factor, .1)), ["slower", "faster", undefined]);
  assertEquals([1.02, .98].map((factor) => moveOf(factor, .8)), [undefined, undefined]);
  const flat = times(1, 0), other = times(.9, 0);
  assertEquals(moved(compareTimes(flat, other, flat)), "slower");
  assertEquals(moved(compareTimes(flat, other, times(.85, 0))), undefined);
});

Deno.test("what slows both for a while, or more and more, is no change", () => {
  const spell = times(1, 0).map((time, round) => round < 12 ? 2 * time : time);
  const { change } = compareTimes(spell.map((time) => 1.01 * time), spell, spell.map((time) => 1.01 * time));
  assertAlmostEquals(change.low, 1.01);
  assertAlmostEquals(change.high, 1.01);
  const drift = (turn: number): number[] => times(1, 0).map((_, round) => 1.1 ** (3 * round + turn));
  assertAlmostEquals(compareTimes(drift(0), drift(1), drift(2)).change.ratio, 1);
});

Deno.test("an interval is the same each time, and narrower for less spread", () => {
  const flat = times(1, 0),
    of = (spread: number): Interval => compareTimes(times(1, spread), flat, flat).change;
  assertEquals(of(.5), of(.5));
  assert(of(.05).high - of(.05).low < of(.5).high - of(.5).low);
});

function timing(name: string, middle: number): Line["ours"] {
  return { name, median: middle, low: .9 * middle, high: 1.1 * middle };
}

const LINE: Line = {
  work: "some work",
  ours: timing("Tensaur", 2e-3),
  others: [timing("A", 6e-3), timing("B", 3e-3)],
  amount: { count: 4e7, unit: "GB/s", limit: 40 },
  goals: [{ over: ["A", "B"], atLeast: 2 }, { over: ["A"], atLeast: 2 }, { over: ["C"], atLeast: 1 }],
};

Deno.test("a goal is measured by the best of its contenders that took part", () => {
  assertEquals(outcomes(LINE).map(({ best, reached }) => [best, reached]), [
    ["B", 1.5],
    ["A", 3],
    [undefined, undefined],
  ]);
});

Deno.test("the table has a column for whom there are times, the share of the limit and the goals", () => {
  const [head, row] = peerTable([LINE, { ...LINE, others: [] }], ["A", "B", "C"]);
  assertEquals(head, ["work", "Tensaur", "rate", "of limit", "A", "B", "wanted at least"]);
  assertEquals(row!.slice(0, 6), [
    "some work",
    "2.00 ms ±10 %",
    "20.0 GB/s",
    "50 %",
    "6.00 ms ±10 %, **3.00×**",
    "3.00 ms ±10 %, **1.50×**",
  ]);
  assertEquals(row![6], "2× B: 1.50×, **missed**; 2× A: 3.00×; 1× C: not run");
});

Deno.test("durations and ratios have three digits, and a table's columns are aligned", () => {
  assertEquals([2, 2e-3, 2.5e-6, 1e-9].map(duration), ["2.00 s", "2.00 ms", "2.50 µs", "1.00 ns"]);
  assertEquals([.5, 12.34, 123.4].map(ratio), ["0.50×", "12.3×", "123×"]);
  assertEquals(markdown([["a", "b"], ["1234", "5"]]), "| a    | b   |\n| ---- | --- |\n| 1234 | 5   |");
});

Deno.test("numbers agree when they are as many and near", () => {
  assert(agree([1, 2], [1, 2.00001]));
  assert(!agree([1, 2], [1, 2.1]));
  assert(!agree([1, 2], [1]));
  assert(!agree([1], [NaN]));
});

Deno.test("a row becomes snippets: eager, into an output, compiled and jitted before the time", () => {
  const [item] = casesWith("softmax of rows"), work = item!.tiny();
  const eager = snippetOf(work, "torch", false)!;
  assertEquals(eager.setup, "import torch\nx = torch.rand((12, 12, ), dtype=torch.float32)");
  assertEquals(eager.code, "torch.softmax(x, 1)");
  const into = snippetOf(work, "torchInto", false)!;
  assertStringIncludes(into.setup, "\no = torch.softmax(x, 1)");
  const compiled = snippetOf(work, "torchCompiled", false)!;
  assertMatch(compiled.setup, /f = torch\.compile\(lambda x: torch\.softmax\(x, 1\)\)\nf\(x\)\nf\(x\)$/);
  assertEquals(compiled.code, "f(x)");
  const jitted = snippetOf(work, "jax", false)!;
  assertStringIncludes(jitted.setup, 'jax.config.update("jax_enable_x64", False)');
  assertEquals(jitted.code, "f(x).block_until_ready()");
  assertEquals(snippetOf(work, "numpy", false), undefined);
});

Deno.test("a row's value for given inputs can be asked for", () => {
  const [item] = casesWith("x + w, 100");
  const [setup, value] = valueOf(item!.tiny(), "numpyInto", {
    x: new Array(10).fill(1),
    w: new Array(10).fill(2),
  })!;
  assertStringIncludes(setup, 'x = np.array([1,1,1,1,1,1,1,1,1,1], dtype="float32").reshape((10, ))');
  assertMatch(setup, /o = x \+ w\nnp\.add\(x, w, out=o\)$/);
  assertEquals(value, "o");
});

Deno.test("a start is told beyond the empty one, and in terms of it", () => {
  const timing = (name: string, median: number): Timing => ({ name, median, low: median, high: 2 * median });
  assertEquals(startsTable([timing("nothing", .02), timing("first", .05)]).slice(1), [
    ["nothing", "20.0 ms (20.0 ms – 40.0 ms)", "", ""],
    ["first", "50.0 ms (50.0 ms – 100 ms)", "30.0 ms", "2.50×"],
  ]);
});
