/**
 * What a case of the benchmarks is: a piece of work at some sizes, on the public surface and in the peers' words.
 *
 * @module
 */
import type { Device, DType, Tensor } from "@tensaur/tensaur";
import { DTYPES } from "../src/dtype.ts";

/** The library: this checkout's, or another's with the same surface. */
export type Library = typeof import("@tensaur/tensaur");

/** An input: a shape of random float32 numbers from 0 to 1, or of another dtype. */
export type Input = readonly number[] | TypedInput;

/** An input of another dtype. */
export interface TypedInput {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its dtype. */
  readonly dtype: "float64" | "int32";
  /** What integers stay below. */
  readonly below?: number;
}

/** Numbers from 0 to 1 of 64 bits. */
export function float64(...shape: number[]): TypedInput {
  return { shape, dtype: "float64" };
}

/** Positions below a bound. */
export function positions(below: number, ...shape: number[]): TypedInput {
  return { shape, dtype: "int32", below };
}

/** An input with its dtype. */
export function typedInput(input: Input): { shape: readonly number[]; dtype: DType; below?: number } {
  return "shape" in input ? input : { shape: input, dtype: "float32" };
}

/** The peers, by the keys that rows use. `Into` writes into an output that it is given, or in place. */
export const PEERS = {
  torch: "PyTorch eager",
  torchInto: "PyTorch into an output",
  torchCompiled: "torch.compile",
  numpy: "NumPy",
  numpyInto: "NumPy into an output",
  jax: "JAX jitted",
  tfjs: "tfjs, wasm",
  jaxJs: "jax-js, wasm",
  numpyTs: "numpy-ts",
  fused: "a fused loop in C",
  limit: "the machine's limit",
} as const;

/** The key of a peer. */
export type Peer = keyof typeof PEERS;

/** How much faster than the best of some peers the library has to be. */
export interface Goal {
  /** The peers. */
  readonly over: readonly Peer[];
  /** The ratio. */
  readonly atLeast: number;
}

/**
 * The work in the peers' words: an expression over the inputs, which have their names there too, and `o`, an output
 * of the right shape that is there already. Python sees `torch`, `np`, `jnp` and `jax`, JavaScript `tf`, `np`, `nn`.
 */
export interface Words {
  /** For PyTorch, as it is and under `torch.compile`. */
  readonly torch?: string;
  /** For PyTorch into `o`. */
  readonly torchInto?: string;
  /** What `torchInto` needs besides `o`, made once. */
  readonly torchSetup?: string;
  /** For NumPy. */
  readonly numpy?: string;
  /** For NumPy into `o`. */
  readonly numpyInto?: string;
  /** For JAX; it is jitted. */
  readonly jax?: string;
  /** For tfjs. */
  readonly tfjs?: string;
  /** For jax-js; it is jitted. An array that is used again is `x.ref`. */
  readonly jaxJs?: string;
  /** For numpy-ts. Work in several steps goes through `steps`, which frees what is made on the way. */
  readonly numpyTs?: string;
  /** Whether it is the chain that `hand_fused.c` has as a loop. */
  readonly fused?: true;
}

/** The words of a peer; undefined if the row has none. */
export function wordsOf(words: Words, peer: Exclude<Peer, "limit" | "fused">): string | undefined {
  return words[peer === "torchCompiled" ? "torch" : peer];
}

/** A piece of work at one size. */
export interface Work<Name extends string = string> {
  /** The inputs by their names. */
  readonly inputs: Readonly<Record<Name, Input>>;
  /** The work on the public surface; what it returns is evaluated. */
  readonly ours: (inputs: Readonly<Record<Name, Tensor>>, library: Library) => Tensor;
  /** Additions and multiplications, where these are the limit. */
  readonly flops?: number;
  /** Whether it is a map of functions such as exp, whose arithmetic is the limit. */
  readonly transcendental?: true;
  /** Bytes that must be read and written, where that is not each element of the inputs and the result once. */
  readonly bytes?: number;
  /** The peers' words. */
  readonly peers: Words;
  /** What is wanted at least. */
  readonly goals?: readonly Goal[];
}

/** A row of the list. */
export interface Case {
  /** What is done. */
  readonly name: string;
  /** Whether a sample ends in reading `.data`, which copies the values, not in `evaluate`. */
  readonly reads: boolean;
  /** The work at sizes of one's own, in the order of the row. */
  at(...sizes: number[]): Work;
  /** The work at the size that is measured. */
  full(): Work;
  /** The same at a size that takes no time. */
  tiny(): Work;
}

/** Checks that a piece of work uses the inputs that it has. */
export function work<const Name extends string>(made: Work<Name>): Work {
  return made;
}

/** A row: its name, the sizes that are measured, tiny ones, and the work at given sizes. */
export function row(
  name: string,
  sizes: readonly number[],
  tiny: readonly number[],
  at: (...sizes: number[]) => Work,
): Case {
  return { name, reads: false, at, full: () => at(...sizes), tiny: () => at(...tiny) };
}

/** A row whose samples end in reading `.data`. */
export function reading(item: Case): Case {
  return { ...item, name: `${item.name}, .data read`, reads: true };
}

/** A result of at most so many elements is left to the garbage collector, as users do. */
const SMALL = 1000;

/** The inputs of a piece of work, with values in memory. */
export function makeInputs(library: Library, work: Work, device: Device): Record<string, Tensor> {
  const tensors = Object.fromEntries(
    Object.entries(work.inputs).map(([name, input]) => {
      const { shape, dtype, below } = typedInput(input);
      if (below === undefined) return [name, library.rand(shape, { dtype, device })];
      return [name, library.rand(shape, { device }).mul(below).floor().to(dtype)];
    }),
  );
  library.evaluate(...Object.values(tensors));
  return tensors;
}

/** Values for the inputs of a case, by their names. */
export type Values = Readonly<Record<string, ArrayLike<number>>>;

/** The values of some inputs, for others who do the same work. */
export function valuesOf(inputs: Readonly<Record<string, Tensor>>): Values {
  return Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, x.data]));
}

/** A piece of work whose inputs are there; their bytes are given back with it. */
export interface Prepared extends Disposable {
  /** Does it once. */
  readonly run: () => void;
  /** How many bytes have to be read at least. */
  readonly read: number;
  /** How many have to be written. */
  readonly written: number;
  /** The dtype of the result. */
  readonly dtype: DType;
}

function bytesOf({ size, dtype }: Tensor): number {
  return size * DTYPES[dtype].size;
}

/** Makes the inputs, and finds what must be moved: each element of them and of the result once. */
export function prepare(library: Library, item: Case, work: Work, device: Device = "cpu"): Prepared {
  const inputs = makeInputs(library, work, device);
  const make = (): Tensor => work.ours(inputs, library);
  // Computed, so that nothing of it waits beside what is measured.
  using result = make();
  library.evaluate(result);
  const { size, dtype } = result, written = bytesOf(result);
  const touched = Object.values(inputs).reduce((sum, x) => sum + bytesOf(x), written);
  const run = item.reads ? () => void make().data : evaluating(library, make, size <= SMALL);
  const dispose = (): void => Object.values(inputs).forEach((x) => x[Symbol.dispose]());
  const read = (work.bytes ?? touched) - written;
  return { run, read, written, dtype, [Symbol.dispose]: dispose };
}

function evaluating(library: Library, make: () => Tensor, small: boolean): () => void {
  if (small) return () => library.evaluate(make());
  return () => {
    // The bytes are given back at once, as a reference count would.
    using result = make();
    library.evaluate(result);
  };
}
