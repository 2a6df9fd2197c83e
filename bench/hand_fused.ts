/**
 * The rival in C: the chain as one hand-fused loop.
 *
 * @module
 */
import { aligned, compileC } from "./c_library.ts";

const LOOP = { parameters: ["buffer", "buffer", "buffer", "buffer", "u32"], result: "void" } as const;

function compile(): ReturnType<typeof compileC<{ chain: typeof LOOP }>> {
  return compileC("hand_fused", { chain: LOOP });
}

let loops: ReturnType<typeof compile> | null = null;

/** The loop over so many elements; undefined where there is no compiler. */
export function handFused(length: number): (() => void) | undefined {
  if (loops === null) loops = compile();
  const chain = loops?.chain;
  if (chain === undefined) return undefined;
  const x = aligned(length, .5), w = aligned(length, .25), b = aligned(length, .125);
  const out = aligned(length, 0);
  return () => chain(x, w, b, out, length);
}
