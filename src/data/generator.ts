/**
 * Random numbers for plain JavaScript: the library's own generator, read one number after another.
 *
 * @module
 */
import { philox, uniform64 } from "../ops/philox.ts";

const words = new Uint32Array(4);

/** A sequence of random numbers that its seed decides. */
export class Generator {
  readonly #seed: number;
  #position: number;

  /** Starts the sequence of a seed at a position. */
  constructor(seed: number, position = 0) {
    this.#seed = seed;
    this.#position = position;
  }

  /** A uniform number from 0 to below 1. */
  next(): number {
    return uniform64(this.#position++, this.#seed, 0);
  }

  /**
   * The numbers from 0 to below `length` in random order. 32 random bits choose a place, so places differ in
   * likelihood by at most `length` in 2^32.
   */
  permutation(length: number): Int32Array<ArrayBuffer> {
    const order = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const word = i & 3;
      if (word === 0) philox(this.#position++, this.#seed, words);
      const j = Math.floor(words[word]! * 2 ** -32 * (i + 1));
      order[i] = order[j]!;
      order[j] = i;
    }
    return order;
  }
}
