/**
 * The cases of the speed table: the work on the public surface, and the same in the peers' words.
 *
 * @module
 */
import { evaluate, rand, type Tensor } from "@tensaur/tensaur";
import { handFused } from "./hand_fused.ts";
import type { Snippet } from "./python.ts";

/** Somebody else who does the work: in Python, or in this process if it can be prepared. */
export interface Rival {
  /** Who. */
  readonly name: string;
  /** How, in Python. */
  readonly snippet?: Snippet;
  /** How, in this process. */
  readonly prepare?: () => (() => void) | undefined;
}

/** How much faster than the best of some rivals the library has to be. */
export interface Goal {
  /** The rivals. */
  readonly rivals: readonly Rival[];
  /** The ratio. */
  readonly atLeast: number;
}

/** A piece of work. */
export interface Case {
  /** What is done. */
  readonly work: string;
  /** Floating-point operations in it, where these are the limit. */
  readonly flops?: number;
  /** Bytes that have to be read and written, where these are the limit. */
  readonly bytes?: number;
  /** Makes the inputs; returns the function that does the work once, evaluated at its end. */
  readonly prepare: () => () => void;
  /** What it is compared with. */
  readonly goals: readonly Goal[];
}

const torch = (setup: string, code: string, name = "PyTorch"): Rival => {
  return { name, snippet: { setup: `import torch\n${setup}`, code } };
};
const numpy = (setup: string, code: string): Rival => {
  return {
    name: "NumPy",
    snippet: { setup: `import numpy\nrand = numpy.random.default_rng(0).random\n${setup}`, code },
  };
};

/** Work that makes a tensor and gives its bytes back, as a reference count would. */
function making(make: () => Tensor): () => void {
  return () => {
    using result = make();
    evaluate(result);
  };
}

/** Work whose result is small, and left to the garbage collector as users do. */
function makingSmall(make: () => Tensor): () => void {
  return () => evaluate(make());
}

function product(work: string, a: readonly number[], b: readonly number[], atLeast: number): Case {
  const [m, n, k] = [a.at(-2)!, b.at(-1)!, a.at(-1)!];
  const batch = a.length > 2 ? a[0]! : 1;
  const shapes = `a, b = (torch.rand(${a.join(", ")}), torch.rand(${b.join(", ")}))\nout = a @ b`;
  const arrays = `a, b = (rand((${a.join(", ")}), dtype="f4"), rand((${
    b.join(", ")
  }), dtype="f4"))\nout = a @ b`;
  return {
    work,
    flops: 2 * batch * m * n * k,
    prepare: () => {
      const [left, right] = [rand(a), rand(b)];
      return making(() => left.matmul(right));
    },
    goals: [{
      rivals: [torch(shapes, "torch.matmul(a, b, out=out)"), numpy(arrays, "numpy.matmul(a, b, out=out)")],
      atLeast,
    }],
  };
}

const CHAIN = "torch.relu(torch.sigmoid(x * w + b) - .5) * x";
const CHAIN_IN_PLACE = "torch.mul(x, w, out=o).add_(b).sigmoid_().sub_(.5).relu_().mul_(x)";

function chain(length: number, goals: readonly Goal[]): Case {
  const size = length < 1000 ? `${length}` : `2^${Math.log2(length)}`;
  return {
    work: `relu(sigmoid(x·w + b) − ½)·x, ${size}`,
    ...(length > 1000 ? { bytes: 16 * length } : {}),
    prepare: () => {
      const [x, w, b] = [rand([length]), rand([length]), rand([length])];
      const make = (): Tensor => x.mul(w).add(b).sigmoid().sub(.5).relu().mul(x);
      return length > 1000 ? making(make) : makingSmall(make);
    },
    goals,
  };
}

function chainRivals(
  length: number,
): Record<"eager" | "inPlace" | "compiled" | "fused" | "bandwidth", Rival> {
  const inputs = `x, w, b, o = (torch.rand(${length}) for _ in range(4))`;
  return {
    eager: torch(inputs, CHAIN, "PyTorch eager"),
    inPlace: torch(inputs, CHAIN_IN_PLACE, "PyTorch eager in place"),
    compiled: torch(
      `${inputs}\nf = torch.compile(lambda x, w, b: ${CHAIN})\nf(x, w, b)`,
      "f(x, w, b)",
      "torch.compile",
    ),
    fused: { name: "a hand-fused loop in C", prepare: () => handFused("chain", length) },
    bandwidth: { name: "the memory's bandwidth", prepare: () => handFused("stream", length) },
  };
}

const SIDE = 4096;
const TORCH_MATRIX = `x = torch.rand(${SIDE}, ${SIDE})\no = torch.empty_like(x)`;
const NUMPY_MATRIX = `x = rand((${SIDE}, ${SIDE}), dtype="f4")`;

function reduction(op: "sum" | "max", over: "all" | "rows" | "columns", atLeast: number): Case {
  const axis = { all: undefined, rows: 1, columns: 0 }[over];
  const [inTorch, inNumpy] = axis === undefined ? ["", ""] : [`, ${axis}`, `axis=${axis}`];
  const torchName = op === "max" ? "amax" : "sum";
  return {
    work: `${op} over ${over}, ${SIDE}²`,
    bytes: 4 * SIDE * SIDE,
    prepare: () => {
      const x = rand([SIDE, SIDE]);
      return making(() => x[op](axis));
    },
    goals: [{
      rivals: [
        torch(TORCH_MATRIX, `torch.${torchName}(x${inTorch})`),
        numpy(NUMPY_MATRIX, `x.${op}(${inNumpy})`),
      ],
      atLeast,
    }],
  };
}

function layerNorm(x: Tensor): Tensor {
  const centered = x.sub(x.mean(1, { keepdim: true }));
  const variance = centered.square().mean(1, { keepdim: true });
  return centered.div(variance.add(1e-5).sqrt());
}

function rowsOf(work: string, f: (x: Tensor) => Tensor, code: string): Case {
  return {
    work: `${work} of rows, ${SIDE}²`,
    bytes: 8 * SIDE * SIDE,
    prepare: () => {
      const x = rand([SIDE, SIDE]);
      return making(() => f(x));
    },
    goals: [{
      rivals: [
        torch(
          `${TORCH_MATRIX}\nm, r = (torch.empty(${SIDE}, 1) for _ in range(2))`,
          code,
          "PyTorch into an output",
        ),
      ],
      atLeast: 1.3,
    }],
  };
}

const small = chainRivals(100), medium = chainRivals(2 ** 20), large = chainRivals(2 ** 24);

/** Every case but the training of a network, which `train_contenders.ts` has. */
export const CASES: readonly Case[] = [
  ...[256, 512, 1024, 2048].map((n) => product(`SGEMM ${n}`, [n, n], [n, n], 1)),
  ...[64, 128].map((n) => product(`SGEMM ${n}`, [n, n], [n, n], 1.3)),
  product("SGEMM 10×100×100", [10, 100], [100, 100], 2),
  product("SGEMM, 64 of 128³", [64, 128, 128], [64, 128, 128], 1.1),
  chain(2 ** 20, [
    { rivals: [medium.eager], atLeast: 4 },
    { rivals: [medium.compiled], atLeast: 1.5 },
    { rivals: [medium.fused], atLeast: .9 },
  ]),
  chain(2 ** 24, [
    { rivals: [large.eager], atLeast: 12 },
    { rivals: [large.inPlace], atLeast: 2.5 },
    { rivals: [large.bandwidth], atLeast: .8 },
  ]),
  ...(["sum", "max"] as const).flatMap((op) => [
    reduction(op, "all", .95),
    reduction(op, "rows", .95),
    reduction(op, "columns", 1.7),
  ]),
  rowsOf("softmax", (x) => x.softmax(1), "torch.softmax(x, 1, out=o)"),
  rowsOf(
    "layer norm",
    layerNorm,
    `torch.ops.aten.native_layer_norm.out(x, [${SIDE}], None, None, 1e-5, out0=o, out1=m, out2=r)`,
  ),
  chain(100, [{ rivals: [small.eager], atLeast: 6 }]),
  {
    work: "x + w, 100",
    prepare: () => {
      const [x, w] = [rand([100]), rand([100])];
      return makingSmall(() => x.add(w));
    },
    goals: [
      { rivals: [torch("x, w = torch.rand(100), torch.rand(100)", "x + w", "PyTorch eager")], atLeast: 2.5 },
      { rivals: [numpy('x, w = rand(100, dtype="f4"), rand(100, dtype="f4")', "x + w")], atLeast: .9 },
    ],
  },
];
