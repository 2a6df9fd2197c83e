/**
 * One case for every op through which gradients flow.
 */
import { concat, type Device, stack, type Tensor, tensor, where } from "@tensaur/tensaur";
import { type BinaryName, ROWS, type Ternary, type UnaryName } from "../src/ops/elementwise.ts";
import type { Combine } from "../src/ops/op.ts";
import { REDUCTIONS } from "../src/ops/reduce.ts";
import { DEVICE } from "./devices.ts";

/** The bounds of an input's elements. */
export type Domain = readonly [low: number, high: number];

/** An op as a function of inputs of shape [3, 4], unless it says otherwise. */
export interface GradientCase {
  readonly name: string;
  /** The bounds of each input. */
  readonly domains: readonly Domain[];
  /** The shapes of the inputs, if they are others. */
  readonly shapes?: readonly (readonly number[])[];
  readonly f: (inputs: readonly Tensor[], device: Device) => Tensor;
  /** Whether its gradient has a gradient. */
  readonly smooth: boolean;
  /** Whether the last node of the result is the op itself, so that what its gradient reads can be seen. */
  readonly single: boolean;
}

const AROUND_ZERO: Domain = [-2, 2];
const CONDITION = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1];
const POSITIONS = [3, 0, 0, 2, 2, 2];

function elementwiseCases(): GradientCase[] {
  const cases: GradientCase[] = [];
  for (const [name, row] of Object.entries<Ternary>(ROWS)) {
    // Differences see the steps of a rounding, of which the gradient knows nothing.
    if (row.grad === undefined || row.f.length === 3 || name.endsWith("round")) continue;
    const common = { name, smooth: row.smooth === true, single: true };
    if (row.f.length === 1) {
      cases.push({ ...common, domains: [row.domain], f: ([x]) => x![name as UnaryName]() });
    } else {
      const domains = [row.domain, row.secondDomain ?? row.domain];
      cases.push({ ...common, domains, f: ([a, b]) => a![name as BinaryName](b!) });
    }
  }
  return cases;
}

function reductionCases(): GradientCase[] {
  const cases: GradientCase[] = [];
  for (const [name, row] of Object.entries(REDUCTIONS)) {
    if (row.grad === undefined) continue;
    for (const axes of [undefined, 0, -1, [0, 1]]) {
      for (const keepdim of [false, true]) {
        cases.push({
          name: `${name} over ${axes ?? "all"}${keepdim ? " with keepdim" : ""}`,
          domains: [AROUND_ZERO],
          f: ([x]) => x![name as Combine](axes as number, { keepdim }),
          smooth: row.smooth === true,
          single: true,
        });
      }
    }
  }
  return cases;
}

function linear(name: string, f: (x: Tensor, device: Device) => Tensor): GradientCase {
  return { name, domains: [AROUND_ZERO], f: ([x], device) => f(x!, device), smooth: true, single: true };
}

const MOVES: readonly GradientCase[] = [
  linear("reshape", (x) => x.reshape([2, 6])),
  linear("permute", (x) => x.permute([1, 0])),
  linear("at with a range", (x) => x.at([0, 2], [1, null, 2]).reshape([2, 2])),
  linear("at with negative steps", (x) => x.at([null, null, -2], [null, null, -1])),
  linear("expand", (x) => x.unsqueeze(0).expand([2, 3, 4])),
  linear("clone", (x) => x.clone()),
  linear("contiguous", (x) => x.contiguous()),
  linear("to float32 and back", (x) => x.to("float32").mul(0).add(1).to("float64").mul(x)),
  {
    ...linear("to another device and back", (x, device) => {
      return x.to(device === "reference" ? DEVICE : "reference").square().to(device);
    }),
    single: false,
  },
  linear("place", (x) => x.placed([4, 7], [1, 0], [1, 2])),
  linear("gather", (x, device) => {
    return x.gather(1, tensor(POSITIONS, { dtype: "int32", device }).reshape([2, 3]));
  }),
  linear("scatterAdd", (x, device) => {
    const index = tensor([...POSITIONS, ...POSITIONS], { dtype: "int32", device }).reshape([3, 4]);
    return x.scattered([3, 5], 1, index);
  }),
  {
    ...linear("concat", (x) => x),
    domains: [AROUND_ZERO, AROUND_ZERO],
    f: ([a, b]) => concat([a!, b!, a!], 1),
  },
  {
    ...linear("stack", (x) => x),
    domains: [AROUND_ZERO, AROUND_ZERO],
    f: ([a, b]) => stack([a!, b!], -1),
  },
  {
    ...linear("where", (x) => x),
    domains: [AROUND_ZERO, AROUND_ZERO],
    f: ([a, b], device) => where(tensor(CONDITION, { device }).ne(0).reshape([3, 4]), a!, b!),
  },
  {
    ...linear("addcmul", (x) => x),
    domains: [AROUND_ZERO, AROUND_ZERO, AROUND_ZERO],
    f: ([a, b, c]) => a!.addcmul(b!, c!),
  },
];

function matmul(name: string, ...shapes: readonly (readonly number[])[]): GradientCase {
  const f: GradientCase["f"] = ([a, b]) => a!.matmul(b!);
  return { name, domains: [AROUND_ZERO, AROUND_ZERO], shapes, f, smooth: true, single: false };
}

const PRODUCTS: readonly GradientCase[] = [
  { ...matmul("matmul of matrices", [3, 4], [4, 2]), single: true },
  matmul("matmul of vectors", [4], [4]),
  matmul("matmul of a vector and a matrix", [4], [4, 3]),
  matmul("matmul of a matrix and a vector", [3, 4], [4]),
  matmul("matmul of a batch and a matrix", [2, 3, 4], [4, 2]),
  matmul("matmul of a matrix and a batch", [3, 4], [2, 4, 2]),
  matmul("matmul of broadcast batches", [2, 1, 3, 4], [3, 4, 2]),
  matmul("matmul of a batch and a vector", [2, 3, 4], [4]),
];

function composite(name: string, f: (x: Tensor) => Tensor, smooth = true): GradientCase {
  return { name, domains: [AROUND_ZERO], f: ([x]) => f(x!), smooth, single: false };
}

const COMPOSITES: readonly GradientCase[] = [
  composite("clamp", (x) => x.clamp(-1, 1), false),
  composite("mean", (x) => x.mean(0)),
  composite("norm", (x) => x.norm(1)),
  composite("norm with p 1", (x) => x.norm(1, { p: 1 }), false),
  composite("norm with p Infinity", (x) => x.norm(1, { p: Infinity }), false),
  composite("softmax", (x) => x.softmax(0)),
  composite("logSoftmax", (x) => x.logSoftmax()),
  composite("squeeze and flatten", (x) => x.unsqueeze(1).squeeze(1).flatten()),
  composite("a number on either side", (x) => x.mul(2).add(1).div(3).sub(x.mul(x))),
];

/** The cases. */
export const GRADIENT_CASES: readonly GradientCase[] = [
  ...elementwiseCases(),
  ...reductionCases(),
  ...MOVES,
  ...PRODUCTS,
  ...COMPOSITES,
];
