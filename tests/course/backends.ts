/**
 * The library's backends as the course's tests know them.
 */
import { DeviceError } from "@tensaur/tensaur";
import { cudaBackend, FastBackend, SimpleBackend } from "@tensaur/tensaur/minitorch";
import type { NamedBackend } from "./run.ts";

/** The backend of CUDA, or why there is none. */
function namedCuda(): NamedBackend {
  const named = { label: "cuda", standsFor: ["cuda"] } as const;
  try {
    return { ...named, backend: cudaBackend(), skip: "" };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { ...named, backend: null, skip: "needs CUDA" };
  }
}

/** All of them. */
export const LIBRARY_BACKENDS: readonly NamedBackend[] = [
  { label: "simple", standsFor: ["simple"], backend: SimpleBackend, skip: "" },
  { label: "fast", standsFor: ["fast"], backend: FastBackend, skip: "" },
  namedCuda(),
];
