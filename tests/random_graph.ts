/** Random graphs over the whole set of ops, from a seed. */
import { concat, manualSeed, rand, reduce, type Tensor, tensor, where } from "../mod.ts";

/** A small generator of random numbers, so that a graph is a function of its seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to n - 1. */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * n);
  }

  /** One entry of a list. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** How large a graph's tensors are: enough to reach the parallel and blocked paths, or small. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

const SPECIAL = [0, -0, 1, -1, 0.5, -2.5, 3e38, -3e38, 1e-40, Infinity, -Infinity, NaN];

function leaf(dice: Dice, shape: readonly number[], wild: boolean): Tensor {
  const length = shape.reduce((x, y) => x * y, 1);
  const values = Float32Array.from(
    { length },
    () => wild && dice.below(8) === 0 ? dice.of(SPECIAL) : (dice.below(4001) - 2000) / 1000,
  );
  return tensor(values).reshape(shape);
}

type Step = (dice: Dice, x: Tensor, y: Tensor) => Tensor;

/** Ops whose results a device may not compute exactly, on values that keep them finite. */
const SMOOTH: Readonly<Record<string, Step>> = {
  exp: (_, x) => x.clamp(-10, 3).exp(),
  log: (_, x) => x.abs().add(0.1).log(),
  sqrt: (_, x) => x.abs().sqrt(),
  tanh: (_, x) => x.tanh(),
  sigmoid: (_, x) => x.sigmoid(),
  sin: (_, x) => x.clamp(-20, 20).sin(),
  cos: (_, x) => x.clamp(-20, 20).cos(),
  square: (_, x) => x.clamp(-100, 100).square(),
  reciprocal: (_, x) => x.abs().add(1).reciprocal(),
  relu: (_, x) => x.relu(),
  neg: (_, x) => x.neg(),
  abs: (_, x) => x.abs(),
  add: (_, x, y) => x.add(y),
  sub: (_, x, y) => x.sub(y),
  mul: (_, x, y) => x.clamp(-30, 30).mul(y.clamp(-30, 30)),
  div: (_, x, y) => x.div(y.abs().add(0.5)),
  pow: (_, x, y) => x.abs().clamp(0.1, 5).pow(y.clamp(-2, 2)),
  maximum: (_, x, y) => x.maximum(y),
  minimum: (_, x, y) => x.minimum(y),
  scalar: (dice, x) => x.mul((dice.below(7) - 3) / 2).add(dice.below(3) - 1),
  softmax: (dice, x) => x.clamp(-20, 20).softmax(dice.below(2)),
  logSoftmax: (dice, x) => x.clamp(-20, 20).logSoftmax(dice.below(2)),
  sumRows: (_, x) => x.clamp(-50, 50).sum(1, { keepdim: true }).add(x.mul(0)),
  sumColumns: (_, x) => x.clamp(-50, 50).sum(0, { keepdim: true }).add(x.clamp(-1, 1)),
  meanAll: (_, x) => x.clamp(-50, 50).mean().add(x.clamp(-1, 1)),
  prod: (_, x) => x.clamp(0.9, 1.1).prod(1, { keepdim: true }).mul(x.clamp(-1, 1)),
  max: (_, x) => x.max(0, { keepdim: true }).sub(x),
  min: (_, x) => x.min(1, { keepdim: true }).add(x),
  norm: (_, x) => x.clamp(-9, 9).norm(1, { keepdim: true }).add(x),
  transposedSum: (_, x) => x.mT().mul(2).sum(1).add(x.clamp(-3, 3)).mT().contiguous().mT(),
  matmul: (_, x, y) => x.clamp(-3, 3).matmul(y.clamp(-3, 3).mT()).matmul(y.clamp(-1, 1)),
  linear: (_, x, y) => x.clamp(-3, 3).mT().matmul(y.clamp(-3, 3)).relu().mean(0).add(x.clamp(-3, 3)),
  batched: (_, x, y) => batched(x.clamp(-3, 3), y.clamp(-3, 3)),
  dot: (_, x, y) => x.clamp(-3, 3).reshape([1, -1]).matmul(y.clamp(-3, 3).reshape([-1, 1])).mul(0.01).add(x),
  flip: (_, x) => x.at([null, null, -1]),
  concat: (_, x, y) => concat([x, y], 0).at([x.shape[0]! >> 1, (x.shape[0]! >> 1) + x.shape[0]!]),
  reshape: (_, x) => x.mT().reshape(x.shape),
  fold: (dice, x) => reduce(x, decay, 0.5, { axis: dice.below(2), keepdim: true }).add(x),
  gather: (dice, x) => x.gather(0, rows(dice, x)),
  random: (_, x) => rand(x.shape).mul(x),
  randomPermuted: (_, x) => rand([x.shape[1]!, x.shape[0]!]).mT().add(x).sum(1, { keepdim: true }).sub(x),
  addcmul: (_, x, y) => x.addcmul(y.clamp(-3, 3), x.sigmoid()),
  float64: (_, x, y) => x.to("float64").add(y).tanh().to("float32"),
};

/** Ops that jump: a last bit of an operand may decide over their result. */
const JUMPS: Readonly<Record<string, Step>> = {
  eq: (_, x, y) => x.eq(y).to("float32").add(x),
  ne: (_, x, y) => x.ne(y).to("float32").sub(y),
  lt: (_, x, y) => x.lt(y).to("float32"),
  le: (_, x, y) => where(x.le(y), x, y),
  gt: (_, x, y) => where(x.gt(0), y, x.neg()),
  ge: (_, x, y) => x.ge(y).logicalNot().to("float32"),
  logic: (_, x, y) => x.gt(0).logicalAnd(y.gt(0)).logicalOr(x.eq(y)).to("float32"),
  sign: (_, x) => x.sign(),
  floor: (_, x) => x.floor(),
  ceil: (_, x) => x.ceil(),
  argmax: (_, x) => x.argmax(1, { keepdim: true }).add(x),
  argmin: (_, x) => x.argmin(0, { keepdim: true }).to("float32").sub(x),
  any: (_, x) => x.gt(1).any(0).to("float32").add(x),
  all: (_, x) => where(x.lt(3).all(1, { keepdim: true }), x, 1),
  int32: (_, x, y) => x.to("int32").mul(y.to("int32")).sub(3).to("float32"),
  int32Sum: (_, x) => x.to("int32").sum(0).add(x.to("int32").max(1, { keepdim: true })).to("float32"),
  uint8: (_, x) => x.to("uint8").add(x.abs().to("uint8")).to("float32"),
};

function decay(sum: number, v: number): number {
  return sum * 0.5 + (v > 3 ? 3 : v);
}

function batched(x: Tensor, y: Tensor): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const batch = rows % 2 === 0 ? 2 : 1;
  const a = x.reshape([batch, rows / batch, columns]), b = y.reshape([batch, rows / batch, columns]);
  return a.matmul(b.mT()).matmul(b).reshape([rows, columns]);
}

function rows(dice: Dice, x: Tensor): Tensor {
  const index = Int32Array.from({ length: x.size }, () => dice.below(x.shape[0]!));
  return tensor(index).reshape(x.shape);
}

/** The names of all steps that a graph may take. */
export const STEP_NAMES: readonly string[] = [...Object.keys(SMOOTH), ...Object.keys(JUMPS)];

/** A graph: its results, and what they were computed from. */
export interface RandomGraph {
  /** Some of its nodes, in order of creation. */
  readonly results: readonly Tensor[];
  /** The steps that it took. */
  readonly steps: readonly string[];
}

/** Builds the graph of a seed. `smooth` leaves out what jumps, and special values. */
export function randomGraph(seed: number, { rows, columns }: Size, smooth = false, length = 10): RandomGraph {
  const dice = new Dice(seed);
  manualSeed(seed);
  const shape = [rows, columns];
  const pool = [
    leaf(dice, shape, !smooth),
    leaf(dice, shape, false),
    leaf(dice, [1, columns], false).expand(shape),
  ];
  const names = smooth ? Object.keys(SMOOTH) : STEP_NAMES;
  const steps: string[] = [];
  const table: Readonly<Record<string, Step>> = { ...SMOOTH, ...JUMPS };
  for (let i = 0; i < length; i++) {
    const name = dice.of(names);
    pool.push(table[name]!(dice, dice.of(pool), dice.of(pool)));
    steps.push(name);
  }
  return { results: pool.slice(3).filter((_, i) => i === length - 1 || dice.below(3) === 0), steps };
}
