/**
 * The special values of JavaScript's Math, sign of zero included, on every device and in both float dtypes; and
 * numbers at the ends of the range, where a naive formula overflows or loses its digits.
 */
import { assert, assertEquals } from "@std/assert";
import { type DType, hypot, tensor } from "@tensaur/tensaur";
import { type ElementwiseName, ROWS, type UnaryName } from "../src/ops/elementwise.ts";
import { DEVICES } from "./devices.ts";

const FLOATS = ["float32", "float64"] as const;
const SPECIALS = [0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, Infinity, -Infinity, NaN, 8, -8, 27, 1e22];
const TINY = [1e-45, -1e-45, 1e-40, 1e-38, 1e-30, -1e-20, 1e-8, -1e-4];
const HUGE = [1e4, 1e9, -1e9, 4294967295, 2147483648, 1e15, -1e30, 3e38, -3e38];

/** The unary functions of Math. */
const FUNCTIONS = [
  ["tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "sin", "cos"],
  [
    "expm1",
    "log1p",
    "log2",
    "log10",
    "cbrt",
    "trunc",
    "fround",
    "f16round",
    "clz32",
    "sign",
    "floor",
    "ceil",
  ],
].flat() as (UnaryName & keyof Math)[];

const PAIRS = ["atan2", "hypot", "imul"] as const;

/** Whether a number of a dtype is the wanted one: equal for zeros, infinities and NaN, else within 4 units. */
function isNear(actual: number, wanted: number, dtype: DType): boolean {
  const rounded = dtype === "float32" ? Math.fround(wanted) : wanted;
  if (Object.is(actual, rounded)) return true;
  const [epsilon, least] = dtype === "float32" ? [2 ** -23, 2 ** -149] : [2 ** -52, 2 ** -1074];
  if (rounded === 0) return Object.is(actual * 0, rounded) && Math.abs(actual) <= 2 * least;
  return Math.abs(actual - rounded) <= Math.max(4 * epsilon * Math.abs(rounded), 2 * least);
}

for (const device of DEVICES) {
  for (const name of FUNCTIONS) {
    Deno.test(`${device}: ${name} is Math.${name}, whatever the number`, () => {
      for (const dtype of FLOATS) {
        const x = tensor([...SPECIALS, ...TINY, ...HUGE], { dtype, device }), found = x[name]().data;
        x.data.forEach((value, i) => {
          const wanted = (Math[name] as (x: number) => number)(value);
          assert(isNear(found[i]!, wanted, dtype), `${dtype} ${value}: was ${found[i]}, want ${wanted}`);
        });
      }
    });
  }

  for (const name of PAIRS) {
    Deno.test(`${device}: ${name} is Math.${name}, whatever the numbers`, () => {
      const values = [...SPECIALS, ...TINY, ...HUGE];
      for (const dtype of FLOATS) {
        const x = tensor(values, { dtype, device });
        const found = x.unsqueeze(1)[name](x).data, { data } = x;
        found.forEach((value, i) => {
          const a = data[Math.floor(i / values.length)]!, b = data[i % values.length]!;
          const wanted = Math[name](a, b);
          assert(isNear(value, wanted, dtype), `${dtype} ${a}, ${b}: was ${value}, want ${wanted}`);
        });
      }
    });
  }

  Deno.test(`${device}: rounding takes halves to the even number, or up, and keeps the sign of zero`, () => {
    const x = tensor([0.49999999999999994, -0.5, -0.2, -0, 0.5, 1.5, 2.5, -1.5, -2.5, 4503599627370497.5], {
      dtype: "float64",
      device,
    });
    assertEquals([...x.roundHalfUp().data], [...x.data].map(Math.round));
    assertEquals([...x.round().data], [0, -0, -0, -0, 0, 2, 2, -2, -2, 4503599627370498]);
    assertEquals([...x.ceil().data].slice(0, 4), [1, -0, -0, -0]);
  });

  Deno.test(`${device}: fmod is JavaScript's %`, () => {
    const values = [...SPECIALS, ...TINY, ...HUGE, 5.5, 1e300, 5e-324];
    const x = tensor(values, { dtype: "float64", device });
    assertEquals([...x.unsqueeze(1).fmod(x).data], values.flatMap((a) => values.map((b) => a % b)));
    const whole = tensor([7, -7, 7, -7, 5, -(2 ** 31)], { dtype: "int32", device });
    const divisors = tensor([3, 3, -3, -3, 0, -1], { dtype: "int32", device });
    assertEquals(whole.fmod(divisors).toArray(), [1, -1, 1, -1, 0, 0]);
  });

  Deno.test(`${device}: hypot and atan2 neither overflow nor lose small sides`, () => {
    const sides = [1e300, 1e-300, 1.7e308, 5e-324, Infinity];
    const x = tensor(sides, { dtype: "float64", device });
    const lengths = x.hypot(x).data, angles = x.atan2(x.neg()).data;
    sides.forEach((side, i) => {
      assert(isNear(lengths[i]!, Math.hypot(side, side), "float64"), `hypot(${side}) was ${lengths[i]}`);
      assert(isNear(angles[i]!, 3 * Math.PI / 4, "float64"), `atan2(${side}) was ${angles[i]}`);
    });
    assertEquals(hypot(NaN, tensor([Infinity], { device })).item(), Infinity);
  });

  Deno.test(`${device}: whole results are exact`, () => {
    const cubes = Array.from({ length: 100 }, (_, i) => (i - 50) ** 3);
    const powers = Array.from({ length: 23 }, (_, i) => i);
    for (const dtype of FLOATS) {
      const of = (values: readonly number[]) => tensor(values, { dtype, device });
      assertEquals([...of(cubes).cbrt().data], [...of(cubes.map(Math.cbrt)).data]);
      assertEquals([...of(powers.map((n) => 2 ** (n - 9))).log2().data], powers.map((n) => n - 9));
      assertEquals([...of(powers.slice(0, 11).map((n) => 10 ** n)).log10().data], powers.slice(0, 11));
    }
  });
}

/** The error function, computed with 40 digits. */
const ERF = [
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [1.5, 0.9661051464753108],
  [2, 0.9953222650189527],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [5.5, 0.9999999999999927],
  [7, 1],
  [0, 0],
  [Infinity, 1],
] as const;

for (const device of DEVICES) {
  Deno.test(`${device}: erf is the error function, odd and exact at its ends`, () => {
    for (const dtype of FLOATS) {
      const x = tensor(ERF.flatMap(([x]) => [x, -x]), { dtype, device });
      const found = x.erf().data, slope = 2 / Math.sqrt(Math.PI);
      ERF.forEach(([x, wanted], i) => {
        // Near 0, where float32 rounds x itself, the result follows x.
        const near = Math.abs(x) < 0.2 ? wanted + slope * (tensor([x], { dtype }).item() - x) : wanted;
        assert(isNear(found[2 * i]!, near, dtype), `${dtype} erf(${x}) was ${found[2 * i]}`);
        assert(Object.is(found[2 * i + 1], -found[2 * i]!), `${dtype} erf(${-x})`);
      });
      assertEquals([...tensor([NaN], { dtype, device }).erf().data], [NaN]);
    }
  });
}

Deno.test("each function of Math is a method of tensors, or an op under another name", () => {
  const others: Record<string, ElementwiseName | null> = {
    max: "maximum",
    min: "minimum",
    round: "roundHalfUp",
  };
  const composed = new Set(["random", "sumPrecise"]);
  const names = Object.getOwnPropertyNames(Math).filter((name) => {
    return typeof Math[name as keyof Math] === "function" && !composed.has(name);
  });
  assertEquals(names.filter((name) => !((others[name] ?? name) in ROWS)), []);
});

Deno.test("f16round rounds to every number of 16 bits, halves to the even one", () => {
  const halves = [...new Float16Array(Uint16Array.from({ length: 0x7c01 }, (_, i) => i).buffer)];
  const numbers = halves.slice(0, -1).flatMap((half, i) => {
    const next = i === halves.length - 2 ? 65536 : halves[i + 1]!, middle = (half + next) / 2;
    return [half, middle, middle * (1 - 2 ** -52), middle * (1 + 2 ** -52), -middle];
  });
  for (const device of DEVICES) {
    const found = tensor(numbers, { dtype: "float64", device }).f16round().data;
    assertEquals([...found], numbers.map(Math.f16round));
  }
});
