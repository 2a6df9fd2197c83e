/**
 * What a test of the course's list is.
 */
import type { TensorBackend } from "@tensaur/tensaur/minitorch";

/** The backends that come with the library. */
export const BACKENDS = ["simple", "fast", "cuda"] as const;

/** The name of such a backend. */
export type BackendName = (typeof BACKENDS)[number];

/** One test of the course's list. */
export interface CourseTest {
  /** The task, as the course marks it: "0_1" to "3_4", with "unmarked 2" and "gaps" for what has no mark. */
  readonly mark: string;
  /** What it shows. */
  readonly name: string;
  /** The backends that it runs on; absent if it needs none. */
  readonly backends?: readonly BackendName[];
  /** Throws if it does not hold. */
  run(backend: TensorBackend): void;
}
