/** Programs that run the kernels of `kernels/` and the compiler, and return what came out. */
import { compile, facts } from "./compiler.ts";
import {
  allocate,
  built,
  check,
  cuda,
  download,
  kernelOf,
  launch,
  type Shape,
  start,
  upload,
} from "./driver.ts";

/** Numbers between -1 and 1 that look random and are the same each time. */
function numbers(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!) || Number(a[i] !== b[i]));
  }
  return largest;
}

function vectorAdd(): unknown {
  start();
  const count = 1000;
  const [a, b] = [numbers(count), numbers(count, 2)];
  const out = allocate(4 * count);
  launch(built("vector_add"), { grid: [4], block: [256] }, [upload(a), upload(b), out, count]);
  const expected = a.map((value, i) => Math.fround(value + b[i]!));
  return { difference: largestDifference(download(out, new Float32Array(count)), expected) };
}

/** Shapes that no tile divides; each output is a chain of fused multiply-adds, which float64 comes close to. */
function matmul(): unknown {
  start();
  const kernel = built("matmul");
  return [[37, 53, 29], [64, 64, 64], [1, 5, 100], [128, 128, 128]].map(([rows, inner, columns]) => {
    const [a, b] = [numbers(rows! * inner!), numbers(inner! * columns!, 2)];
    const out = allocate(4 * rows! * columns!);
    const grid = [Math.ceil(columns! / 16), Math.ceil(rows! / 16)];
    launch(kernel, { grid, block: [16, 16] }, [upload(a), upload(b), out, rows!, inner!, columns!]);
    const expected = Float64Array.from({ length: rows! * columns! }, (_, at) => {
      const [row, column] = [Math.floor(at / columns!), at % columns!];
      let sum = 0;
      for (let k = 0; k < inner!; k++) sum += a[row * inner! + k]! * b[k * columns! + column]!;
      return sum;
    });
    return largestDifference(download(out, new Float32Array(rows! * columns!)), expected);
  });
}

function blockSum(): unknown {
  start();
  const [count, blocks] = [5000, 10];
  const values = numbers(count);
  const out = allocate(4 * blocks);
  launch(built("block_sum"), { grid: [blocks], block: [512] }, [upload(values), out, count]);
  const sums = download(out, new Float32Array(blocks));
  const expected = Array.from({ length: blocks }, (_, i) => {
    return values.subarray(512 * i, 512 * (i + 1)).reduce((sum, value) => sum + value, 0);
  });
  return { difference: largestDifference(sums, expected), bits: [...new Uint32Array(sums.buffer)] };
}

function votes(): unknown {
  start();
  const values = Int32Array.from({ length: 32 }, (_, i) => (i * 37) % 101 - 50);
  const out = allocate(4 * 32 * 6);
  launch(built("votes"), { grid: [1], block: [32] }, [upload(values), out]);
  const ballot = values.reduce((bits, value, i) => value > 0 ? bits | 1 << i : bits, 0) >>> 0;
  const expected = [...values].flatMap((_, i) => [
    ballot,
    Number(values.some((value) => value > 90)),
    Number(values.every((value) => value > -100)),
    values[(i & ~7) + 5]! >>> 0,
    values[i < 3 ? i : i - 3]! >>> 0,
    values[i ^ 9]! >>> 0,
  ]);
  return { difference: largestDifference(download(out, new Uint32Array(32 * 6)), expected) };
}

/** Bit operations and conversions whose results are known from their definitions. */
function intrinsics(): unknown {
  start();
  const out = allocate(4 * 32);
  launch(built("intrinsics"), { grid: [1], block: [1] }, [
    upload(new Float32Array([2.5, 3.5, -2.5, 1e20])),
    out,
  ]);
  return [...download(out, new Int32Array(20))];
}

/** Each thread of a grid in three dimensions tells where it is. */
function indices(): unknown {
  start();
  const threads = 2 * 3 * 2 * 4 * 2 * 3;
  const out = upload(new Int32Array(threads).fill(-1));
  launch(built("indices"), { grid: [2, 3, 2], block: [4, 2, 3] }, [out]);
  return {
    difference: largestDifference(download(out, new Int32Array(threads)), Array(threads).keys().toArray()),
  };
}

/** Threads that have left the kernel are not waited for. */
function leavers(): unknown {
  start();
  const out = upload(new Float32Array(64));
  launch(built("leavers"), { grid: [1], block: [64] }, [out, 40]);
  return [...download(out, new Float32Array(64))];
}

function histogram(): unknown {
  start();
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
  const [counts, total, highest] = [new Uint32Array(16), new BigUint64Array(1), new Int32Array([-1])];
  const addresses = [upload(bytes), upload(counts), upload(total), upload(highest)];
  launch(built("histogram"), { grid: [12], block: [256] }, [...addresses, bytes.length]);
  download(addresses[1]!, counts);
  download(addresses[2]!, total);
  download(addresses[3]!, highest);
  const expected = new Uint32Array(16);
  for (const byte of bytes) expected[byte % 16]!++;
  return {
    difference: largestDifference(counts, expected),
    total: Number(total[0]) - bytes.reduce((sum, byte) => sum + byte, 0),
    highest: highest[0]! - Math.max(...bytes),
  };
}

function lastBlockSum(): unknown {
  start();
  const values = numbers(128);
  const [out, finished] = [allocate(4), upload(new Uint32Array(1))];
  launch(built("last_block_sum"), { grid: [16], block: [32] }, [upload(values), allocate(64), finished, out]);
  const sum = download(out, new Float32Array(1))[0]!;
  return { difference: Math.abs(sum - values.reduce((total, value) => total + value, 0)) };
}

function doubleBuffer(): unknown {
  start();
  const values = numbers(1500);
  const out = allocate(4 * 256);
  launch(built("double_buffer"), { grid: [1], block: [64], shared: 2 * 4 * 256 }, [
    upload(values),
    out,
    values.length,
  ]);
  const expected = new Float32Array(256);
  for (const [i, value] of values.entries()) expected[i % 256] = Math.fround(expected[i % 256]! + value);
  return { difference: largestDifference(download(out, new Float32Array(256)), expected) };
}

/** A float's bits with the low ones cut off: 13 for TF32, 16 for bfloat16. */
function cut(value: number, bits: number): number {
  const word = new Uint32Array(new Float32Array([value]).buffer);
  word[0] = word[0]! >>> bits << bits;
  return new Float32Array(word.buffer)[0]!;
}

function plainProduct(a: number[], b: number[], c: ArrayLike<number>, inner: number): number[] {
  return Array.from({ length: 128 }, (_, at) => {
    let sum = c[at]!;
    for (let k = 0; k < inner; k++) sum += a[Math.floor(at / 8) * inner + k]! * b[k * 8 + at % 8]!;
    return Math.fround(sum);
  });
}

function fragments(): unknown {
  start();
  const warp: Shape = { grid: [1], block: [32] };
  const [a, b, c] = [numbers(256), numbers(128, 2), numbers(128, 3)];
  const half = (values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> =>
    Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16);
  const tf32 = upload(c);
  launch(built("fragment_tf32"), warp, [upload(a.slice(0, 128)), upload(b.slice(0, 64)), tf32]);
  const bf16 = upload(c);
  launch(built("fragment_bf16"), warp, [upload(half(a)), upload(half(b)), bf16]);
  const words = Uint16Array.from({ length: 256 }, (_, i) => i * 7);
  const loaded = allocate(4 * 256);
  launch(built("fragment_ldmatrix"), warp, [upload(words), loaded]);
  const element = (matrix: number, row: number, column: number): number =>
    words[matrix * 64 + row * 8 + column]!;
  const expected = Array.from({ length: 32 }, (_, lane) => {
    const [g, t] = [lane >> 2, lane % 4 * 2];
    const plain = [0, 1, 2, 3].map((m) => element(m, g, t) | element(m, g, t + 1) << 16);
    return [...plain, ...[0, 1, 2, 3].map((m) => element(m, t, g) | element(m, t + 1, g) << 16)];
  }).flat();
  const cutAll = (values: Float32Array, bits: number): number[] =>
    [...values].map((value) => cut(value, bits));
  return {
    tf32: largestDifference(
      download(tf32, new Float32Array(128)),
      plainProduct(cutAll(a.slice(0, 128), 13), cutAll(b.slice(0, 64), 13), c, 8),
    ),
    bf16: largestDifference(
      download(bf16, new Float32Array(128)),
      plainProduct(cutAll(a, 16), cutAll(b, 16), c, 16),
    ),
    ldmatrix: largestDifference(download(loaded, new Uint32Array(256)), expected),
  };
}

const SCALE = `extern "C" __global__ void scale(const float* in, float* out, float by, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) out[i] = __fmul_rn(in[i], by);
}`;

function program(): unknown {
  start();
  const options = ["--gpu-architecture=sm_80", "--fmad=false"];
  const broken = compile(SCALE.replace("count)", "length)"), options);
  const good = compile(SCALE, options);
  const out = allocate(40);
  const by = new Uint32Array(new Float32Array([2.5]).buffer)[0]!;
  const values = Float32Array.from({ length: 10 }, (_, i) => i);
  launch(kernelOf(good.image, "scale"), { grid: [1], block: [32] }, [upload(values), out, by, 10]);
  const begin = performance.now();
  const fresh = compile(`// ${Math.random()}\n${SCALE}`, options).result;
  const cold = performance.now() - begin;
  const again = performance.now();
  const cached = compile(SCALE, options).result;
  return {
    ...facts(),
    unknownArchitecture: compile(SCALE, ["-arch=sm_61"]).result,
    broken: { result: broken.result, log: broken.log, image: broken.image.length },
    scaled: [...download(out, new Float32Array(10))],
    fresh: { result: fresh, milliseconds: cold },
    cached: { result: cached, milliseconds: performance.now() - again },
  };
}

/** Runs a kernel of `defects.cu`, and tells the error at the next synchronization and what it wrote. */
function defect(name: string, shape: Shape, floats: number, extra: number[] = []): () => unknown {
  return () => {
    start();
    const input = upload(numbers(floats));
    const out = upload(new Float32Array(floats));
    const pointers = ONLY_OUTPUT.includes(name) ? [out] : [input, out];
    launch(built(name), shape, [...pointers, ...extra]);
    const result = cuda.cuCtxSynchronize();
    const written = result === 0 ? [...new Uint32Array(download(out, new Float32Array(floats)).buffer)] : [];
    return { result, after: cuda.cuCtxSynchronize(), written };
  };
}
const ONLY_OUTPUT = [
  ...[
    "divergent_barrier",
    "deadlock",
    "outside_of_mask",
    "blocks_collide",
    "shared_overrun",
    "overflowing_index",
  ],
];

function nullWrite(): unknown {
  start();
  launch(built("null_write"), { grid: [1], block: [1] }, [0n]);
  return {
    result: cuda.cuCtxSynchronize(),
    after: cuda.cuMemGetInfo_v2(new BigUint64Array(1), new BigUint64Array(1)),
  };
}

/** A buffer that the program forgets. */
function leakedBuffer(): unknown {
  start();
  for (let i = 0; i < 3; i++) {
    const address = upload(numbers(100));
    if (i !== 1) check(cuda.cuMemFree_v2(address));
  }
  return {};
}

const line: Shape = { grid: [1], block: [64] };
const warp: Shape = { grid: [1], block: [32] };

/** By name. */
export const kernelPrograms: Record<string, () => unknown> = {
  vectorAdd,
  matmul,
  blockSum,
  votes,
  intrinsics,
  indices,
  leavers,
  histogram,
  lastBlockSum,
  doubleBuffer,
  fragments,
  program,
  nullWrite,
  leakedBuffer,
  missingBarrier: defect("missing_barrier", line, 64),
  offByOne: defect("off_by_one", line, 63, [63]),
  unorderedSum: defect("unordered_sum", { grid: [4], block: [64] }, 256, [256]),
  wrongStride: defect("wrong_stride", { grid: [1], block: [8, 8] }, 64, [8, 8]),
  divergentBarrier: defect("divergent_barrier", warp, 32),
  deadlock: defect("deadlock", warp, 32),
  outsideOfMask: defect("outside_of_mask", warp, 32),
  missingSyncwarp: defect("missing_syncwarp", warp, 32),
  blocksCollide: defect("blocks_collide", { grid: [4], block: [1] }, 4),
  sharedOverrun: defect("shared_overrun", warp, 32),
  overflowingIndex: defect("overflowing_index", warp, 32, [1 << 28]),
  asyncNeighbour: defect("async_neighbour", warp, 32),
  asyncOverwrite: defect("async_overwrite", warp, 32),
  missingWait: defect("missing_wait", { grid: [1], block: [1] }, 4),
};
