/**
 * Products on a GPU: the bits of the CPU where the depth is not cut, the stated bounds elsewhere and on tensor cores.
 * `device_test.ts` runs this with the simulated driver, programs compiled and interpreted.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  ArgumentError,
  compile,
  cudaDevices,
  evaluate,
  manualSeed,
  type MatmulPrecision,
  matmulPrecision,
  randn,
  setDefaultDevice,
  setMatmulPrecision,
  stats,
  type Tensor,
  tensor,
} from "../../mod.ts";
import { bits, compare, on, same } from "./compare.ts";

/** Whether the GPU has tensor cores for float32. */
const TENSOR_CORES = Number(cudaDevices()[0]!.computeCapability) >= 8;

/** Rows, steps and columns: around the edges of every tile, and of the panels. */
const SIZES = [
  [1, 1, 1],
  [3, 5, 2],
  [1, 300, 4],
  [9, 70, 15],
  [10, 0, 3],
  [0, 4, 5],
  [16, 129, 17],
  [17, 130, 16],
  [31, 33, 33],
  [32, 31, 127],
  [129, 16, 15],
  [130, 70, 140],
  [300, 9, 400],
] as const;

for (const dtype of ["float32", "float64", "int32"] as const) {
  same(`products of ${dtype} of any size and layout have the CPU's bits`, () => {
    const matrix = (...shape: number[]): Tensor => randn(shape).mul(10).to(dtype);
    return SIZES.flatMap(([m, k, n]) => {
      const a = matrix(m, k), b = matrix(k, n), turned = matrix(n, k).transpose(0, 1);
      const spread = matrix(m, 2 * k + 3).at(":", [1, 2 * k + 1, 2]),
        high = matrix(k, 4 + n).at(":", [4, null]);
      return [a.matmul(b), a.matmul(turned), b.mT().matmul(a.mT()), spread.matmul(high)];
    });
  });
}

/** What a test of batches gives: one for every way to find matrices, with programs that go on with results. */
function batches(): Tensor[] {
  const a = randn([5, 1, 6, 7]),
    b = randn([3, 7, 4]),
    rows = randn([4, 40, 36]),
    columns = randn([4, 36, 44]);
  return [
    a.matmul(b),
    a.matmul(b).add(randn([4])).relu(),
    randn([7, 20, 19]).matmul(randn([7, 19, 21])),
    randn([3, 20, 33]).transpose(0, 1).matmul(randn([20, 33, 40])),
    rows.at([0, 4, 2]).matmul(columns.at([1, 4, 2])).tanh(),
    randn([2, 3]).matmul(randn([3])),
    randn([70]).matmul(randn([70, 9])),
    randn([600, 2, 3]).matmul(randn([600, 3, 2])),
    randn([20, 9]).matmul(randn([9, 100])).mul(2).tanh(),
    randn([200, 40]).matmul(randn([40, 150])).add(randn([150])).relu().sum(0),
  ];
}
same("batches of products, with broadcast batches and epilogues", batches);

/** Where the depth is cut: products with a few results and many steps. */
const DEEP = [[1, 1025, 1], [2, 5000, 3], [1, 1024, 40], [33, 1500, 20], [20, 2049, 130], [
  70,
  1100,
  66,
]] as const;

/** Σ |a| |b| for each result. */
function magnitude(a: Tensor, b: Tensor): Tensor {
  return a.abs().to("float64").matmul(b.abs().to("float64"));
}

/** Holds results to `relative` · Σ |a| |b| around the product in float64. */
function holdTo(relative: number, a: Tensor, b: Tensor, result: Tensor): void {
  const wanted = a.to("float64").matmul(b.to("float64")).data,
    most = magnitude(a, b).data,
    found = result.data;
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(Number(found[i]) - Number(wanted[i])), bound = relative * Number(most[i]);
    assert(error <= bound, `${a.shape} by ${b.shape} at ${i}: ${error} is more than ${bound}`);
  }
}

Deno.test("a cut depth keeps to the bound, adds the pieces in one order, and suits integers and epilogues", () => {
  for (const [m, k, n] of DEEP) {
    manualSeed(k);
    const a = randn([m, k]), b = randn([k, n]), there = [a.to("cuda"), b.to("cuda")] as const;
    const product = there[0].matmul(there[1]);
    holdTo(k * 2 ** -24, a, b, product.to("cpu"));
    const turned = there[1].mT().contiguous().matmul(there[0].mT().contiguous()).mT();
    assertEquals(bits(turned.contiguous()), bits(product), "however the sides lie");
    const double = there[0].to("float64").matmul(there[1].to("float64")).to("cpu");
    holdTo(2 * k * 2 ** -53, a.to("float64"), b.to("float64"), double);
    const ended = there[0].matmul(there[1]).add(1).relu();
    assertEquals(bits(ended), bits(product.to("cpu").add(1).relu()));
  }
  compare(() =>
    DEEP.map(([m, k, n]) => randn([m, k]).mul(9).to("int32").matmul(randn([k, n]).mul(9).to("int32")))
  );
});

/** Runs `f` while a precision is in force. */
function at<T>(precision: MatmulPrecision, f: () => T): T {
  setMatmulPrecision(precision);
  try {
    return f();
  } finally {
    setMatmulPrecision("highest");
  }
}

/** The nearest TF32 number, of two the one away from zero. */
function toTf32(x: number): number {
  const word = new Int32Array(1), float = new Float32Array(word.buffer);
  float[0] = x;
  word[0] = word[0]! + 0x1000 & ~0x1fff;
  return float[0]!;
}

Deno.test("the precision of products is one of three", () => {
  assertEquals(matmulPrecision(), "highest");
  at("high", () => assertEquals(matmulPrecision(), "high"));
  for (const wrong of ["best", "", undefined, 1]) {
    assertThrows(() => setMatmulPrecision(wrong as MatmulPrecision), ArgumentError);
  }
  assertEquals(matmulPrecision(), "highest");
});

Deno.test("products in TF32 keep to the bound, in any layout, or are exact where there are no tensor cores", () => {
  const sizes: readonly (readonly [number, number, number])[] = [...SIZES, ...DEEP, [64, 64, 64], [
    1500,
    20,
    1300,
  ]];
  for (const [m, k, n] of sizes) {
    manualSeed(m + k);
    const a = randn([m, k]), b = randn([k, n]), there = [a.to("cuda"), b.to("cuda")] as const;
    const turned = there.map((side) => side.mT().contiguous().mT());
    for (const precision of ["high", "medium"] as const) {
      for (const x of [there[0], turned[0]!]) {
        for (const y of [there[1], turned[1]!]) {
          const result = at(precision, () => x.matmul(y));
          holdTo(2 ** -10 + (k + 8) * 2 ** -23, a, b, result.to("cpu"));
          if (!TENSOR_CORES) assertEquals(bits(result), bits(there[0].matmul(there[1])));
        }
      }
    }
  }
});

Deno.test("operands are rounded to TF32, and nothing else where sums are exact", () => {
  for (const [m, k, n] of [[16, 8, 8], [70, 50, 90], [129, 33, 40], [20, 1100, 20]] as const) {
    // Whole numbers of 13 bits, three more than TF32 has, times −1, 0 or 1: sums of so many are exact in float32.
    const a = arange(0, m * k, 1).mul(7919).reshape([m, k]).sub(arange(0, k, 1).mul(30)).fmod(8192).round();
    const b = arange(0, k * n, 1).mul(17).reshape([k, n]).fmod(3).sub(1);
    const rounded = tensor(Float32Array.from(a.data as Float32Array, TENSOR_CORES ? toTf32 : (x) => x))
      .reshape([m, k]);
    if (TENSOR_CORES) assert(!rounded.eq(a).all().item(), "some are rounded");
    const found = at("high", () => a.to("cuda").matmul(b.to("cuda")));
    assertEquals(bits(found), bits(rounded.matmul(b)), `${m} ${k} ${n}`);
    const exact = a.to("cuda").matmul(b.to("cuda"));
    assertEquals(bits(exact), bits(a.matmul(b)), "without leave nothing is rounded");
  }
});

Deno.test("TF32 knows NaN and infinities, and suits epilogues and batches", () => {
  const a = randn([20, 40]).to("cuda"), b = tensor([NaN, Infinity, 1, -Infinity]).to("cuda");
  const columns = b.reshape([1, 4]).expand([40, 4]);
  const found = at("high", () => a.abs().matmul(columns)).to("cpu").at(3).toArray() as number[];
  assertEquals(found.slice(0, 2), [NaN, Infinity]);
  assertEquals(found[3], -Infinity);
  on("cuda", () => {
    manualSeed(2);
    const exact = batches().map((x) => x.to("cpu").data as Float32Array);
    manualSeed(2);
    at("high", batches).forEach((x, i) => {
      const found = x.to("cpu").data as Float32Array;
      found.forEach((value, j) =>
        assert(Math.abs(value - exact[i]![j]!) < .2, `${i}: ${value}, ${exact[i]![j]}`)
      );
    });
  });
});

/** Two matrices whose product is the first, in whose elements there is a bit too many for TF32. */
function fineAndOne(): [fine: Tensor, one: Tensor] {
  const fine = new Float32Array(256).fill(1 + 2 ** -12);
  const one = Float32Array.from({ length: 256 }, (_, i) => i % 17 === 0 ? 1 : 0);
  return [tensor(fine).reshape([16, 16]), tensor(one).reshape([16, 16])];
}

function wasRounded(x: Tensor): boolean {
  return x.sub(1 + 2 ** -12).abs().max().item() > 0;
}

Deno.test("a product keeps the precision that it was recorded with, and so do its gradients", () => {
  on("cuda", () => {
    const [fine, one] = fineAndOne();
    for (const precision of ["highest", "high", "highest"] as const) {
      const leaf = tensor(one.data as Float32Array, { requiresGrad: true });
      const product = at(precision, () => fine.matmul(leaf.reshape([16, 16])));
      product.mul(one).sum().backward();
      assertEquals(wasRounded(product), TENSOR_CORES && precision === "high", precision);
      assertEquals(wasRounded(leaf.grad!), TENSOR_CORES && precision === "high", precision);
    }
  });
});

Deno.test("plans and compiled programs of one precision are not those of another", () => {
  on("cuda", () => {
    const [fine, one] = fineAndOne();
    const multiply = (): Tensor => fine.matmul(one), step = compile(() => fine.matmul(one).mul(1));
    for (const f of [multiply, step as () => Tensor]) {
      for (const precision of ["highest", "high", "highest", "high", "high", "highest"] as const) {
        const product = at(precision, f);
        assertEquals(wasRounded(product), TENSOR_CORES && precision === "high", precision);
      }
    }
    const before = stats().plansBuilt;
    for (const precision of ["highest", "high"] as const) wasRounded(at(precision, multiply));
    assertEquals(stats().plansBuilt, before, "each is kept");
  });
});

Deno.test("the CPU is exact whatever is allowed", () => {
  setDefaultDevice("cpu");
  manualSeed(1);
  const a = randn([40, 30]), b = randn([30, 50]), exact = a.matmul(b);
  evaluate(exact);
  assertEquals(bits(at("medium", () => a.matmul(b))), bits(exact));
});
