/** Programs that run the fragments of `kernels/fragments.cu`: on a real device they tell whether the emulation is right. */
import { allocate, built, download, launch, type Shape, start, upload } from "./driver.ts";
import { largestDifference, numbers } from "./kernel_programs.ts";

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

/** What the fragment kernels made of fixed numbers, and what their definitions make of them. */
interface Fragment {
  found: Float32Array | Uint32Array;
  expected: ArrayLike<number>;
}

function fragmentResults(): Record<string, Fragment> {
  start();
  const warp: Shape = { grid: [1], block: [32] };
  const [a, b, c] = [numbers(256), numbers(128, 2), numbers(128, 3)];
  const half = (values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> =>
    Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16);
  const tf32 = upload(c);
  launch(built("fragment_tf32"), warp, [upload(a.slice(0, 128)), upload(b.slice(0, 64)), tf32]);
  const bf16 = upload(c);
  launch(built("fragment_bf16"), warp, [upload(half(a)), upload(half(b)), bf16]);
  const cutAll = (values: Float32Array, bits: number): number[] =>
    [...values].map((value) => cut(value, bits));
  return {
    tf32: {
      found: download(tf32, new Float32Array(128)),
      expected: plainProduct(cutAll(a.slice(0, 128), 13), cutAll(b.slice(0, 64), 13), c, 8),
    },
    bf16: {
      found: download(bf16, new Float32Array(128)),
      expected: plainProduct(cutAll(a, 16), cutAll(b, 16), c, 16),
    },
    ...movedFragments(),
  };
}

/** A register of a lane: two neighbours in a row of an 8×8 matrix of `words`, or in a column. */
function registerOf(words: Uint16Array, matrix: number, lane: number, transposed: boolean): number {
  const [row, column] = [lane >> 2, lane % 4 * 2];
  const element = (i: number): number => {
    return words[matrix * 64 + (transposed ? (column + i) * 8 + row : row * 8 + column + i)]!;
  };
  return (element(0) | element(1) << 16) >>> 0;
}

/** What loads, copies and conversions make of fixed words. */
function movedFragments(): Record<string, Fragment> {
  const warp: Shape = { grid: [1], block: [32] }, lanes = Array.from({ length: 32 }, (_, lane) => lane);
  const words = Uint16Array.from({ length: 256 }, (_, i) => i * 263);
  const results = (kernel: string, input: ArrayBufferView<ArrayBuffer>, count: number): Uint32Array => {
    const out = allocate(4 * count);
    launch(built(kernel), warp, [upload(input), out]);
    return download(out, new Uint32Array(count));
  };
  const loads = (which: readonly (readonly [matrix: number, transposed: boolean])[]): number[] =>
    lanes.flatMap((lane) => which.map(([matrix, turned]) => registerOf(words, matrix, lane, turned)));
  const four = [0, 1, 2, 3].map((matrix) => [matrix, false] as const);
  const few = [[0, false], [0, true], [0, false], [1, false], [0, true], [1, true]] as const;
  const copied = Uint32Array.from({ length: 224 }, (_, i) => i + 1);
  const laneOf = (i: number): number => i < 32 ? i : i < 96 ? (i - 32) >> 1 : (i - 96) >> 2;
  const floats = numbers(32, 5), [halfway, ulp] = [0x1000, 0x2000];
  const nearest = new Uint32Array(floats.buffer).map((word) => Math.floor((word + halfway) / ulp) * ulp);
  return {
    ldmatrix: {
      found: results("fragment_ldmatrix", words, 256),
      expected: loads([...four, ...four.map(([matrix]) => [matrix, true] as const)]),
    },
    ldmatrixFew: { found: results("fragment_ldmatrix_few", words, 192), expected: loads(few) },
    copyAsync: {
      found: results("fragment_copy_async", copied, 224),
      expected: copied.map((word, i) => laneOf(i) % 2 === 0 ? word : 0),
    },
    toTf32: { found: results("fragment_to_tf32", floats, 32), expected: nearest },
  };
}

/** How far fragments are from their definitions. */
function fragments(): unknown {
  return mapValues(fragmentResults(), ({ found, expected }) => largestDifference(found, expected));
}

/** The words of fragments, which those of another device are compared with. */
function fragmentDumps(): unknown {
  return mapValues(fragmentResults(), ({ found }) => [...new Uint32Array(found.buffer)]);
}

function mapValues<T, R>(values: Record<string, T>, f: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, f(value)]));
}

/** The programs by name. */
export const fragmentPrograms: Record<string, () => unknown> = { fragments, fragmentDumps };
