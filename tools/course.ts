// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * Runs the course's tests by task and backend, and prints a table: `deno task course --help`.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { cudaUnavailableReason } from "@tensaur/tensaur";
import { TensorBackend } from "@tensaur/tensaur/minitorch";
import { LIBRARY_BACKENDS } from "../tests/course/backends.ts";
import { COURSE } from "../tests/course/list.ts";
import { BACKENDS, type CourseTest } from "../tests/course/mark.ts";
import { type NamedBackend, type Row, rowsOf, type Run, runsOf } from "../tests/course/run.ts";
import { type CourseOptions, HELP, parseOptions, UsageError } from "./course_options.ts";

/** The backends that the options name. */
async function backendsOf({ backend }: CourseOptions): Promise<readonly NamedBackend[]> {
  if (backend === null) return LIBRARY_BACKENDS;
  const known = LIBRARY_BACKENDS.filter(({ label }) => label === backend);
  return known.length > 0 ? known : [await load(backend)];
}

/** A student's backend, which takes the tests of every backend that runs on this processor. */
async function load(file: string): Promise<NamedBackend> {
  const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), file);
  const module = await import(pathToFileURL(path).href).catch((error: Error) => {
    throw new UsageError(`Cannot load ${file}: ${error.message.split("\n")[0]}`);
  });
  const backend: unknown = module.backend ?? module.default;
  if (!(backend instanceof TensorBackend)) {
    throw new UsageError(`${file} must export a TensorBackend as backend or by default`);
  }
  return { label: file, standsFor: BACKENDS.filter((name) => name !== "cuda"), backend, skip: "" };
}

/** The runs that the options ask for. */
function selectRuns(options: CourseOptions, backends: readonly NamedBackend[]): Run[] {
  const tests = COURSE.filter(({ mark }) => options.task === null || mark === options.task);
  const runs = runsOf(tests, backends, options.backend === null);
  if (runs.length === 0) {
    const what = options.task === null ? "No task runs" : `Task ${showMark(options.task)} does not run`;
    throw new UsageError(`${what} on ${options.backend}: want ${choicesOf(tests)}`);
  }
  return runs;
}

/** How tests that one backend does not take can be run. */
function choicesOf(tests: readonly CourseTest[]): string {
  const names = new Set(tests.flatMap(({ backends = [] }) => backends));
  return names.size === 0 ? "no --backend" : `--backend ${[...names].join(" or ")}`;
}

function showMark(mark: string): string {
  return mark.replace("_", ".");
}

function showTable(rows: readonly Row[]): string {
  const cells = rows.map(({ mark, tests, passed, label, skip, failures }) => [
    showMark(mark),
    `${tests}`,
    skip === "" ? `${passed}` : "-",
    label === "" ? "-" : label,
    skip !== "" ? skip : failures.length > 0 ? `${failures.length} FAILED` : "",
  ]);
  const table = [["task", "tests", "passed", "backend", ""], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const showRow = (row: readonly string[]): string =>
    row.map((cell, column) =>
      column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    )
      .join("  ").trimEnd();
  const line = widths.map((width) => "-".repeat(width)).join("  ").trimEnd();
  return [showRow(table[0]!), line, ...cells.map(showRow)].join("\n");
}

function showFailures(rows: readonly Row[]): string {
  return rows.flatMap(({ mark, label, failures }) =>
    failures.map(({ name, message }) =>
      `\n${showMark(mark)}${label === "" ? "" : ` on ${label}`}: ${name}\n  ${
        message.trim().replaceAll("\n", "\n  ")
      }`
    )
  ).join("\n");
}

/** Runs what the command line asks for; whether all of it passed. */
async function main(options: CourseOptions): Promise<boolean> {
  const rows = rowsOf(selectRuns(options, await backendsOf(options)));
  const total = (count: (row: Row) => number): number => rows.reduce((sum, row) => sum + count(row), 0);
  const passed = total((row) => row.passed), failed = total((row) => row.failures.length);
  const skipped = total((row) => row.skip === "" ? 0 : row.tests);
  console.log(showTable(rows));
  if (failed > 0) console.log(showFailures(rows));
  if (skipped > 0) console.log(`\nNo CUDA here: ${cudaUnavailableReason()}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0;
}

try {
  const options = parseOptions(Deno.args, [...new Set(COURSE.map(({ mark }) => mark))]);
  if (options === null) console.log(HELP);
  else if (!await main(options)) Deno.exit(1);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(2);
}
