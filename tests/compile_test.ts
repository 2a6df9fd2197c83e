/**
 * Functions that become kernels: their meaning on each device, dtypes, gradients, and what is compiled once.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  compile,
  type Device,
  type DType,
  evaluate,
  explain,
  gradcheck,
  gradients,
  map,
  ones,
  rand,
  reduce,
  stats,
  type Tensor,
  tensor,
  zip,
} from "@tensaur/tensaur";
import { textsParsed } from "../src/compile/parse.ts";
import { DEVICES } from "./devices.ts";
import { functionOf, points } from "./random_function.ts";

const { x: xs, y: ys } = points();

function double(x: number, by = 2): number {
  return x * by;
}

const weights = [1, -2, 0.5], limit = 3, flag = true;

/** Functions whose results are rounded exactly. */
const EXACT: readonly ((x: number, y: number) => number | boolean)[] = [
  (x, y) => x % y,
  (x) => Math.round(x),
  (x, y) => x && y,
  (x, y) => x || y,
  (x) => !x,
  (x, y) => !x && !(y > 1),
  (x, y) => x === y,
  (x, y) => x !== y,
  (x) => x ? 1 : 0,
  (x) => -x,
  (x) => +(x > 0) - +(x < 0),
  (x, y) => (x > 0 ? y : x > -1) ? 1 : 2,
  (x, y) => Math.max(x, y, -0, 1),
  (x, y) => Math.min(x, -y),
  () => Math.max(),
  () => Math.min() + Math.hypot(),
  (x) => Math.hypot(x) + Math.max(x > 0 ? 1 : 0),
  (x, y) => Math.hypot(x, y, 1),
  (x) => Math.sign(x) / 0,
  (x) => Math.trunc(x) + Math.ceil(x) * Math.floor(x),
  (x, y) => Math.imul(x, y) + Math.clz32(x),
  (x) => Math.fround(x * 1.1) * Math.PI + Number.EPSILON,
  (x) => Number.isNaN(x),
  (x) => Number.isFinite(x) && Number.isInteger(x),
  (x) => Number.isSafeInteger(x * 2 ** 30) || isNaN(x) || !isFinite(x),
  (x) => Number.isNaN(x > 0) || Boolean(x),
  (x) => (x > 0) === (x > 1),
  (x) => (x > 0 ? 1 : 0) + Number.MAX_SAFE_INTEGER,
  (x) => 1 / (x * 0),
  (x) => {
    let sum = 0;
    for (let i = 0, j = 10; i < 4; i++, j -= 2) {
      if (i % 2 === 0) sum += x * j;
      else sum -= i;
    }
    return sum;
  },
  (x, y) => {
    if (x > y) return x - y;
    if (x < y) {
      const half = y / 2;
      if (half > 1) return half;
    } else if (x === y) {
      return 0;
    }
    return NaN;
  },
  (x, y) => {
    let least = Infinity;
    for (let i = 0; i < 3; i++) {
      const at = x - i;
      if (at < least && at > y) least = at;
      if (least === 1) return -1;
    }
    return least;
  },
  (x, y) => {
    let [a, b] = [x, y];
    const pair = [a, [b, 1]] as const;
    if (a > b) b = pair[0];
    else a = pair[1][0];
    {
      const a = 100;
      b += a;
    }
    return a * pair.length + b;
  },
  (x) => double(x) + double(x, 3),
  (x) => weights[0]! * x * x + weights[1]! * x + weights[2]!,
  (x) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum = sum * x + weights[i]!;
    return flag ? sum : limit;
  },
];

/** Functions whose results are near those of JavaScript. */
const NEAR: readonly ((x: number, y: number) => number)[] = [
  (x, y) => x ** y,
  (x) => x ** 2 + x ** 3 + 2 ** x,
  (x, y) => Math.pow(x, y),
  (x) => Math.exp(x) + Math.expm1(x),
  (x) => Math.log(x) + Math.log1p(x),
  (x) => Math.log2(x) - Math.log10(x),
  (x) => Math.sin(x) * Math.cos(x),
  (x) => Math.tan(x),
  (x) => Math.asin(x / 3) + Math.acos(x / 3) + Math.atan(x),
  (x, y) => Math.sinh(x) + Math.cosh(y),
  (x) => Math.tanh(x) + Math.asinh(x),
  (x) => Math.acosh(x) + Math.atanh(x / 5),
  (x, y) => Math.atan2(x, y),
  (x, y) => Math.hypot(x, y),
  (x) => Math.cbrt(x) + Math.sqrt(x),
];

function both(device: Device, dtype: DType = "float64"): [Tensor, Tensor] {
  return [tensor(xs, { dtype, device }), tensor(ys, { dtype, device })];
}

const given = { double, weights, limit, flag };

Deno.test("functions of exactly rounded ops have JavaScript's bits in float64", () => {
  for (const f of EXACT) {
    const compiled = compile(f, { with: given });
    for (const device of DEVICES) {
      const { data } = compiled(...both(device));
      xs.forEach((x, i) => {
        const want = Number(f(x, ys[i]!));
        assert(Object.is(data[i], want), `${f} at (${x}, ${ys[i]}) on ${device}: ${data[i]}, want ${want}`);
      });
    }
  }
});

Deno.test("other functions agree within a few units of the last place", () => {
  for (const f of NEAR) {
    for (const device of DEVICES) {
      const { data } = compile(f)(...both(device));
      xs.forEach((x, i) => {
        const want = f(x, ys[i]!), found = data[i]!;
        const near = Object.is(found, want) || Math.abs(found - want) <= 1e-14 * Math.max(Math.abs(want), 1);
        assert(near, `${f} at (${x}, ${ys[i]}) on ${device}: ${found}, want ${want}`);
      });
    }
  }
});

Deno.test("JavaScript's own functions are compiled by what they are", () => {
  const x = tensor([0.5, 2]);
  assertEquals(map(x, Math.sqrt).toArray(), x.sqrt().toArray());
  assertEquals(zip(x, tensor([[1], [3]]), Math.max).toArray(), [[1, 2], [3, 3]]);
  assertEquals(compile(Math.max)(x, 1, tensor([0, 5])).toArray(), [1, 5]);
  assertEquals(map(x, (v) => f(v), { with: { f: Math.floor } }).toArray(), [0, 2]);
  assertEquals(map(x, Number.isInteger).toArray(), [false, true]);
});
const f = Math.floor;

Deno.test("compiled functions take tensors that broadcast, numbers, arrays and defaults", () => {
  const line = compile(([slope, start]: [number, number], x: number, scale = 10) =>
    (slope * x + start) * scale
  );
  const x = tensor([[1], [2]]), slope = tensor([1, 2, 3]);
  assertEquals(line([slope, 1], x).toArray(), [[20, 30, 40], [30, 50, 70]]);
  assertEquals(line([2, 0], tensor([3]), 1).toArray(), [6]);
  assertEquals(line([2, 0], tensor([3]), tensor([1, 2])).toArray(), [6, 12]);
  const constant = compile(() => 7);
  assertEquals(constant(slope).toArray(), [7, 7, 7]);
  assertEquals(compile((a, b) => a > 0 ? b : 1)(x, slope).shape, [2, 3]);
  assertEquals(map(ones([0, 2]), (v) => v + 1).shape, [0, 2]);
  assertEquals(map(tensor(2), (v) => v + 1).toArray(), 3);
});

Deno.test("methods and functions of every form are compiled", () => {
  const forms = [
    {
      f(v: number): number {
        return v + 1;
      },
    }.f,
    function (v: number): number {
      return v + 1;
    },
    function named(v: number): number {
      return v + 1;
    },
    functionOf("v => v + 1"),
    functionOf("(v /* the value */) => {\n  // One more.\n  return (v + 1);;\n}"),
  ] as ((v: number) => number)[];
  for (const form of forms) assertEquals(map(tensor([1]), form).toArray(), [2]);
});

Deno.test("floats keep their dtype, integers stay so if the function lets them, bools count as numbers", () => {
  const results = (f: (v: number) => number | boolean): DType[] =>
    (["float32", "float64", "int32", "uint8", "bool"] as const).map((dtype) =>
      map(tensor([0, 1], { dtype }), f).dtype
    );
  assertEquals(results((v) => v * 2 + 1), ["float32", "float64", "int32", "int32", "int32"]);
  assertEquals(results((v) => Math.max(v, 0.5)), ["float32", "float64", "float32", "float32", "float32"]);
  assertEquals(results((v) => v / 2), ["float32", "float64", "float32", "float32", "float32"]);
  assertEquals(results((v) => v > 0 ? v : NaN), ["float32", "float64", "float32", "float32", "float32"]);
  assertEquals(results((v) => v > 0.5), ["bool", "bool", "bool", "bool", "bool"]);
  assertEquals(results((v) => v), ["float32", "float64", "int32", "int32", "int32"]);
  const int = tensor([7, -7], { dtype: "int32" });
  assertEquals(zip(int, tensor([2, 2], { dtype: "float64" }), (x, y) => x / y).toArray(), [3.5, -3.5]);
  assertEquals(map(tensor([true, false]), (v) => v + 1).toArray(), [2, 1]);
  assertEquals(map(int, (v) => v % 4).toArray(), [3, -3]);
  assertEquals(map(int, (v) => v ** 2).toArray(), [49, 49]);
});

Deno.test("gradients agree with central differences", () => {
  const x = tensor([0.3, 1.2, 2.5], { dtype: "float64" }), y = tensor([[0.7], [1.9]], { dtype: "float64" });
  const functions: ((x: number, y: number) => number)[] = [
    (x, y) => x * x * y + Math.sin(x * y),
    (x, y) => x ** y + Math.hypot(x, y) + Math.atan2(y, x),
    (x, y) => x > y ? Math.log(x) : Math.exp(y) / x,
    (x, y) => Math.max(x, y) * Math.min(x * 2, y) + Math.abs(x - y),
    (x, y) => (x && y) + (x % 1.1) * Math.tanh(y),
    (x, y) => Math.hypot(x, y, x * y),
    (x, y) => {
      let z = x;
      for (let i = 1; i <= 3; i++) {
        if (z > 1) z = z / 2 + y;
        else z = z * 3 - y;
        if (z > 4) return z * z;
      }
      return Math.cbrt(z) + Math.log1p(y);
    },
  ];
  for (const device of DEVICES) {
    const points = [x, y].map((each) => each.to(device));
    for (const f of functions) assert(gradcheck(compile(f), points), `${f}`);
  }
});

Deno.test("no gradient comes from a choice that was not taken", () => {
  const slopes = (f: (v: number) => number, values: number[]): unknown => {
    const x = tensor(values, { requiresGrad: true });
    map(x, f).sum().backward();
    return x.grad!.toArray();
  };
  assertEquals(slopes((v) => v > 0 ? Math.log(v) : 0, [0, 2]), [0, 0.5]);
  assertEquals(slopes((v) => v === 0 ? 1 : Math.sqrt(v), [0, 4]), [0, 0.25]);
  assertEquals(slopes((v) => (v > 0 && 1 / v) || v, [0, 2, -3]), [1, -0.25, 1]);
  const early = (v: number): number => {
    if (v <= 0) return v;
    const half = v / 2;
    if (half > 1) return Math.sqrt(half - 1);
    return Math.log(half) + half ** 0.5 / half;
  };
  assertEquals(slopes(early, [0, -1, 10]), [1, 1, 0.125]);
  assertEquals(slopes((v) => Math.fround(v) * Math.fround(v), [3, 0.5]), [6, 1]);
  assertEquals(slopes((v) => v < 80 ? Math.exp(v * 20) * 0 + v : 3, [1000]), [0]);
});

Deno.test("a second gradient flows through a compiled function", () => {
  const x = tensor([2], { requiresGrad: true, dtype: "float64" });
  const [first] = gradients(map(x, (v) => v > 0 ? v ** 3 : 0), [x], { createGraph: true });
  assertEquals(gradients(first!, [x])[0]!.toArray(), [12]);
});

Deno.test("a function over a million elements is one kernel", () => {
  const x = rand([2 ** 20]);
  x.data;
  const y = map(x, (v) => v * v + 1);
  assertEquals(explain(y).match(/^.*map/gm)?.length, 1, explain(y));
  const before = stats().kernels;
  evaluate(y);
  assertEquals(stats().kernels - before, 1);
});

Deno.test("a text is parsed once, and with other constants it is the same program", () => {
  const x = rand([10]);
  const scaled = (factor: number): Tensor =>
    map(x, (v) => Math.sin(v) * factor + factor ** 2, { with: { factor } });
  x.data;
  scaled(2).data;
  compile((v) => Math.sin(v) - 1);
  const parsed = textsParsed(), before = stats();
  for (let factor = 3; factor < 20; factor++) {
    const want = Math.fround(Math.fround(Math.fround(Math.sin(x.data[0]!)) * factor) + factor ** 2);
    assertAlmostEquals(scaled(factor).data[0]!, want, 1e-4);
    compile((v) => Math.sin(v) - 1);
  }
  assertEquals(textsParsed(), parsed);
  assertEquals([stats().plansBuilt, stats().programs], [before.plansBuilt, before.programs]);
});

Deno.test("constants that decide how often a loop runs are part of what is compiled", () => {
  const power = (times: number): Tensor =>
    map(tensor([3]), (v) => {
      let result = 1;
      for (let i = 0; i < times; i++) result *= v;
      return result;
    }, { with: { times } });
  assertEquals([2, 3, 2, 0].map((times) => power(times).item()), [9, 27, 9, 1]);
});

Deno.test("listed reducers are the engine's reductions, whatever they start with", () => {
  const x = tensor([[1, 5, 2], [4, 3, 6]]);
  const before = stats().kernels;
  assertEquals(reduce(x, (a, v) => a + v, 0).item(), 21);
  assertEquals(stats().kernels - before, 1);
  assertEquals(reduce(x, (a, v) => v + a, 10, { axis: 0 }).toArray(), [15, 18, 18]);
  assertEquals(reduce(x, (a, v) => a * v, 1, { axis: 1, keepdim: true }).toArray(), [[10], [72]]);
  assertEquals(reduce(x, Math.max, -Infinity, { axis: -1 }).toArray(), [5, 6]);
  assertEquals(reduce(x, (a, v) => Math.min(v, a), 2, { axis: 1 }).toArray(), [1, 2]);
  const bools = tensor([[1, 0], [1, 1]]).gt(0);
  assertEquals(reduce(bools, (a, v) => a && v, true, { axis: 1 }).toArray(), [false, true]);
  assertEquals(reduce(bools, (a, v) => a || v, false, { axis: 1 }).toArray(), [true, true]);
  assertEquals(reduce(bools, (a, v) => a && v, false).item(), 0);
  assertEquals(reduce(tensor([1, 2], { dtype: "int32" }), (a, v) => a + v, 0.5).item(), 3.5);
});

Deno.test("other reducers are applied in order, with JavaScript's bits", () => {
  const functions: readonly ((a: number, v: number) => number)[] = [
    (a, v) => a - v,
    (a, v) => a > v ? a : v,
    (a, v) => a * 0.9 + v,
    (a, v) => a && v,
    (a, v) => Math.sqrt(a * a + v),
  ];
  const values = Float64Array.from({ length: 4 * 50 }, (_, i) => (i * 37 % 101) / 7);
  for (const device of DEVICES) {
    const x = tensor(values, { device }).reshape([4, 50]);
    for (const f of functions) {
      const rows = [0, 1, 2, 3].map((i) => values.slice(i * 50, i * 50 + 50).reduce(f, 0.1));
      assertEquals(reduce(x, f, 0.1, { axis: 1 }).toArray(), rows, `${f} on ${device}`);
      assertEquals(reduce(x, f, 0.1).item(), values.reduce(f, 0.1), `${f} on ${device}`);
    }
  }
  assertEquals(reduce(ones([0, 2]), (a, v) => a - v, 3, { axis: 0 }).toArray(), [3, 3]);
  assertEquals(reduce(ones([0, 2]), (a, v) => a + v, 3, { axis: 0, keepdim: true }).toArray(), [[3, 3]]);
  assertEquals(reduce(ones([3]), (_, v) => v > 0, 0).dtype, "bool");
  const digits = tensor([1, 2, 3], { dtype: "int32" });
  const number = reduce(digits, (a, v) => a * 10 + v, 0);
  assertEquals([number.dtype, number.item()], ["int32", 123]);
});

Deno.test("the gradient of a fold runs backwards through its steps", () => {
  const x = tensor([[0.5, 1.5, 0.7], [2, 0.3, 1.1]], { dtype: "float64" });
  for (const axis of [0, 1, [0, 1]]) {
    assert(gradcheck((x) => reduce(x, (a, v) => a * v + Math.sin(a), 0.5, { axis }), [x]));
    assert(gradcheck((x) => reduce(x, (a, v) => a + v, 0.5, { axis }), [x]));
  }
});
