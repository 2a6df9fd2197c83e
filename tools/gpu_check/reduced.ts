// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * A little of every family of kernels, which compute-sanitizer can watch in reasonable time: prints how many results
 * have the CPU's bits.
 *
 * @module
 */
import {
  arange,
  type Device,
  evaluate,
  manualSeed,
  rand,
  randn,
  reduce,
  setDefaultDevice,
  synchronize,
  type Tensor,
  tensor,
  where,
} from "@tensaur/tensaur";
import { mmPractice, rand as courseRand, sumPractice } from "@tensaur/tensaur/minitorch";

/** Some results of each family, of sizes that no tile divides. */
const FAMILIES: Readonly<Record<string, () => readonly Tensor[]>> = {
  map(): Tensor[] {
    const x = randn([37, 65]);
    return [x.mul(2).add(1).tanh(), x.transpose(0, 1).exp(), where(x.gt(0), x, 0), x.to("int32"), rand([33])];
  },
  reduce(): Tensor[] {
    const x = randn([5, 4099]);
    return [
      x.sum(1),
      x.sum(0),
      x.sum(),
      x.argmax(1),
      x.transpose(0, 1).max(0),
      x.at(":", [0, 700]).softmax(1),
    ];
  },
  matmul(): Tensor[] {
    const a = randn([37, 53]), b = randn([53, 29]), batch = randn([3, 5, 7]);
    return [
      a.matmul(b),
      a.matmul(b).add(1).relu(),
      batch.matmul(randn([7, 2])),
      a.to("float64").matmul(b.to("float64")),
      randn([130, 70]).matmul(randn([70, 140])),
      randn([1, 300]).matmul(randn([300, 4])),
    ];
  },
  moves(): Tensor[] {
    const x = randn([50, 6]), index = arange(0, 50, 1, { dtype: "int32" }).reshape([50, 1]).expand([50, 6]);
    const leaf = tensor(x.data as Float32Array, { requiresGrad: true });
    leaf.reshape([50, 6]).gather(0, index).mul(2).sum().backward();
    return [x.gather(0, index), leaf.grad!];
  },
  fold: () => [reduce(randn([20, 9]), (a, b) => a / 2 + b, 1, { axis: 0 })],
};

/** The bytes of a family's results on a device. */
function bytesOn(device: Device, family: () => readonly Tensor[]): Uint8Array[] {
  setDefaultDevice(device);
  manualSeed(7);
  const results = family();
  evaluate(...results);
  if (device !== "cpu") synchronize(device);
  return results.map(({ data }) => new Uint8Array(data.slice().buffer));
}

let results = 0;
for (const [name, family] of Object.entries(FAMILIES)) {
  const wanted = bytesOn("cpu", family), found = bytesOn("cuda", family);
  for (const [i, bytes] of found.entries()) {
    if (!bytes.every((byte, at) => byte === wanted[i]![at])) throw new Error(`${name}: result ${i} differs`);
    results++;
  }
}
const square = courseRand([32, 32]), product = square.matmul(square).data.storage;
if (!mmPractice(square, square).data.storage.every((x, i) => x === product[i])) {
  throw new Error("mmPractice differs");
}
sumPractice(courseRand([48])).toNumpy();
console.log(`${results} results have the CPU's bits`);
