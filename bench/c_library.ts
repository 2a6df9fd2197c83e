// deno-lint-ignore-file no-console -- a rival that is missing is told of
/**
 * What is written in C for the benchmarks: compiled when it is wanted, and left out aloud where there is no compiler.
 *
 * @module
 */
import { SHORT_SPINS } from "./measure.ts";

const FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC", "-Wl,-z,nodelete"];

/** Compiles `name`.c of this folder and opens it; undefined where that cannot be done. */
export function compileC<const S extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: S,
): Deno.StaticForeignLibraryInterface<S> | undefined {
  const library = `target/${name}.so`, source = new URL(`${name}.c`, import.meta.url).pathname;
  try {
    Deno.env.set("GOMP_SPINCOUNT", SHORT_SPINS.GOMP_SPINCOUNT);
    const { success } = new Deno.Command("cc", { args: [...FLAGS, source, "-o", library, "-lm"] })
      .outputSync();
    if (!success) throw new Error("it does not compile the loops");
  } catch (error) {
    console.log(`Skipping ${name}.c: no use of cc: ${(error as Error).message}`);
    return undefined;
  }
  return Deno.dlopen(library, symbols).symbols;
}

/** An array at an address that is a multiple of 64. */
export function aligned(length: number, value: number): Float32Array<ArrayBuffer> {
  const bytes = new ArrayBuffer(4 * length + 64);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
  const skip = Number(-BigInt(address) & 63n);
  return new Float32Array(bytes, skip, length).fill(value);
}
