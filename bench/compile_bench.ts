/**
 * Compiled functions against the ops that they become, and against loops in TypeScript.
 *
 * @module
 */
import { compile, evaluate, map, rand, reduce, type Tensor } from "@tensaur/tensaur";

function square(v: number): number {
  return v * v + 1;
}

function ready(size: number): Tensor {
  const x = rand([size]);
  evaluate(x);
  return x;
}

const large = ready(2 ** 20), small = ready(100), values = large.data as Float32Array;

Deno.bench(
  "x.square().add(1), 2^20",
  { group: "2^20", baseline: true },
  () => evaluate(large.square().add(1)),
);
Deno.bench("map(x, v * v + 1), 2^20", { group: "2^20" }, () => evaluate(map(large, square)));
Deno.bench("Float32Array.map, 2^20", { group: "2^20" }, () => void values.map(square));

Deno.bench("x.square().add(1), 100", { group: "100", baseline: true }, () => evaluate(small.square().add(1)));
Deno.bench("map(x, a named function), 100", { group: "100" }, () => evaluate(map(small, square)));
Deno.bench(
  "map(x, a new closure each time), 100",
  { group: "100" },
  () => evaluate(map(small, (v) => v * v + 1)),
);

let factor = 0;
Deno.bench("map with another constant each time, 100", { group: "100" }, () => {
  factor++;
  evaluate(map(small, (v) => v * v + factor, { with: { factor } }));
});

Deno.bench("compile a text that was not seen before", () => {
  factor++;
  compile(new Function("v", `return v * v + ${factor}`) as (v: number) => number);
});

const rows = ready(2 ** 20).reshape([256, 4096]);
Deno.bench("reduce in order, 256 rounds of 4096", { group: "reduce" }, () => {
  evaluate(reduce(rows, (a, v) => a * 0.5 + v, 0, { axis: 0 }));
});
Deno.bench("reduce in order, 4096 rounds of 256 along rows", { group: "reduce" }, () => {
  evaluate(reduce(rows, (a, v) => a * 0.5 + v, 0, { axis: 1 }));
});
Deno.bench("reduce by +, 256 x 4096", { group: "reduce", baseline: true }, () => {
  evaluate(reduce(rows, (a, v) => a + v, 0, { axis: 0 }));
});
