/**
 * What the machine can do at most, as loops in C find it: the peak of fused multiply-adds, and bandwidths.
 *
 * @module
 */
import { aligned, compileC } from "./c_library.ts";

/** Something that is measured, and how much of it is done in one go. */
export interface Limit {
  /** What is done. */
  readonly what: string;
  /** What is counted. */
  readonly unit: "GFLOP/s" | "GB/s";
  /** How much one go does: operations or bytes. */
  readonly amount: number;
  /** Does it once. */
  work(): void;
}

const SYMBOLS = {
  multiply_add_float32: { parameters: ["buffer", "u32", "u32"], result: "void" },
  multiply_add_float64: { parameters: ["buffer", "u32", "u32"], result: "void" },
  multiply_add_float32_avx2: { parameters: ["buffer", "u32", "u32"], result: "void" },
  multiply_add_float64_avx2: { parameters: ["buffer", "u32", "u32"], result: "void" },
  read_bytes: { parameters: ["buffer", "buffer", "u32", "u32", "u32"], result: "void" },
  move_bytes: { parameters: ["buffer", "buffer", "u32", "u32", "u32", "u32"], result: "void" },
  nothing: { parameters: [], result: "void" },
} as const;

/** What `limits.c` does in a round of a thread: 12 sums of vectors of 64 bytes (AVX2: 32), two operations each. */
const FLOPS_A_ROUND = {
  float32: 12 * 16 * 2,
  float64: 12 * 8 * 2,
  float32_avx2: 12 * 8 * 2,
  float64_avx2: 12 * 4 * 2,
} as const;
/** What they are called. */
const MULTIPLY_ADD = {
  float32: "float32",
  float64: "float64",
  float32_avx2: "float32 with AVX2",
  float64_avx2: "float64 with AVX2",
} as const;
const ROUNDS = 200_000;
/** The bytes of a vector. */
const VECTOR = 64;
/** With more inputs for an output than this, what is written does not count. */
const MOST_ARRAYS = 8;

type Loops = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

/** An array that all loops share: as long as the longest one wants. */
class Room {
  #array = aligned(0, 0);

  /** The array, with values in this many bytes at least. */
  of(bytes: number): Float32Array<ArrayBuffer> {
    if (this.#array.byteLength < bytes) this.#array = aligned(bytes / 4, .5);
    return this.#array;
  }
}

/** The loops in C. */
export class MachineLimits {
  readonly #loops: Loops;
  readonly #threads: number;
  readonly #from: Room;
  readonly #to: Room;

  private constructor(loops: Loops, threads: number, from = new Room(), to = new Room()) {
    this.#loops = loops;
    this.#threads = threads;
    this.#from = from;
    this.#to = to;
  }

  /** The loops for so many threads; undefined, and told of, where there is no compiler. */
  static compile(threads: number): MachineLimits | undefined {
    const loops = compileC("limits", SYMBOLS);
    return loops === undefined ? undefined : new MachineLimits(loops, threads);
  }

  /** The same for another number of threads. */
  withThreads(threads: number): MachineLimits {
    return new MachineLimits(this.#loops, threads, this.#from, this.#to);
  }

  /** Multiplications with additions, of a dtype with vectors as long as they come, or with those of AVX2. */
  multiplyAdd(dtype: keyof typeof MULTIPLY_ADD): Limit {
    const out = aligned(this.#threads, 0), run = this.#loops[`multiply_add_${dtype}`];
    return {
      what: `multiply and add, ${MULTIPLY_ADD[dtype]}`,
      unit: "GFLOP/s",
      amount: FLOPS_A_ROUND[dtype] * ROUNDS * this.#threads,
      work: () => run(out, ROUNDS, this.#threads),
    };
  }

  /** Bytes of each thread's own, read from a level of the memory so many times. */
  read(level: string, bytes: number, rounds: number): Limit {
    const threads = this.#threads, out = aligned(threads, 0);
    return {
      what: `read from ${level}`,
      unit: "GB/s",
      amount: bytes * rounds * threads,
      work: () => this.#loops.read_bytes(this.#from.of(bytes * threads), out, bytes, rounds, threads),
    };
  }

  /** As many arrays read as are given, and one written, of so many bytes each. */
  move(what: string, arrays: number, bytes: number, past: boolean): Limit {
    const count = Math.max(1, Math.floor(bytes / VECTOR));
    const from = (): Float32Array<ArrayBuffer> => this.#from.of(arrays * count * VECTOR);
    const to = (): Float32Array<ArrayBuffer> => this.#to.of(count * VECTOR);
    return {
      what,
      unit: "GB/s",
      amount: (arrays + 1) * count * VECTOR,
      work: () => this.#loops.move_bytes(from(), to(), count, arrays, past ? 1 : 0, this.#threads),
    };
  }

  /** What a piece of work that reads and writes so many bytes can be compared with: the quickest of these. */
  ofTraffic(read: number, written: number): Limit[] {
    const arrays = Math.max(1, Math.round(read / written));
    if (arrays > MOST_ARRAYS) {
      const own = VECTOR * 8 * Math.max(1, Math.floor(read / this.#threads / VECTOR / 8));
      return [this.read("memory", own, 1)];
    }
    return [false, true].map((past) =>
      this.move(past ? "moved past the caches" : "moved", arrays, written, past)
    );
  }

  /** A call that does nothing. */
  call(): void {
    this.#loops.nothing();
  }
}
