/**
 * What the check times on a GPU, and the same in PyTorch.
 *
 * @module
 */
import {
  evaluate,
  type MatmulPrecision,
  rand,
  scope,
  setMatmulPrecision,
  type Tensor,
} from "@tensaur/tensaur";
import type { Snippet } from "../../bench/python.ts";
import { Training } from "../../examples/training.ts";

/** What is counted: bytes that must be moved, or operations. */
export interface Work {
  readonly amount: number;
  readonly unit: "GB/s" | "GFLOP/s";
}

/** Something that both do. */
export interface GpuCase {
  readonly name: string;
  /** How much of it is done; null if only the time says something. */
  readonly work: Work | null;
  /** Makes the inputs; gives what starts the work once. */
  readonly prepare: () => () => void;
  readonly torch: Snippet;
}

const WAIT = "torch.cuda.synchronize()";
const FLOAT = 4;

/** A tensor on the GPU, made. */
function made(...shape: number[]): Tensor {
  const x = rand(shape, { device: "cuda" });
  evaluate(x);
  return x;
}

/** A case over inputs that are made once: an expression here, and one of Python over `x` and `y`. */
function over(
  name: string,
  work: Work,
  shapes: readonly (readonly number[])[],
  f: (...inputs: Tensor[]) => Tensor,
  python: string,
  before = "",
): GpuCase {
  const [x, y = x!] = shapes.map((shape) => `torch.rand(${JSON.stringify(shape)}, device="cuda")`);
  const setup = `import torch\n${before}\nx, y = ${x}, ${y}\n${WAIT}`;
  return {
    name,
    work,
    prepare: () => {
      const inputs = shapes.map((shape) => made(...shape));
      // Its memory is given back at once, as PyTorch's is.
      return () => scope(() => evaluate(f(...inputs)));
    },
    torch: { setup, code: python, after: WAIT },
  };
}

function bytes(...sizes: number[]): Work {
  return { amount: FLOAT * sizes.reduce((sum, size) => sum + size, 0), unit: "GB/s" };
}

/** A product of two square matrices: exact, or with operands that are rounded to TF32. */
function product(size: number, precision: MatmulPrecision): GpuCase {
  const name = `matmul ${size}, ${precision === "highest" ? "exact" : "TF32"}`;
  const multiply = (a: Tensor, b: Tensor): Tensor => {
    setMatmulPrecision(precision);
    const result = a.matmul(b);
    setMatmulPrecision("highest");
    return result;
  };
  const before = `torch.set_float32_matmul_precision("${precision}")`;
  const work: Work = { amount: 2 * size ** 3, unit: "GFLOP/s" };
  return over(name, work, [[size, size], [size, size]], multiply, "x @ y", before);
}

/** The course's training: an epoch of 50 points in batches of 10, with so many hidden units. */
function training(hidden: number): GpuCase {
  return {
    name: `the course's training, ${hidden} units, an epoch`,
    work: null,
    prepare: () => {
      const training = new Training("xor", {
        hidden,
        points: 50,
        batch: 10,
        rate: .05,
        seed: 1,
        device: "cuda",
        compile: false,
      });
      return () => training.epoch();
    },
    torch: {
      setup: `import torch, train_peers\ntrain_peers.HIDDEN = ${hidden}\n` +
        `with torch.device("cuda"):\n    epoch = train_peers.torch_epoch()`,
      code: `with torch.device("cuda"): epoch(False)`,
      after: WAIT,
    },
  };
}

/** The cases; `small` ones take no time on a simulated GPU either. */
export function gpuCases(small: boolean): GpuCase[] {
  const n = small ? 32 : 4096, rows = small ? 8 : 16384, size = n * n;
  const products = small ? [16, 32] : [512, 1024, 2048, 4096, 8192];
  return [
    over(`copy [${n}, ${n}]`, bytes(size, size), [[n, n]], (x) => x.mul(1), "y.copy_(x)"),
    ...products.map((size) => product(size, "highest")),
    ...products.map((size) => product(size, "high")),
    over(
      `x * y + x [${n}, ${n}]`,
      bytes(size, size, size),
      [[n, n], [n, n]],
      (x, y) => x.mul(y).add(x),
      "x * y + x",
    ),
    over(`tanh(x) [${n}, ${n}]`, bytes(size, size), [[n, n]], (x) => x.tanh(), "torch.tanh(x)"),
    over(`sum of rows [${n}, ${n}]`, bytes(size, n), [[n, n]], (x) => x.sum(1), "x.sum(1)"),
    over(`sum of columns [${n}, ${n}]`, bytes(size, n), [[n, n]], (x) => x.sum(0), "x.sum(0)"),
    over(`sum [${n}, ${n}]`, bytes(size), [[n, n]], (x) => x.sum(), "x.sum()"),
    over(
      `softmax [${rows}, ${n}]`,
      bytes(rows * n, rows * n),
      [[rows, n]],
      (x) => x.softmax(1),
      "torch.softmax(x, 1)",
    ),
    over(
      `layer norm [${rows}, ${n}]`,
      bytes(rows * n, rows * n),
      [[rows, n]],
      (x) => {
        const centred = x.sub(x.mean(1, { keepdim: true }));
        return centred.div(centred.square().mean(1, { keepdim: true }).add(1e-5).sqrt());
      },
      "torch.nn.functional.layer_norm(x, (x.shape[1],))",
    ),
    training(100),
    training(small ? 20 : 1000),
  ];
}
