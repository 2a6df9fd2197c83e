/**
 * Rows of everyday work beside those with goals.
 *
 * @module
 */
import type { Tensor } from "@tensaur/tensaur";
import { type Case, float64, positions, reading, row, type Words, work } from "./case.ts";
import { BLAS, MATMUL } from "./goal_cases.ts";

function doubleProduct(n: number): Case {
  return row(`DGEMM ${n}`, [n], [5], (n) =>
    work({
      inputs: { a: float64(n, n), b: float64(n, n) },
      ours: ({ a, b }) => a.matmul(b),
      flops: 2 * n ** 3,
      peers: MATMUL,
      goals: [{ over: BLAS, atLeast: .9 }],
    }));
}

function transcendental(name: string, f: (x: Tensor) => Tensor, peers: Words): Case {
  return row(`${name}, 2^20`, [2 ** 20], [10], (n) =>
    work({
      inputs: { x: [n] },
      ours: ({ x }) => f(x),
      transcendental: true,
      peers,
    }));
}

function simple(op: "exp" | "sin" | "tanh"): Case {
  return transcendental(op, (x) => x[op](), {
    torch: `torch.${op}(x)`,
    torchInto: `torch.${op}(x, out=o)`,
    numpy: `np.${op}(x)`,
    numpyInto: `np.${op}(x, out=o)`,
    jax: `jnp.${op}(x)`,
    tfjs: `tf.${op}(x)`,
    jaxJs: `np.${op}(x)`,
    numpyTs: `np.${op}(x)`,
  });
}

const SUM: Words = {
  torch: "x + row + column",
  torchInto: "torch.add(x, row, out=o).add_(column)",
  numpy: "x + row + column",
  numpyInto: "np.add(np.add(x, row, out=o), column, out=o)",
  jax: "x + row + column",
  tfjs: "tf.add(tf.add(x, row), column)",
  jaxJs: "x.add(row).add(column)",
  numpyTs: "steps(x.add(row), (v) => v.add(column))",
};

/** The rows of everyday work. */
export const EVERYDAY_CASES: readonly Case[] = [
  ...[256, 1024].map(doubleProduct),
  simple("exp"),
  simple("tanh"),
  simple("sin"),
  transcendental(
    "gelu",
    (x) => x.addcmul(x.square().mul(x), .044715).mul(Math.sqrt(2 / Math.PI)).tanh().add(1).mul(x).mul(.5),
    {
      torch: 'torch.nn.functional.gelu(x, approximate="tanh")',
      torchInto: 'torch.ops.aten.gelu.out(x, approximate="tanh", out=o)',
      numpy: "(np.tanh((x + x * x * x * .044715) * .7978846) + 1) * x * .5",
      jax: "jax.nn.gelu(x, approximate=True)",
      jaxJs: "nn.gelu(x, { approximate: true })",
    },
  ),
  row("log-softmax of rows, 4096×1024", [4096, 1024], [6, 5], (m, n) =>
    work({
      inputs: { x: [m, n] },
      ours: ({ x }) => x.logSoftmax(1),
      peers: {
        torch: "torch.log_softmax(x, 1)",
        torchInto: "torch.log_softmax(x, 1, out=o)",
        jax: "jax.nn.log_softmax(x, 1)",
        tfjs: "tf.logSoftmax(x, 1)",
        jaxJs: "nn.logSoftmax(x, 1)",
      },
    })),
  row("variance of rows, 4096×1024", [4096, 1024], [6, 5], (m, n) =>
    work({
      inputs: { x: [m, n] },
      ours: ({ x }) => x.sub(x.mean(1, { keepdim: true })).square().mean(1),
      peers: {
        torch: "x.var(1, correction=0)",
        numpy: "x.var(1)",
        jax: "x.var(1)",
        tfjs: "tf.moments(x, 1).variance",
        jaxJs: "np.var_(x, 1)",
        numpyTs: "x.var(1)",
      },
    })),
  row("argmax of rows, 4096×1024", [4096, 1024], [6, 5], (m, n) =>
    work({
      inputs: { x: [m, n] },
      ours: ({ x }) => x.argmax(1),
      peers: {
        torch: "x.argmax(1)",
        numpy: "x.argmax(1)",
        jax: "x.argmax(1)",
        tfjs: "tf.argMax(x, 1)",
        jaxJs: "np.argmax(x, 1)",
        numpyTs: "x.argmax(1)",
      },
    })),
  row("transpose, copied, 2048²", [2048], [7], (n) =>
    work({
      inputs: { x: [n, n] },
      ours: ({ x }) => x.mT().contiguous(),
      peers: {
        torch: "x.t().contiguous()",
        torchInto: "o.copy_(x.t())",
        numpy: "np.ascontiguousarray(x.T)",
        numpyInto: "np.copyto(o, x.T)",
        jax: "x.T",
        tfjs: "tf.transpose(x)",
        jaxJs: "np.transpose(x)",
        numpyTs: "np.ascontiguousarray(x.T)",
      },
    })),
  row(
    "heads first, copied, 32×128×8×64",
    [32, 128, 8, 64],
    [2, 3, 4, 5],
    (batch, time, heads, width) =>
      work({
        inputs: { x: [batch, time, heads, width] },
        ours: ({ x }) => x.permute([0, 2, 1, 3]).contiguous(),
        peers: {
          torch: "x.permute(0, 2, 1, 3).contiguous()",
          torchInto: "o.copy_(x.permute(0, 2, 1, 3))",
          numpy: "np.ascontiguousarray(x.transpose(0, 2, 1, 3))",
          numpyInto: "np.copyto(o, x.transpose(0, 2, 1, 3))",
          jax: "x.transpose(0, 2, 1, 3)",
          tfjs: "tf.transpose(x, [0, 2, 1, 3])",
          jaxJs: "np.transpose(x, [0, 2, 1, 3])",
          numpyTs: "np.ascontiguousarray(x.transpose([0, 2, 1, 3]))",
        },
      }),
  ),
  row("embedding, 4096 of 10000 rows of 256", [10_000, 4096, 256], [8, 6, 3], (rows, count, width) =>
    work({
      inputs: { table: [rows, width], i: positions(rows, count) },
      ours: ({ table, i }) => table.gather(0, i.unsqueeze(1).expand([count, width])),
      bytes: 4 * (2 * count * width + count),
      peers: {
        torch: "torch.embedding(table, i)",
        torchInto: "torch.index_select(table, 0, i, out=o)",
        numpy: "table[i]",
        numpyInto: "np.take(table, i, 0, out=o)",
        jax: "table[i]",
        tfjs: "tf.gather(table, i)",
        jaxJs: "np.take(table, i, 0)",
        numpyTs: "np.take(table, i, 0)",
      },
    })),
  row("x + row + column, 2048²", [2048], [7], (n) =>
    work({
      inputs: { x: [n, n], row: [n], column: [n, 1] },
      ours: ({ x, row, column }) => x.add(row).add(column),
      peers: SUM,
    })),
  row(
    "layers 784 → 256 → 10 forward, batch of 64",
    [64, 784, 256, 10],
    [3, 6, 5, 4],
    (batch, n, hidden, out) =>
      work({
        inputs: { x: [batch, n], w: [n, hidden], b: [hidden], v: [hidden, out], c: [out] },
        ours: ({ x, w, b, v, c }) => x.matmul(w).add(b).relu().matmul(v).add(c).logSoftmax(1),
        flops: 2 * batch * hidden * (n + out),
        peers: {
          torch: "torch.log_softmax(torch.addmm(c, torch.relu(torch.addmm(b, x, w)), v), 1)",
          jax: "jax.nn.log_softmax(jax.nn.relu(x @ w + b) @ v + c, 1)",
          tfjs: "tf.logSoftmax(tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x, w), b)), v), c), 1)",
          jaxJs: "nn.logSoftmax(np.matmul(nn.relu(np.matmul(x, w).add(b)), v).add(c), 1)",
        },
      }),
  ),
  reading(simple("exp")),
];
