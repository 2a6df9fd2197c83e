/**
 * The rivals in C: the chain as one hand-fused loop, and a loop that moves as many bytes and does nothing else.
 *
 * @module
 */
import { aligned, compileC } from "./c_library.ts";

const LOOP = { parameters: ["buffer", "buffer", "buffer", "buffer", "u32"], result: "void" } as const;

type Loop = (length: number) => () => void;

interface Loops {
  readonly chain: Loop;
  readonly stream: Loop;
}

function compile(): Loops | undefined {
  const symbols = compileC("hand_fused", { chain: LOOP, stream: LOOP });
  if (symbols === undefined) return undefined;
  const prepare = (loop: typeof symbols.chain): Loop => (length) => {
    const x = aligned(length, .5), w = aligned(length, .25), b = aligned(length, .125);
    const out = aligned(length, 0);
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
