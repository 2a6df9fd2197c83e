/**
 * Folds by functions that are no reduction of the engine: applied in order on every device, in one kernel, with a
 * gradient that runs backwards through the rounds.
 */
import { assert, assertEquals } from "@std/assert";
import {
  compile,
  explain,
  gradcheck,
  gradients,
  map,
  rand,
  reduce,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";
import fc from "fast-check";
import { DEVICES } from "./devices.ts";
import { expressions, functionOf } from "./random_function.ts";

const RUNS = Number(Deno.env.get("TENSAUR_FUNCTIONS") ?? 300);

function columns(x: Tensor): number[][] {
  const [rows, width] = x.shape as [number, number], { data } = x;
  return Array.from(
    { length: width },
    (_, j) => Array.from({ length: rows }, (_, i) => data[i * width + j]!),
  );
}

Deno.test("random functions are folded with JavaScript's bits", () => {
  const values = Float64Array.from({ length: 7 * 6 }, (_, i) => Math.sin(i * i) * 10 ** (i % 5 - 1));
  fc.assert(
    fc.property(expressions(["x", "y"], 3), ({ plain }) => {
      const f = functionOf(`(x, y) => ${plain} - x`);
      for (const device of DEVICES) {
        const x = tensor(values, { device }).reshape([7, 6]);
        const wanted = columns(x).map((column) => column.reduce((a, v) => Number(f(a, v)), 0.5));
        const found = reduce(x, f, 0.5, { axis: 0 }).to("float64").data;
        const turned = reduce(x.permute([1, 0]), f, 0.5, { axis: 1 }).to("float64").data;
        wanted.forEach((want, i) => {
          assert(Object.is(found[i], want), `on ${device} column ${i}: ${found[i]}, want ${want}\n${plain}`);
          assert(Object.is(turned[i], want), `on ${device} row ${i}: ${turned[i]}, want ${want}\n${plain}`);
        });
      }
    }),
    { numRuns: RUNS, seed: 11 },
  );
});

Deno.test("a fold is one kernel, however many rounds it has", () => {
  const x = rand([100_000, 3], { dtype: "float64" }), data = columns(x);
  const y = reduce(x, (a, v) => a * 0.5 + v, 1, { axis: 0 });
  assertEquals(explain(y).match(/^\d+\. fold/gm)?.length, 1, explain(y));
  assert(explain(y).includes("100000 rounds in order"), explain(y));
  assertEquals([...y.data], data.map((column) => column.reduce((a, v) => a * 0.5 + v, 1)));
});

Deno.test("the gradient of a fold is a fold in reverse, of which there is a gradient", () => {
  const x = tensor([[0.5, 1.5, 0.7], [2, 0.3, 1.1]], { dtype: "float64" });
  const functions: ((a: number, v: number) => number)[] = [
    (a, v) => a * v + Math.sin(a),
    (a, v) => a > 1 ? a / v : v * v,
    (a, v) => v > 0.6 ? Math.log(v) * a : a,
    (_, v) => v * v * v,
    (a, v) => Math.max(a, v) * 0.5 + Math.hypot(a, v),
  ];
  for (const device of DEVICES) {
    const at = x.to(device);
    for (const f of functions) {
      for (const axis of [0, 1, [0, 1]]) {
        const folded = (x: Tensor): Tensor => reduce(x, f, 0.4, { axis });
        assert(gradcheck(folded, [at]), `${f} along ${axis} on ${device}`);
        const slope = (x: Tensor): Tensor =>
          gradients(folded(x).square().sum(), [x], { createGraph: true })[0]!;
        assert(gradcheck(slope, [at]), `twice ${f} along ${axis} on ${device}`);
      }
    }
  }
});

Deno.test("no gradient comes through a round from what it did not choose", () => {
  const x = tensor([4, -1, 9], { requiresGrad: true, dtype: "float64" });
  reduce(x, (a, v) => v > 0 ? a + Math.sqrt(v) : a, 0).backward();
  assertEquals(x.grad!.toArray(), [0.25, 0, 1 / 6]);
});

Deno.test("constants of a fold may change from call to call, in its gradient too", () => {
  const x = tensor([1, 2, 3], { requiresGrad: true });
  for (let factor = 1; factor < 6; factor++) {
    x.grad = null;
    const y = reduce(x, (a, v) => a * factor + v, 0, { with: { factor } });
    y.backward();
    assertEquals([y.item(), x.grad!.toArray()], [factor ** 2 + 2 * factor + 3, [factor ** 2, factor, 1]]);
  }
});

Deno.test("integers and booleans are folded as such", () => {
  for (const device of DEVICES) {
    const x = tensor([[3, -7, 2], [9, 0, 5]], { dtype: "int32", device });
    assertEquals(reduce(x, (a, v) => Math.max(a, v) - 1, 0, { axis: 1 }).toArray(), [1, 6]);
    assertEquals(reduce(x, (a, v) => v < 0 ? 0 : a * 10 + v, 1, { axis: 1 }).dtype, "int32");
    assertEquals(reduce(x, (a, v) => a && v > 0, 1, { axis: 1 }).toArray(), [0, 0]);
    const parity = reduce(x, (a, v) => !a === v > 2, true, { axis: 0, keepdim: true });
    assertEquals(parity.toArray(), [[true, true, false]]);
  }
});

Deno.test("the device reference calls the function itself", () => {
  let calls = 0;
  const helper = (v: number): number => {
    calls++;
    return Math.exp(v);
  };
  const options = { with: { helper: Math.exp } }, f = (v: number): number => helper(v);
  const g = (a: number, v: number): number => a - helper(v);
  const counted = (f: () => Tensor): [number, unknown] => {
    f().data;
    calls = 0;
    const result = f().toArray();
    return [calls, result];
  };
  const values = [0.1, 0.2, 0.3];
  for (const [device, times] of [["cpu", 0], ["reference", 3]] as const) {
    const x = tensor(values, { device, dtype: "float64" });
    const [mapped, exps] = counted(() => map(x, f, options));
    const [folded] = counted(() => reduce(x, g, 0, options));
    assertEquals([mapped, folded], [times, times], device);
    if (device === "reference") assertEquals(exps, values.map(Math.exp));
  }
  const of = compile((x, y, [z, scale]: number[]) => Math.fround(x * 0.1 + y) ** 2 * z! * scale!);
  const [x, y, z] = [[[1.5], [2.5]], [1, 2, 3], [2]].map((each) =>
    tensor(each, { device: "reference", dtype: "float64" })
  );
  assertEquals(
    of(x!, y!, [z!, 0.1]).toArray(),
    [1.5, 2.5].map((x) => [1, 2, 3].map((y) => Math.fround(x * 0.1 + y) ** 2 * 2 * 0.1)),
  );
  assert(
    gradcheck((x, y, z) => compile((x, y, [z, w]: number[]) => x * y ** 2 * z! + w!)(x, y, [z, 3]), [
      x!,
      y!,
      z!,
    ]),
  );
});
