// deno-lint-ignore-file no-console -- a rival that is missing is told of
/**
 * The rivals in C: the chain as one hand-fused loop, and a loop that moves as many bytes and does nothing else.
 *
 * @module
 */

const LOOP = { parameters: ["buffer", "buffer", "buffer", "buffer", "u32"], result: "void" } as const;
const FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC", "-Wl,-z,nodelete"];

interface Loops {
  readonly chain: (work: number) => () => void;
  readonly stream: (work: number) => () => void;
}

/** An array at an address that is a multiple of 64. */
function aligned(length: number, value: number): Float32Array<ArrayBuffer> {
  const bytes = new ArrayBuffer(4 * length + 64);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
  const skip = Number(-BigInt(address) & 63n);
  return new Float32Array(bytes, skip, length).fill(value);
}

function compile(): Loops | undefined {
  const library = "target/hand_fused.so";
  const source = new URL("hand_fused.c", import.meta.url).pathname;
  try {
    const { success } = new Deno.Command("cc", { args: [...FLAGS, source, "-o", library, "-lm"] })
      .outputSync();
    if (!success) throw new Error("it does not compile the loops");
  } catch (error) {
    console.log(`Skipping the loops in C: no use of cc: ${(error as Error).message}`);
    return undefined;
  }
  const { symbols } = Deno.dlopen(library, { chain: LOOP, stream: LOOP });
  const prepare = (loop: typeof symbols.chain) => (length: number) => {
    const [x, w, b, out] = [.5, .25, .125, 0].map((value) => aligned(length, value)) as [
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
    ];
    return () => loop(x, w, b, out, length);
  };
  return { chain: prepare(symbols.chain), stream: prepare(symbols.stream) };
}

let loops: Loops | undefined | null = null;

/** A loop in C over so many elements; undefined where there is no compiler. */
export function handFused(name: keyof Loops, length: number): (() => void) | undefined {
  if (loops === null) loops = compile();
  return loops?.[name](length);
}
