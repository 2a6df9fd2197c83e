/**
 * The options of `deno task course`: what to run, and on what.
 *
 * @module
 */
import { BACKENDS } from "../tests/course/mark.ts";

/** What the command line asks for. */
export interface CourseOptions {
  /** The task, as the tests are marked; null for all. */
  task: string | null;
  /** A backend of the library, or a file with one; null for all of the library's. */
  backend: string | null;
}

/** A mistake in the command line, told in one line. */
export class UsageError extends Error {}

/** The text of `--help`. */
export const HELP: string = `Runs the course's tests and shows how many passed, task by task.

Usage: deno task course [options]

  --task TASK
      one task, such as 3.1, or "unmarked 2", or gaps (default: all)
  --backend ${BACKENDS.join("|")}|FILE.ts
      where to run what needs a backend; a file exports its own TensorBackend as
      \`backend\` or by default (default: each test on its own backends)
  --help
      print this text`;

/** Reads the command line; null if it asks for help. Throws a `UsageError`. */
export function parseOptions(args: readonly string[], marks: readonly string[]): CourseOptions | null {
  if (args.includes("--help")) return null;
  const options: CourseOptions = { task: null, backend: null };
  for (let i = 0; i < args.length; i++) {
    const [flag = "", ...rest] = args[i]!.split("=");
    const value = rest.length > 0 ? rest.join("=") : args[++i];
    if (flag !== "--task" && flag !== "--backend") {
      throw new UsageError(`Unknown option ${flag}: want --task, --backend or --help`);
    }
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    if (flag === "--task") options.task = markOf(value, marks);
    else options.backend = backendOf(value);
  }
  return options;
}

function markOf(task: string, marks: readonly string[]): string {
  const mark = task.replace(/^(\d)\.(\d)$/, "$1_$2");
  if (marks.includes(mark)) return mark;
  const names = marks.map((one) => one.replace(/^(\d)_(\d)$/, "$1.$2")).join(", ");
  throw new UsageError(`--task must be one of ${names}, was ${task}`);
}

function backendOf(value: string): string {
  if (BACKENDS.some((name) => name === value) || /\.[cm]?[jt]s$/.test(value)) return value;
  throw new UsageError(
    `--backend must be one of ${BACKENDS.join(", ")} or a file such as my_ops.ts, was ${value}`,
  );
}
