/**
 * Random numbers that are a function of their position: Philox 4x32 with ten rounds.
 *
 * @module
 */

const MULTIPLIER_0 = 0xd2511f53 | 0;
const MULTIPLIER_1 = 0xcd9e8d57 | 0;
const WEYL_0 = 0x9e3779b9 | 0;
const WEYL_1 = 0xbb67ae85 | 0;
const ROUNDS = 10;
const WORD = 2 ** 32;

/**
 * The high 32 bits of a product of two 32-bit words, by halves: doubles cannot hold 64 bits. Words are signed all along,
 * since V8 keeps those as they are, but puts greater numbers on the heap until it has optimized the code.
 */
function highProduct(x: number, y: number): number {
  const xHigh = x >>> 16, xLow = x & 0xffff, yHigh = y >>> 16, yLow = y & 0xffff;
  const middle = Math.imul(xHigh, yLow) + (Math.imul(xLow, yLow) >>> 16) | 0;
  const carried = Math.imul(xLow, yHigh) + (middle & 0xffff) | 0;
  return Math.imul(xHigh, yHigh) + (middle >>> 16) + (carried >>> 16) | 0;
}

/** Writes the four random words of a position into `words`. Position and seed are integers below 2^53. */
export function philox(position: number, seed: number, words: Uint32Array): void {
  let c0 = position | 0, c1 = Math.floor(position / WORD) | 0, c2 = 0, c3 = 0;
  let k0 = seed | 0, k1 = Math.floor(seed / WORD) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLIER_0, c0), low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = highProduct(MULTIPLIER_1, c2), low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = k0 + WEYL_0 | 0;
    k1 = k1 + WEYL_1 | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

const scratch = new Uint32Array(4);

/** A uniform float32 in [0, 1): 24 random bits. */
export function uniform32(index: number, seed: number, base: number): number {
  philox(base + index, seed, scratch);
  return (scratch[0]! >>> 8) * 2 ** -24;
}

/** A uniform float64 in [0, 1): 53 random bits. */
export function uniform64(index: number, seed: number, base: number): number {
  philox(base + index, seed, scratch);
  return ((scratch[0]! >>> 5) * 2 ** 26 + (scratch[1]! >>> 6)) * 2 ** -53;
}
