/**
 * Random functions of the language: what `compile` makes of them has the bits of the JavaScript functions. The variable
 * `TENSAUR_FUNCTIONS` says how many.
 */
import { assert } from "@std/assert";
import { compile, gradients, tensor, type TypedArray } from "@tensaur/tensaur";
import fc from "fast-check";
import { find } from "../src/compile/cache.ts";
import { foldNumbers } from "../src/compile/numbers.ts";
import { DEVICES } from "./devices.ts";
import { bounded } from "./bounds.ts";
import { ALL, expressions, functionOf, functionTexts, points, smoothExpressions } from "./random_function.ts";

const RUNS = Number(Deno.env.get("TENSAUR_FUNCTIONS") ?? 300);
const { x: xs, y: ys } = points();

/** Asserts that results are those of a function at the points. */
function assertBits(
  text: string,
  device: string,
  found: TypedArray,
  wanted: (x: number, y: number) => number,
): void {
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i]!, y = ys[i]!, want = Number(wanted(x, y));
    assert(Object.is(found[i], want), `on ${device} at (${x}, ${y}): ${found[i]}, want ${want}\n${text}`);
  }
}

/** The device `reference` calls the function itself, and rounds what it returns; `wanted` is what others give. */
function check(text: string, wanted: (x: number, y: number) => number, dtype: "float32" | "float64"): void {
  const real = functionOf(text), f = compile(real), round = dtype === "float32" ? Math.fround : Number;
  for (const device of DEVICES) {
    const args = [xs, ys].map((values) => tensor(values, { dtype, device }));
    const want = device === "reference" ? (x: number, y: number) => round(real(x, y)) : wanted;
    assertBits(text, device, f(...args).to(dtype).data, want);
  }
}

Deno.test("random functions of exactly rounded operators have JavaScript's bits in float64", () => {
  fc.assert(
    fc.property(functionTexts(), (text) => check(text, functionOf(text), "float64")),
    { numRuns: RUNS, seed: 7 },
  );
});

Deno.test("random expressions in float32 are those of JavaScript rounded at each op", () => {
  const texts = expressions(["x", "y"]).filter(({ literal, decided }) => !literal && !decided);
  fc.assert(
    fc.property(texts, ({ plain, rounded }) => {
      check(`(x, y) => ${plain}`, functionOf(`(x, y) => ${rounded}`), "float32");
    }),
    { numRuns: RUNS, seed: 8 },
  );
});

for (const dtype of ["float64", "float32"] as const) {
  Deno.test(`random functions of all ops are within the ops' propagated bounds in ${dtype}`, () => {
    let compared = 0, skipped = 0;
    const check = (text: string): void => {
      const real = functionOf(text), { recipe } = find(real, "[1,1]", undefined), f = compile(real);
      const numbers = foldNumbers(recipe, [NaN, NaN].map(() => tensor(0)), []);
      const wanted = xs.map((x, i) => bounded(recipe, [x, ys[i]!], numbers, dtype));
      if (dtype === "float64") {
        wanted.forEach(({ value }, i) => assert(Object.is(value, Number(real(xs[i]!, ys[i]!))), text));
      }
      const found = f(...[xs, ys].map((values) => tensor(values, { dtype }))).to(dtype).data;
      wanted.forEach(({ value, error, lost }, i) => {
        if (lost) return skipped++;
        compared++;
        assert(
          Object.is(found[i], value) || error > 0 && Math.abs(found[i]! - value) <= error,
          `at (${xs[i]}, ${ys[i]}): ${found[i]}, want ${value} ± ${error}\n${text}`,
        );
      });
    };
    const texts = fc.oneof(
      { weight: 2, arbitrary: expressions(["x", "y"], 4, ALL).map(({ plain }) => `(x, y) => ${plain}`) },
      { weight: 1, arbitrary: functionTexts(ALL, 2) },
    );
    fc.assert(fc.property(texts, check), { numRuns: RUNS, seed: 10 });
    assert(skipped <= 0.01 * compared, `${skipped} points skipped, ${compared} compared`);
  });
}

const NEARBY = [[0.7, 1.3], [1.9, 0.4], [2.2, 2.9], [0.3, 0.6]] as const, STEP = 1e-5;

/** The slope of a function of one number; undefined where it is not smooth, or its digits do not reach. */
function slopeOf(f: (x: number) => number, x: number): number | undefined {
  const middle = f(x), right = (f(x + STEP) - middle) / STEP, left = (middle - f(x - STEP)) / STEP;
  const near = (found: number, want: number): boolean =>
    Math.abs(found - want) <= 1e-3 * Math.max(1, Math.abs(want));
  if (Math.abs(middle) > 1e4 || !near(left, right)) return undefined;
  const wide = (left + right) / 2, narrow = 2 * (f(x + STEP / 4) - f(x - STEP / 4)) / STEP;
  return Math.abs(wide - narrow) <= 1e-6 * Math.max(1, Math.abs(wide)) ? narrow : undefined;
}

Deno.test("the gradients of random functions agree with central differences where they are smooth", () => {
  let compared = 0, skipped = 0, singular = 0;
  const property = fc.property(smoothExpressions(), (expression) => {
    const text = `(x, y) => ${expression}`, real = functionOf(text), f = compile(functionOf(text));
    const inputs = [0, 1].map((i) =>
      tensor(NEARBY.map((point) => point[i]!), { dtype: "float64", requiresGrad: true })
    );
    const values = f(...inputs), loss = values.sum();
    if (!loss.requiresGrad) return;
    const used = inputs.map((x) => x.mul(0));
    const found = gradients(loss.add(used[0]!.add(used[1]!).sum()), inputs).map(({ data }) => data);
    NEARBY.forEach(([x, y], i) => {
      // Where the function is not a number it has no slope.
      if (Number.isNaN(real(x, y))) return assert(Number.isNaN(values.data[i]!), text);
      const wanted = [slopeOf((x) => real(x, y), x), slopeOf((y) => real(x, y), y)];
      wanted.forEach((want, j) => {
        if (want === undefined) return skipped++;
        compared++;
        // Where an inner slope is infinite, as in (x - x) ** 0.5, the chain rule gives NaN.
        if (Number.isNaN(found[j]![i]!)) return singular++;
        const near = Math.abs(found[j]![i]! - want) <= 1e-4 * Math.max(1, Math.abs(want));
        assert(near, `by ${"xy"[j]} at (${x}, ${y}): ${found[j]![i]}, want ${want}\n${text}`);
      });
    });
  });
  fc.assert(property, { numRuns: RUNS, seed: 9 });
  assert(skipped <= 0.02 * compared, `${skipped} points skipped, ${compared} compared`);
  assert(singular <= 0.01 * compared, `${singular} gradients were NaN, ${compared} compared`);
});
