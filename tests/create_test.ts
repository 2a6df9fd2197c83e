/**
 * Making tensors and reading them.
 */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import {
  arange,
  type DType,
  eye,
  full,
  manualSeed,
  ones,
  onesLike,
  rand,
  randn,
  setDefaultDevice,
  tensor,
  type TypedArray,
  uniform,
  zeros,
  zerosLike,
} from "@tensaur/tensaur";
import { DTYPE_BY_CODE } from "../src/dtype.ts";
import { DEVICE, DEVICES } from "./devices.ts";

Deno.test("numbers, nested arrays and typed arrays become tensors", () => {
  assertEquals(tensor(5).shape, []);
  assertEquals(tensor([]).shape, [0]);
  assertEquals(tensor([[], []]).shape, [2, 0]);
  assertEquals(tensor([[[1], [2]]]).toArray(), [[[1], [2]]]);
  assertEquals(tensor([true, false]).toArray(), [true, false]);
  assertEquals(tensor(true).item(), 1);
  const arrays: [TypedArray, DType][] = [
    [new Float32Array([1, 2]), "float32"],
    [new Float64Array([1, 2]), "float64"],
    [new Int32Array([1, 2]), "int32"],
    [new Uint8Array([1, 2]), "uint8"],
  ];
  for (const [array, dtype] of arrays) {
    assertEquals(tensor(array).dtype, dtype);
    assertEquals(tensor(array).data, array);
    assertEquals(tensor(array, { dtype: "bool" }).toArray(), [true, true]);
  }
});

Deno.test("values are rounded to the dtype: fractions cut, overflow saturated, NaN 0", () => {
  const values = [1.7, -1.7, 300, -5, NaN, 1e12];
  assertEquals([...tensor(values, { dtype: "int32" }).data], [1, -1, 300, -5, 0, 2 ** 31 - 1]);
  assertEquals([...tensor(values, { dtype: "uint8" }).data], [1, 0, 255, 0, 0, 255]);
  assertEquals([...tensor(values, { dtype: "bool" }).data], [1, 1, 1, 1, 1, 1]);
  assertEquals([...tensor([0.1], { dtype: "float32" }).data], [Math.fround(0.1)]);
  assertEquals([...full([1], 300, { dtype: "uint8" }).data], [255]);
});

Deno.test("a tensor does not share the array it was made of, nor the arrays it gave", () => {
  const values = new Float32Array(5000).fill(1), x = tensor(values), doubled = x.mul(2);
  values[0] = 9;
  assertEquals([x.at(0).item(), doubled.at(0).item()], [1, 2]);
  const nested = [[1], [2]], y = tensor(nested);
  nested[0]![0] = 9;
  assertEquals(y.toArray(), [[1], [2]]);
});

Deno.test("data is the matching typed array, in row-major order", () => {
  const classes = {
    float32: Float32Array,
    float64: Float64Array,
    int32: Int32Array,
    uint8: Uint8Array,
    bool: Uint8Array,
  };
  for (const dtype of DTYPE_BY_CODE) {
    const x = ones([2, 3], { dtype });
    assert(x.data instanceof classes[dtype]);
    assertEquals(x.data.length, 6);
    assertEquals(x.at(":", 1).data.length, 2);
  }
  const wide = arange(6000).reshape([60, 100]).mT();
  assertEquals(wide.data[1], 100);
  assertEquals(wide.data, wide.data);
});

for (const device of DEVICES) {
  Deno.test(`${device}: zeros, ones, full, arange and eye`, () => {
    for (const dtype of DTYPE_BY_CODE) {
      const options = { dtype, device };
      assertEquals([...zeros([2, 2], options).data], [0, 0, 0, 0]);
      assertEquals([...ones([3], options).data], [1, 1, 1]);
      assertEquals(full([2], 1, options).dtype, dtype);
      assertEquals([...eye(2, 3, options).data], [1, 0, 0, 0, 1, 0]);
      const like = zeros([2], options);
      assertEquals([zerosLike(like).dtype, onesLike(like).device], [dtype, device]);
    }
    assertEquals(arange(3, undefined, 1, { device }).toArray(), [0, 1, 2]);
    assertEquals(arange(-1, 1, 0.5, { device }).toArray(), [-1, -0.5, 0, 0.5]);
    assertEquals(arange(5, 0, -2, { dtype: "int32", device }).toArray(), [5, 3, 1]);
    assertEquals(arange(0, 1, 0.1, { device }).at(3).item(), Math.fround(0.1 * 3));
    assertEquals(arange(2, 2, 1, { device }).shape, [0]);
    assertEquals(full([2], true, { device }).toArray(), [true, true]);
  });

  Deno.test(`${device}: random tensors are a function of the seed and of what was drawn before`, () => {
    const draw = (seed: number): number[] => {
      manualSeed(seed);
      return [
        ...rand([3], { device }).data,
        ...randn([3], { device }).data,
        ...uniform([2], 5, 6, { device }).data,
      ];
    };
    assertEquals(draw(1), draw(1));
    assertNotEquals(draw(1), draw(2));
    manualSeed(3);
    const whole = [...rand([10], { device }).data];
    manualSeed(3);
    assertEquals([...rand([4], { device }).data, ...rand([6], { device }).data], whole);
  });

  Deno.test(`${device}: random tensors have the moments that they should`, () => {
    manualSeed(11);
    for (const dtype of ["float32", "float64"] as const) {
      const u = rand([20000], { dtype, device }), n = randn([20000], { dtype, device });
      assert(u.min().item() >= 0 && u.max().item() < 1);
      assertAlmostEquals(u.mean().item(), 0.5, 0.01);
      assertAlmostEquals(n.mean().item(), 0, 0.03);
      assertAlmostEquals(n.square().mean().item(), 1, 0.05);
      assertAlmostEquals(n.pow(4).mean().item(), 3, 0.3);
      assertEquals(n.eq(n).all().item(), 1);
    }
  });

  Deno.test(`${device}: whatever is made with requiresGrad is a leaf`, () => {
    const options = { device, requiresGrad: true };
    for (
      const x of [
        tensor([1, 2], options),
        zeros([2], options),
        ones([2], options),
        arange(1, 3, 1, options),
        rand([2], options),
        eye(1, 2, options),
      ]
    ) {
      assertEquals(x.requiresGrad, true);
      x.mul(3).sum().backward();
      assertEquals([...x.grad!.data], [3, 3]);
    }
  });
}

Deno.test("all devices draw the same numbers", () => {
  const drawn = DEVICES.map((device) => {
    manualSeed(5);
    return [...rand([100], { device }).data, ...rand([100], { device, dtype: "float64" }).data];
  });
  for (const numbers of drawn) assertEquals(numbers, drawn[0]);
});

Deno.test("setDefaultDevice decides where tensors are made", () => {
  try {
    setDefaultDevice("reference");
    assertEquals(
      [tensor([1]).device, rand([1]).device, zeros([1]).add(1).device],
      Array(3).fill("reference"),
    );
    assertEquals(tensor([1], { device: "cpu" }).device, "cpu");
  } finally {
    setDefaultDevice(DEVICE);
  }
});

Deno.test("TENSAUR_DEVICE names the first default device; what is none is refused with the variable", async () => {
  const code = `import { ones } from "${new URL(
    "../mod.ts",
    import.meta.url,
  )}"; console.log(ones([1]).device);`;
  const told = async (name: string): Promise<string> => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
      env: { TENSAUR_DEVICE: name, NO_COLOR: "1" },
    });
    const { stdout, stderr } = await command.output();
    return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
  };
  assertEquals([await told("reference"), await told("")], ["reference", "cpu"]);
  assertStringIncludes(
    await told("gpu"),
    "DeviceError: Cannot use TENSAUR_DEVICE=gpu: want one of cpu, reference",
  );
});

Deno.test("numbers beside tensors keep the tensor's dtype", () => {
  const int = tensor([1, 2], { dtype: "int32" }), byte = tensor([1, 2], { dtype: "uint8" });
  assertEquals(ones([1]).mul(Math.PI).dtype, "float32");
  assertEquals(ones([1], { dtype: "float64" }).mul(2).dtype, "float64");
  assertEquals(int.add(1).dtype, "int32");
  assertEquals(int.add(0.5).toArray(), [1.5, 2.5]);
  assertEquals(int.div(2).toArray(), [0.5, 1]);
  assertEquals(byte.add(1).dtype, "uint8");
  assertEquals(byte.add(-2).toArray(), [-1, 0]);
  assertEquals(byte.lt(300).toArray(), [true, true]);
  assertEquals(int.gt(0).mul(2).toArray(), [2, 2]);
  assertEquals(int.gt(0).dtype, "bool");
  assertEquals(int.gt(0).sum().item(), 2);
  assertEquals(int.gt(1).mean().item(), 0.5);
  assertEquals(tensor([2 ** 31 - 1], { dtype: "int32" }).add(1).item(), -(2 ** 31));
  assertEquals(byte.sub(2).toArray(), [255, 0]);
});
