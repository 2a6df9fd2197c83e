/**
 * `deno task bench:growth`: its families, the finder of jumps, and the task itself on little work.
 */
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import * as tensaur from "@tensaur/tensaur";
import { prepare } from "../bench/case.ts";
import { FAMILIES } from "../bench/growth_families.ts";
import {
  doublings,
  growthChart,
  growthTable,
  isExcused,
  jumpText,
  type Point,
} from "../bench/growth_page.ts";
import { local, measure } from "../bench/measure.ts";

const [ADD] = FAMILIES, PRODUCT = FAMILIES.at(-1)!;

/** Costs at sizes that double from 10 on; of the peers, by their names. */
function series(ours: readonly number[], peers: Readonly<Record<string, readonly number[]>> = {}): Point[] {
  return ours.map((cost, i) => ({
    size: 10 * 2 ** i,
    ours: cost,
    others: Object.entries(peers).map(([name, costs]) => ({ name, cost: costs[i]! })),
  }));
}

Deno.test("sizes go from 10 to 10^8 elements and from 8 to 4096, in steps of two at most", () => {
  for (const { points, unit } of FAMILIES) {
    const sizes = points.map(({ size }) => size);
    const [least, most] = unit.sizes === "n" ? [8, 4096] : [10, 1e8];
    assert(sizes[0]! <= least);
    assertEquals(sizes.at(-1), most);
    // Squares have whole numbers as sides.
    sizes.slice(1).forEach((size, i) => assert(size > sizes[i]! && size / sizes[i]! < 2.3));
  }
  assert(PRODUCT.points.some(({ size }) => size % 2 === 1));
});

Deno.test("an amount is what the work of that size does", async () => {
  for (const { item, points } of FAMILIES) {
    for (const { amount, sizes } of points.slice(0, 4)) {
      const work = item.at(...sizes);
      const lengths = Object.values(work.inputs).map((input) => "shape" in input ? input.shape : input);
      assertEquals(work.flops ?? lengths[0]!.reduce((product, length) => product * length, 1), amount);
      using prepared = prepare(tensaur, item, work);
      const [timing] = await measure([local("", prepared.run)], { samples: 1, seconds: 0 });
      assert(timing!.median > 0);
    }
  }
});

Deno.test("a cost that more than doubles is found, and excused by the best peer's", () => {
  const steady = series([8, 4, 4, 7.9], { A: [8, 4, 4, 4] });
  assertEquals(doublings(steady), []);
  assertEquals(
    jumpText(steady, ADD!.unit),
    "Between neighbouring sizes the cost of an element at most doubles.",
  );
  const alone = doublings(series([8, 4, 12, 12], { A: [9, 9, 9, 9], B: [10, 3, 8, 8] }));
  assertEquals(alone.map(({ from, to, ours }) => [from, to, ours]), [[20, 40, 3]]);
  // The best of 20 is B, of 40 still B.
  assertAlmostEquals(alone[0]!.best!, 8 / 3);
  assert(isExcused(alone[0]!));
  const [other] = doublings(series([8, 4, 12, 12], { A: [9, 9, 5, 9], B: [10, 3, 8, 8] }));
  assertAlmostEquals(other!.best!, 5 / 3);
  assert(!isExcused(other!));
  assert(!isExcused(doublings(series([1, 3]))[0]!));
});

Deno.test("a size is compared with the one nearest to its half", () => {
  const points = [8, 11, 16, 23].map((size, i) => ({ size, ours: [1, 1.5, 2.1, 2.2][i]!, others: [] }));
  assertEquals(doublings(points).map(({ from, to }) => [from, to]), [[8, 16]]);
});

Deno.test("the sentence, the table and the chart tell the same", () => {
  const points = series([4e-9, 2e-9, 5e-9], { A: [8e-9, 3e-9, 3e-9], B: [9e-9, 2e-9, 4e-9] });
  assertEquals(
    jumpText(points, ADD!.unit),
    "From 20 to 40 the cost of an element grows 2.50×, that of the best peer 1.50×: **missed**.",
  );
  const [, , second, third] = growthTable(points, ADD!.unit);
  assertEquals(second, ["20", "2.00", "0.50×", "B", "2.00", "0.25×", "**1.00×**"]);
  assertEquals(third, ["40", "5.00", "2.50×", "A", "3.00", "1.50×", "**0.60×**"]);
  assertEquals(growthTable(series([.5e-9]), PRODUCT.unit)[1], ["10", "2.00", "", "", "", "", ""]);
  const svg = growthChart(ADD!, points);
  assertEquals(svg.match(/<polyline/g)?.length, 3);
  for (const name of ["Tensaur", "A", "B", "ns per element"]) assertStringIncludes(svg, `>${name}</text>`);
});

Deno.test("the task measures what is asked for, and tells that the peers are left out", async () => {
  const script = new URL("../bench/growth.ts", import.meta.url).pathname;
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env", "--allow-sys"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, script, "--only", "exp", "--least", "20", "--most", "40"],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([code, told], [0, "Skipping the peers in Python: no --python PATH was given\n"]);
  assertMatch(out!, /^exp\(x\), 20: \S+ [nµm]s$/m);
  assertEquals(out!.match(/^\| \d+ /gm), ["| 20 ", "| 40 "]);
});
