/**
 * Work for every kernel: small, since the simulator watches each access when it looks for mistakes. Reductions of rows
 * and of columns, whole and in parts; products of every tile; moves, folds, maps and random numbers.
 */
import {
  arange,
  type DType,
  matmulPrecision,
  ones,
  rand,
  randn,
  reduce,
  setMatmulPrecision,
  type Tensor,
  tensor,
  where,
} from "@tensaur/tensaur";
import * as minitorch from "@tensaur/tensaur/minitorch";

/** What a case computes, on the default device. */
export type Work = () => Tensor | readonly Tensor[];

const NUMBERS = ["float32", "float64", "int32"] as const;

/** A matrix of a dtype, the same each time; sums of floats are rounded, so that they tell their order. */
function matrix(dtype: DType, rows: number, columns: number): Tensor {
  const whole = arange(0, rows * columns, 1, { dtype: "int32" }).mul(40503).fmod(1009).sub(504);
  return (dtype === "int32" ? whole : whole.to("float64").mul(0.0137)).to(dtype).reshape([rows, columns]);
}

function reductions(): Record<string, Work> {
  const cases: Record<string, Work> = {};
  for (const combine of ["sum", "prod", "max", "min", "argmax", "argmin"] as const) {
    for (const dtype of NUMBERS) {
      cases[`${combine} of ${dtype}`] = () => {
        const x = matrix(dtype, 3, 70), long = matrix(dtype, 4500, 2);
        return [x[combine](1), x[combine](0), long.reshape([1, 9000])[combine](1), long[combine](0)];
      };
    }
  }
  return cases;
}

/** Sizes that take each way to multiply with the CPU's bits: by results, lanes, and every tile. */
const PRODUCTS: readonly (readonly [batch: number, m: number, k: number, n: number])[] = [
  [1, 3, 20, 3],
  [1, 1, 70, 3],
  [1, 10, 5, 300],
  [1, 300, 5, 10],
  [1, 40, 35, 40],
  [128, 33, 3, 33],
  [128, 65, 2, 65],
];

/** Matrices to multiply. */
function factors(dtype: DType, batch: number, m: number, k: number, n: number): [Tensor, Tensor] {
  const a = matrix(dtype, batch * m, k).reshape([batch, m, k]);
  return [a, matrix(dtype, batch * k, n).reshape([batch, k, n])];
}

function products(): Record<string, Work> {
  const cases: Record<string, Work> = {};
  for (const dtype of NUMBERS) {
    for (const [batch, m, k, n] of PRODUCTS) {
      cases[`${batch} products of ${dtype} ${m}×${k}×${n}`] = () => {
        const [a, b] = factors(dtype, batch, m, k, n);
        return a.matmul(b);
      };
    }
    cases[`products of ${dtype} with more to do`] = () => {
      const [a, b] = factors(dtype, 3, 2, 5, 4);
      return a.matmul(b).add(matrix(dtype, 1, 4)).relu();
    };
  }
  return cases;
}

/** On tensor cores, with the steps of either side side by side or not. */
function roundedProducts(batch: number, m: number, k: number, n: number): Tensor[] {
  const before = matmulPrecision();
  const [a, b] = factors("float32", batch, m, k, n), [bAcross, aAcross] = factors("float32", batch, n, k, m);
  setMatmulPrecision("high");
  try {
    return [a, aAcross.mT()].flatMap((a) => [b, bAcross.mT()].map((b) => a.matmul(b)));
  } finally {
    setMatmulPrecision(before);
  }
}

function moves(): Record<string, Work> {
  const index = (): Tensor => tensor([[4], [0], [2], [4], [4]], { dtype: "int32" }).expand([5, 3]);
  const cases: Record<string, Work> = {};
  for (const dtype of [...NUMBERS, "bool", "uint8"] as const) {
    cases[`gather of ${dtype}`] = () => matrix("float32", 5, 3).gt(0).to(dtype).gather(0, index());
  }
  for (const dtype of NUMBERS) {
    cases[`scatter-add of ${dtype}`] = () => matrix(dtype, 5, 3).scattered([5, 3], 0, index());
    cases[`scatter-add of many ${dtype}`] = () => {
      const places = arange(0, 1500, 1, { dtype: "int32" }).mul(37).fmod(40).reshape([1500, 1]);
      return matrix(dtype, 1500, 2).scattered([40, 2], 0, places.expand([1500, 2]));
    };
  }
  return cases;
}

const MAPS: Record<string, Work> = {
  "elements as they lie": () => matrix("float32", 1, 4096).mul(2).add(1),
  "elements across": () => matrix("float32", 33, 20).transpose(0, 1).mul(matrix("float32", 20, 33)).exp(),
  "elements repeated": () => matrix("float64", 7, 1).add(matrix("float64", 1, 9)).at(":", [null, null, -2]),
  "every dtype": () => {
    const x = matrix("float32", 4, 9);
    return [x.to("float64"), x.to("int32"), x.to("uint8"), x.to("bool"), where(x.gt(0), x, x.neg())];
  },
  "several results of one program": () => {
    const x = matrix("float32", 5, 11), y = x.tanh(), z = y.mul(x);
    return [y, z, z.sub(y)];
  },
  "random numbers": () => [rand([300]), randn([7, 5]), rand([9], { dtype: "float64" })],
  "rows after rows": () => matrix("float32", 9, 65).softmax(1),
  "rounds of a fold": () => reduce(matrix("float64", 40, 9), (a, b) => a / 2 + b, 1, { axis: 0 }),
  "nothing": () => ones([0, 3]).add(1),
};

/** What has the CPU's bits. */
export const CASES: Readonly<Record<string, Work>> = { ...MAPS, ...reductions(), ...products(), ...moves() };

/** What has bits of the GPU's own: sums that are cut into pieces, tensor cores; and what no CPU has. */
export const OF_THE_GPU: Readonly<Record<string, Work>> = {
  "products whose depth is cut": () =>
    NUMBERS.map((dtype) => matrix(dtype, 3, 1030).matmul(matrix(dtype, 1030, 20))),
  "products on tensor cores": () => roundedProducts(1, 17, 20, 24),
  "many products on tensor cores": () => roundedProducts(128, 65, 8, 68),
  "the course's exercises": () => {
    const numbers = Array.from({ length: 70 }, (_, i) => i / 7);
    const square = minitorch.tensor([numbers.slice(0, 3), numbers.slice(3, 6), numbers.slice(6, 9)]);
    const results = [minitorch.sumPractice(minitorch.tensor(numbers)), minitorch.mmPractice(square, square)];
    return results.map((result) => tensor(result.toNumpy() as number[], { dtype: "float64" }));
  },
};
