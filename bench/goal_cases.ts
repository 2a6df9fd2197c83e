/**
 * The rows that the library has goals for, but for the training of a network, which `train_contenders.ts` has.
 *
 * @module
 */
import type { Tensor } from "@tensaur/tensaur";
import { type Case, type Goal, type Peer, row, type Words, work } from "./case.ts";

/** Both BLAS: MKL in PyTorch, OpenBLAS in NumPy. */
export const BLAS: readonly Peer[] = ["torch", "torchInto", "numpy", "numpyInto"];

/** A product of matrices in the peers' words. */
export const MATMUL: Words = {
  torch: "torch.matmul(a, b)",
  torchInto: "torch.matmul(a, b, out=o)",
  numpy: "np.matmul(a, b)",
  numpyInto: "np.matmul(a, b, out=o)",
  jax: "jnp.matmul(a, b)",
  tfjs: "tf.matMul(a, b)",
  jaxJs: "np.matmul(a, b)",
  numpyTs: "np.matmul(a, b)",
};

const CHAIN: Words = {
  torch: "torch.relu(torch.sigmoid(x * w + b) - .5) * x",
  torchInto: "torch.mul(x, w, out=o).add_(b).sigmoid_().sub_(.5).relu_().mul_(x)",
  numpy: "np.maximum(1 / (1 + np.exp(-(x * w + b))) - .5, 0) * x",
  jax: "jax.nn.relu(jax.nn.sigmoid(x * w + b) - .5) * x",
  tfjs: "tf.mul(tf.relu(tf.sub(tf.sigmoid(tf.add(tf.mul(x, w), b)), .5)), x)",
  jaxJs: "nn.relu(nn.sigmoid(x.ref.mul(w).add(b)).sub(.5)).mul(x)",
  numpyTs: "steps(x.multiply(w), (v) => v.add(b), (v) => v.negative(), (v) => v.exp(), (v) => v.add(1), " +
    "(v) => v.reciprocal(), (v) => v.subtract(.5), (v) => np.maximum(v, 0), (v) => v.multiply(x))",
  fused: true,
};

function product(
  name: string,
  sizes: readonly number[],
  atLeast: number,
): Case {
  return row(name, sizes, [3, 5, 4, 2].slice(0, sizes.length), (m, k, n, batch) =>
    work({
      inputs: batch === undefined ? { a: [m, k], b: [k, n] } : { a: [batch, m, k], b: [batch, k, n] },
      ours: ({ a, b }) => a.matmul(b),
      flops: 2 * (batch ?? 1) * m * k * n,
      peers: MATMUL,
      goals: [{ over: BLAS, atLeast }],
    }));
}

function chain(size: string, length: number, goals: readonly Goal[]): Case {
  return row(`relu(sigmoid(x·w + b) − ½)·x, ${size}`, [length], [10], (n) =>
    work({
      inputs: { x: [n], w: [n], b: [n] },
      ours: ({ x, w, b }) => x.mul(w).add(b).sigmoid().sub(.5).relu().mul(x),
      transcendental: true,
      peers: CHAIN,
      goals,
    }));
}

const AXES = { all: [undefined, ""], rows: [1, "1"], columns: [0, "0"] } as const;

function reduction(op: "sum" | "max", over: keyof typeof AXES, atLeast: number): Case {
  const [axis, text] = AXES[over], inTorch = op === "max" ? "amax" : "sum";
  return row(`${op} over ${over}, 4096²`, [4096], [12], (n) =>
    work({
      inputs: { x: [n, n] },
      ours: ({ x }) => x[op](axis),
      peers: {
        torch: `x.${inTorch}(${text})`,
        numpy: `x.${op}(${text})`,
        jax: `x.${op}(${text})`,
        tfjs: `tf.${op}(x${text && `, ${text}`})`,
        jaxJs: `np.${op}(x${text && `, ${text}`})`,
        numpyTs: `x.${op}(${text})`,
      },
      goals: [{ over: ["torch", "numpy"], atLeast }],
    }));
}

function layerNorm(x: Tensor): Tensor {
  const centered = x.sub(x.mean(1, { keepdim: true }));
  const variance = centered.square().mean(1, { keepdim: true });
  return centered.div(variance.add(1e-5).sqrt());
}

/** The rows with goals. */
export const GOAL_CASES: readonly Case[] = [
  ...[256, 512, 1024, 2048].map((n) => product(`SGEMM ${n}`, [n, n, n], 1)),
  ...[64, 128].map((n) => product(`SGEMM ${n}`, [n, n, n], 1.3)),
  product("SGEMM 10×100×100", [10, 100, 100], 2),
  product("SGEMM, 64 of 128³", [128, 128, 128, 64], 1.1),
  chain("2^20", 2 ** 20, [
    { over: ["torch"], atLeast: 4 },
    { over: ["torchCompiled"], atLeast: 1.5 },
    { over: ["fused"], atLeast: .9 },
  ]),
  chain("2^24", 2 ** 24, [
    { over: ["torch"], atLeast: 12 },
    { over: ["torchInto"], atLeast: 2.5 },
    { over: ["limit"], atLeast: .8 },
  ]),
  ...(["sum", "max"] as const).flatMap((op) => [
    reduction(op, "all", .95),
    reduction(op, "rows", .95),
    reduction(op, "columns", 1.7),
  ]),
  row("softmax of rows, 4096²", [4096], [12], (n) =>
    work({
      inputs: { x: [n, n] },
      ours: ({ x }) => x.softmax(1),
      peers: {
        torch: "torch.softmax(x, 1)",
        torchInto: "torch.softmax(x, 1, out=o)",
        jax: "jax.nn.softmax(x, 1)",
        tfjs: "tf.softmax(x, 1)",
        jaxJs: "nn.softmax(x, 1)",
      },
      goals: [{ over: ["torchInto"], atLeast: 1.3 }],
    })),
  row("layer norm of rows, 4096²", [4096], [12], (n) =>
    work({
      inputs: { x: [n, n] },
      ours: ({ x }) => layerNorm(x),
      peers: {
        torch: "torch.nn.functional.layer_norm(x, x.shape[1:])",
        torchSetup: "m, r = torch.empty(len(x), 1), torch.empty(len(x), 1)",
        torchInto: "torch.ops.aten.native_layer_norm.out(" +
          "x, x.shape[1:], None, None, 1e-5, out0=o, out1=m, out2=r)",
        jax: "(x - x.mean(1, keepdims=True)) / jnp.sqrt(x.var(1, keepdims=True) + 1e-5)",
        jaxJs: "nn.standardize(x, 1, { epsilon: 1e-5 })",
      },
      goals: [{ over: ["torchInto"], atLeast: 1.3 }],
    })),
  chain("100", 100, [{ over: ["torch"], atLeast: 6 }]),
  row("x + w, 100", [100], [10], (n) =>
    work({
      inputs: { x: [n], w: [n] },
      ours: ({ x, w }) => x.add(w),
      peers: {
        torch: "x + w",
        torchInto: "torch.add(x, w, out=o)",
        numpy: "x + w",
        numpyInto: "np.add(x, w, out=o)",
        jax: "x + w",
        tfjs: "tf.add(x, w)",
        jaxJs: "x.add(w)",
        numpyTs: "np.add(x, w)",
      },
      goals: [{ over: ["torch"], atLeast: 2.5 }, { over: ["numpy"], atLeast: .9 }],
    })),
];
