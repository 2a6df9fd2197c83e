/**
 * The library's backends as the course's tests know them.
 */
import { FastBackend, SimpleBackend } from "@tensaur/tensaur/minitorch";
import type { NamedBackend } from "./run.ts";

/** All of them. */
export const LIBRARY_BACKENDS: readonly NamedBackend[] = [
  { label: "simple", standsFor: ["simple"], backend: SimpleBackend, skip: "" },
  { label: "fast", standsFor: ["fast"], backend: FastBackend, skip: "" },
  { label: "cuda", standsFor: ["cuda"], backend: null, skip: "needs CUDA" },
];
