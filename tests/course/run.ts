/**
 * Which tests run on which backends, and how they went.
 */
import type { TensorBackend } from "@tensaur/tensaur/minitorch";
import type { BackendName, CourseTest } from "./mark.ts";

/** A backend that tests are run on. */
export interface NamedBackend {
  /** What it is called: one of the library's, or a file. */
  readonly label: string;
  /** It takes the tests of these backends. */
  readonly standsFor: readonly BackendName[];
  /** The backend, null if it cannot be used here. */
  readonly backend: TensorBackend | null;
  /** Why it cannot be used; empty if it can. */
  readonly skip: string;
}

/** One test on one backend. */
export interface Run {
  readonly test: CourseTest;
  /** The backend's name; empty if the test needs none. */
  readonly label: string;
  /** Why it does not run; empty if it does. */
  readonly skip: string;
  /** Runs it; throws if it does not hold. */
  readonly go: () => void;
}

/** How the runs of one task on one backend went. */
export interface Row {
  readonly mark: string;
  readonly label: string;
  readonly skip: string;
  readonly tests: number;
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** A test that failed. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** Each test with each backend that it is for; what needs no backend comes once, if `withoutBackend` says so. */
export function runsOf(
  tests: readonly CourseTest[],
  backends: readonly NamedBackend[],
  withoutBackend = true,
): Run[] {
  return tests.flatMap((test): Run[] => {
    if (test.backends === undefined) {
      return withoutBackend ? [{ test, label: "", skip: "", go: test.run as () => void }] : [];
    }
    const suits = ({ standsFor }: NamedBackend): boolean =>
      standsFor.some((name) => test.backends!.includes(name));
    return backends.filter(suits).map(({ label, backend, skip }) => ({
      test,
      label,
      skip,
      go: (): void => test.run(backend!),
    }));
  });
}

/** Runs them and counts by task and backend, in the order in which these come first. */
export function rowsOf(runs: readonly Run[]): Row[] {
  const groups = Map.groupBy(runs, ({ test, label }) => `${test.mark}/${label}`);
  return [...groups.values()].map((group) => {
    const { test: { mark }, label, skip } = group[0]!;
    const outcomes = skip === "" ? group.map(outcomeOf) : [];
    const failures = outcomes.filter((outcome) => outcome !== null);
    return { mark, label, skip, tests: group.length, passed: outcomes.length - failures.length, failures };
  });
}

function outcomeOf({ test: { name }, go }: Run): Failure | null {
  try {
    go();
    return null;
  } catch (error) {
    return { name, message: error instanceof Error ? error.message : String(error) };
  }
}
