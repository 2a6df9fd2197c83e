/**
 * The library's backends as the course's tests know them.
 */
import type { NamedBackend } from "./run.ts";

/** All of them. */
export const LIBRARY_BACKENDS: readonly NamedBackend[] = [];
