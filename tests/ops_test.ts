/**
 * Every elementwise op and reduction against the definition in its row: on each device, in each dtype, on each
 * layout, each node computed alone, all fused, and eagerly.
 */
import { assert, assertEquals } from "@std/assert";
import { addcmul, type Device, type DType, evaluate, type Tensor, tensor, where } from "@tensaur/tensaur";
import { DTYPE_BY_CODE, DTYPES, promote } from "../src/dtype.ts";
import {
  type BinaryName,
  type ElementwiseName,
  type ElementwiseRow,
  ROWS,
  type Ternary,
  type UnaryName,
} from "../src/ops/elementwise.ts";
import { recording } from "../src/graph/pending.ts";
import type { Combine } from "../src/ops/op.ts";
import { REDUCTIONS } from "../src/ops/reduce.ts";
import { DEVICES } from "./devices.ts";
import { edgesOf, layoutsOf, numbersOf, type Sample, SHAPE } from "./layouts.ts";

type Definition = (...operands: number[]) => number;

const SPECIALS = [0, -0, 1, -1, Infinity, -Infinity, NaN, 0.5, -0.5, 100, -100, 3];
const EXTREMES = [0, 1, -1, 2, -2, 2 ** 31 - 1, -(2 ** 31), 255, 256, -255, 7, -7];

const LONG = 4099;

const UNARY = Object.keys(ROWS).filter((name) => arityOf(name) === 1) as UnaryName[];
const BINARY = Object.keys(ROWS).filter((name) => arityOf(name) === 2) as BinaryName[];

function arityOf(name: string): number {
  return ROWS[name as ElementwiseName].f.length;
}

/** The dtype in which an op computes, and that of its result. */
function dtypesOf(name: ElementwiseName, operands: DType): { computing: DType; result: DType } {
  const { result, keepsBool } = ROWS[name];
  let computing = operands;
  if (result === "float" && !DTYPES[operands].float) computing = "float32";
  else if (result === "same" && operands === "bool" && !keepsBool) computing = "int32";
  return { computing, result: result === "bool" ? "bool" : computing };
}

/** What an op should give for elements that were already rounded to the computing dtype. */
function wanted(name: ElementwiseName, computing: DType, operands: number[]): number {
  const { f, f32 = f, int, result }: ElementwiseRow<unknown> = ROWS[name];
  if (result === "bool") return (f as Definition)(...operands);
  const float = (computing === "float32" ? f32 : f) as Definition;
  if (DTYPES[computing].float) return DTYPES[computing].round(float(...operands));
  const exact = ((int ?? f) as Definition)(...operands) | 0;
  return computing === "uint8" ? exact & 255 : computing === "bool" ? Number(exact !== 0) : exact;
}

/** The distance of neighbouring numbers of a float dtype. */
function ulp(x: number, dtype: DType): number {
  const [digits, least] = dtype === "float32" ? [23, -149] : [52, -1074];
  return x === 0 ? 2 ** least : 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - digits, least);
}

function agrees(actual: number, expected: number, dtype: DType, ulps: number): boolean {
  if (Object.is(actual, expected) || actual !== actual && expected !== expected) return true;
  // Which zero an op gives is checked where the row says that the result is exact.
  if (ulps === 0 || !DTYPES[dtype].float) {
    return actual === expected && (!DTYPES[dtype].float || actual !== 0);
  }
  return Math.abs(actual - expected) <= ulps * ulp(expected, dtype);
}

function check(name: ElementwiseName, result: Tensor, operands: readonly Sample[], from: DType): void {
  const { computing, result: dtype } = dtypesOf(name, from), { ulps = 0 } = ROWS[name];
  const place = `${name} of ${
    operands.map((sample) => sample.name).join(" and ")
  } ${from} on ${result.device}`;
  assertEquals(result.dtype, dtype, place);
  const { round } = DTYPES[computing];
  const read = result.data;
  // The definitions in JavaScript are themselves off by a unit in float64.
  const bound = computing === "float64" && ulps > 0 ? ulps + 1 : ulps;
  for (let i = 0; i < read.length; i++) {
    const elements = operands.map(({ values }) => round(values[i]!));
    const expected = wanted(name, computing, elements);
    assert(
      agrees(read[i]!, expected, dtype, bound),
      `${place}: for ${elements} it gave ${read[i]}, want ${expected}`,
    );
  }
}

/** Ways to a result, which all give the same bits: every node alone, all nodes in one plan, and eagerly. */
const WAYS: readonly ((compute: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]) => Tensor)[] = [
  (compute, inputs) => {
    const copies = inputs.map((x) => x.clone());
    for (const copy of copies) evaluate(copy);
    const result = compute(...copies);
    evaluate(result);
    return result;
  },
  (compute, inputs) => {
    const result = compute(...inputs.map((x) => x.clone()));
    evaluate(result.to("float64").sum(), result);
    return result;
  },
  (compute, inputs) => {
    const before = recording.eager;
    recording.eager = true;
    try {
      return compute(...inputs.map((x) => x.clone()));
    } finally {
      recording.eager = before;
    }
  },
];

function assertSameAnyWay(
  compute: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  place: string,
): void {
  const { data } = compute(...inputs);
  for (const way of WAYS) assertEquals(way(compute, inputs).data, data, place);
}

function checkEveryWay(
  name: ElementwiseName,
  compute: (...inputs: Tensor[]) => Tensor,
  samples: readonly Sample[],
  dtype: DType,
): void {
  const inputs = samples.map(({ x }) => x);
  check(name, compute(...inputs), samples, dtype);
  assertSameAnyWay(compute, inputs, `${name} of ${dtype}`);
}

function valuesFor(
  name: ElementwiseName,
  dtype: DType,
  position: number,
  count = SHAPE[0] * SHAPE[1],
): number[] {
  const row = ROWS[name];
  const [low, high] = position === 1 && row.secondDomain !== undefined ? row.secondDomain : row.domain;
  return numbersOf(dtype, count, low, high, position + 1);
}

Deno.test("each row says where it is tested, and what each of its gradients reads", () => {
  for (const [name, { domain, grad = [], reads = [] }] of Object.entries<Ternary>(ROWS)) {
    assert(Array.isArray(domain) && domain[0] < domain[1], `${name} has no domain`);
    assertEquals(grad.length, reads.length, name);
  }
});

/** More elements than a tile has, and not a multiple of any vector's length. */
function longSample(name: ElementwiseName, dtype: DType, device: Device, position: number): Sample {
  const values = valuesFor(name, dtype, position, LONG);
  return { name: "many elements", x: tensor(values, { dtype, device }), values };
}

for (const device of DEVICES) {
  for (const name of UNARY) {
    Deno.test(`${device}: ${name} is what its row says`, () => {
      const compute = (x: Tensor): Tensor => x[name]();
      for (const dtype of DTYPE_BY_CODE) {
        const values = valuesFor(name, dtype, 0), special = DTYPES[dtype].float ? SPECIALS : EXTREMES;
        for (const sample of layoutsOf(values, dtype, device)) checkEveryWay(name, compute, [sample], dtype);
        for (const sample of edgesOf(values[0]!, dtype, device)) {
          checkEveryWay(name, compute, [sample], dtype);
        }
        if (dtype === "uint8" || dtype === "bool") continue;
        for (const sample of layoutsOf(special, dtype, device)) checkEveryWay(name, compute, [sample], dtype);
      }
    });
  }

  for (const name of BINARY) {
    Deno.test(`${device}: ${name} is what its row says`, () => {
      const compute = (a: Tensor, b: Tensor): Tensor => a[name](b);
      for (const dtype of DTYPE_BY_CODE) {
        const lefts = layoutsOf(valuesFor(name, dtype, 0), dtype, device);
        const rights = layoutsOf(valuesFor(name, dtype, 1), dtype, device);
        for (let i = 0; i < lefts.length; i++) {
          const pair = [lefts[i]!, rights[(i + 1) % rights.length]!];
          checkEveryWay(name, compute, pair, dtype);
        }
        const edges = edgesOf(1, dtype, device);
        for (const edge of edges) checkEveryWay(name, compute, [edge, edge], dtype);
        const long = [0, 1].map((position) => longSample(name, dtype, device, position));
        checkEveryWay(name, compute, long, dtype);
      }
    });

    Deno.test(`${device}: ${name} of every pair of special values`, () => {
      for (const dtype of ["float32", "float64", "int32"] as const) {
        const special = dtype === "int32" ? EXTREMES : SPECIALS;
        const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
        const samples = [0, 1].map((side) => {
          const values = pairs.map((pair) => pair[side]!);
          return { name: "special values", x: tensor(values, { dtype, device }), values };
        });
        check(name, samples[0]!.x[name](samples[1]!.x), samples, dtype);
      }
    });
  }

  Deno.test(`${device}: where is what its row says`, () => {
    for (const dtype of DTYPE_BY_CODE) {
      const conditions = layoutsOf(numbersOf("bool", 12, 0, 1, 3), "bool", device);
      const lefts = layoutsOf(valuesFor("where", dtype, 0), dtype, device);
      const rights = layoutsOf(valuesFor("where", dtype, 1), dtype, device);
      for (let i = 0; i < lefts.length; i++) {
        const samples = [conditions[(i + 2) % 5]!, lefts[i]!, rights[(i + 1) % 5]!];
        checkEveryWay("where", where, samples, dtype);
      }
    }
  });

  Deno.test(`${device}: addcmul is what its row says`, () => {
    for (const dtype of DTYPE_BY_CODE) {
      const operands = [0, 1, 2].map((i) => layoutsOf(valuesFor("addcmul", dtype, i), dtype, device));
      for (let i = 0; i < operands[0]!.length; i++) {
        const samples = operands.map((layouts, k) => layouts[(i + 2 * k) % layouts.length]!);
        checkEveryWay("addcmul", addcmul, samples, dtype);
      }
    }
  });

  Deno.test(`${device}: two dtypes become the wider one, whatever the op`, () => {
    for (const left of DTYPE_BY_CODE) {
      for (const right of DTYPE_BY_CODE) {
        const a = layoutsOf(numbersOf(left, 12, -3, 3, 1), left, device)[1]!;
        const b = layoutsOf(numbersOf(right, 12, -3, 3, 2), right, device)[2]!;
        for (const name of ["add", "lt", "maximum"] as const) {
          check(name, a.x[name](b.x), [a, b], promote(left, right));
        }
      }
    }
  });

  Deno.test(`${device}: casts truncate, saturate, wrap and test as they should`, () => {
    const floats = [0, -0.9, 1.9, NaN, 300, -300, 1e10, -1e10, Infinity, -Infinity];
    const integers = [0, 1, -1, 255, 256, -256, 2 ** 31 - 1, -(2 ** 31)];
    const cast = (values: number[], from: DType, to: DType): number[] => {
      return Array.from(tensor(values, { dtype: from, device }).to(to).data);
    };
    for (const from of ["float32", "float64"] as const) {
      for (const to of DTYPE_BY_CODE) {
        assertEquals(cast(floats, from, to), floats.map((x) => DTYPES[to].round(DTYPES[from].round(x)) + 0));
      }
    }
    assertEquals(cast(integers, "int32", "uint8"), integers.map((x) => x & 255));
    assertEquals(cast(integers, "int32", "bool"), integers.map((x) => Number(x !== 0)));
    assertEquals(cast(integers, "int32", "float32"), integers.map(Math.fround));
    assertEquals(cast([0, 255], "uint8", "float64"), [0, 255]);
    assertEquals(cast([0, 1], "bool", "int32"), [0, 1]);
  });

  for (const name of Object.keys(REDUCTIONS) as Combine[]) {
    Deno.test(`${device}: ${name} is what its row says`, () => checkReduction(name, device));
  }
}

const AXES = [undefined, 0, 1, -1, [0], [1, 0]] as const;

function checkReduction(name: Combine, device: Device): void {
  const { result } = REDUCTIONS[name];
  for (const dtype of DTYPE_BY_CODE) {
    const from = result === "sum" && !DTYPES[dtype].float ? "int32" : dtype;
    const to = result === "bool" || result === "int32" ? result : from;
    for (const sample of layoutsOf(numbersOf(dtype, 12, -2, 2, 5), dtype, device)) {
      for (const axes of AXES) {
        if (name.startsWith("arg") && Array.isArray(axes)) continue;
        for (const keepdim of [false, true]) {
          const compute = (x: Tensor): Tensor => x[name](axes as number, { keepdim });
          const direct = compute(sample.x), place = `${name} of ${sample.name} ${dtype} over ${axes}`;
          assertEquals(direct.dtype, to, place);
          assertEquals(direct.shape, reducedShape(axes, keepdim), place);
          assertClose(direct.data, groups(sample.values, axes).map(REDUCTIONS[name].f), to, place);
          assertSameAnyWay(compute, [sample.x], place);
        }
      }
    }
  }
}

function isReduced(axes: typeof AXES[number], axis: number): boolean {
  if (axes === undefined) return true;
  return [axes].flat().some((given) => (given < 0 ? given + 2 : given) === axis);
}

function reducedShape(axes: typeof AXES[number], keepdim: boolean): number[] {
  return SHAPE.flatMap((length, axis) => isReduced(axes, axis) ? (keepdim ? [1] : []) : [length]);
}

/** The values that fold into each result. */
function groups(values: readonly number[], axes: typeof AXES[number]): number[][] {
  const result = new Map<string, number[]>(), columns = SHAPE[1];
  values.forEach((value, k) => {
    const row = isReduced(axes, 0) ? 0 : Math.floor(k / columns),
      column = isReduced(axes, 1) ? 0 : k % columns;
    const key = `${row} ${column}`;
    result.set(key, [...result.get(key) ?? [], value]);
  });
  return [...result.values()];
}

function assertClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  dtype: DType,
  place: string,
): void {
  assertEquals(actual.length, expected.length, place);
  const bound = dtype === "float32" ? 1e-5 : dtype === "float64" ? 1e-12 : 0;
  expected.forEach((value, i) => {
    assert(Math.abs(actual[i]! - value) <= bound, `${place}: gave ${actual[i]}, want ${value}`);
  });
}
