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
export function numbers(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** How far the numbers of two lists are apart at most. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
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

/** The course's exercises at the ends of their blocks; the bits of the sums, and how far products are off. */
function practice(): unknown {
  start();
  const [sum, product] = [built("sum_practice"), built("mm_practice")];
  const sums = [1, 32, 33, 48, 64].map((count) => {
    const values = Float64Array.from(numbers(count)), cells = Math.ceil(count / 32);
    const out = allocate(8 * cells);
    launch(sum, { grid: [Math.floor(count / 32) + 1], block: [32] }, [upload(values), out, count]);
    const found = download(out, new Float64Array(cells));
    const expected = Array.from({ length: cells }, (_, i) => {
      return values.subarray(32 * i, 32 * (i + 1)).reduce((sum, value) => sum + value, 0);
    });
    return { difference: largestDifference(found, expected), bits: [...new Uint32Array(found.buffer)] };
  });
  const products = [1, 2, 31, 32].map((size) => {
    const [a, b] = [numbers(size * size), numbers(size * size, 2)].map((values) => Float64Array.from(values));
    const out = allocate(8 * size * size);
    launch(product, { grid: [1], block: [32, 32] }, [upload(a!), upload(b!), out, size]);
    const expected = Float64Array.from({ length: size * size }, (_, at) => {
      const [row, column] = [Math.floor(at / size), at % size];
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a![row * size + k]! * b![k * size + column]!;
      return sum;
    });
    return largestDifference(download(out, new Float64Array(size * size)), expected);
  });
  return { sums, products };
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
  practice,
  blockSum,
  votes,
  intrinsics,
  indices,
  leavers,
  histogram,
  lastBlockSum,
  doubleBuffer,
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
