/**
 * Random functions of the language: what `compile` makes of them has the bits of the JavaScript functions.
 */
import { assert } from "@std/assert";
import { compile, type Device, tensor, type TypedArray } from "@tensaur/tensaur";
import fc from "fast-check";
import { expressions, functionOf, functionTexts, points } from "./random_function.ts";

const RUNS = Number(Deno.env.get("TENSAUR_FUNCTIONS") ?? 300);
const DEVICES: readonly Device[] = ["cpu", "reference"];
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

function check(text: string, wanted: (x: number, y: number) => number, dtype: "float32" | "float64"): void {
  const f = compile(functionOf(text));
  for (const device of DEVICES) {
    const args = [xs, ys].map((values) => tensor(values, { dtype, device }));
    assertBits(text, device, f(...args).to(dtype).data, wanted);
  }
}

Deno.test("random functions of exactly rounded operators have JavaScript's bits in float64", () => {
  fc.assert(
    fc.property(functionTexts(), (text) => check(text, functionOf(text), "float64")),
    { numRuns: RUNS, seed: 7 },
  );
});

Deno.test("random expressions in float32 are those of JavaScript rounded at each op", () => {
  const texts = expressions(["x", "y"]).filter(({ literal }) => !literal);
  fc.assert(
    fc.property(texts, ({ plain, rounded }) => {
      check(`(x, y) => ${plain}`, functionOf(`(x, y) => ${rounded}`), "float32");
    }),
    { numRuns: RUNS, seed: 8 },
  );
});
