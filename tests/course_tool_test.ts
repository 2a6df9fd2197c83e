/**
 * How `deno task course` reads its options and counts.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { SimpleBackend, type TensorBackend } from "@tensaur/tensaur/minitorch";
import { parseOptions, UsageError } from "../tools/course_options.ts";
import type { CourseTest } from "./course/mark.ts";
import { type NamedBackend, rowsOf, runsOf } from "./course/run.ts";

const MARKS = ["0_1", "3_1", "unmarked 2", "gaps"];

Deno.test("the course's options name a task and a backend", () => {
  assertEquals(parseOptions([], MARKS), { task: null, backend: null });
  assertEquals(parseOptions(["--task", "3.1", "--backend=fast"], MARKS), { task: "3_1", backend: "fast" });
  assertEquals(parseOptions(["--task=unmarked 2", "--backend", "a/my_ops.ts"], MARKS), {
    task: "unmarked 2",
    backend: "a/my_ops.ts",
  });
  assertEquals(parseOptions(["--task", "9.9", "--help"], MARKS), null);
});

Deno.test("mistakes in the course's options are told in a line that names the choices", () => {
  const mistakes: readonly [args: string[], wanted: string][] = [
    [["--task", "9.9"], "--task must be one of 0.1, 3.1, unmarked 2, gaps, was 9.9"],
    [
      ["--backend", "gpu"],
      "--backend must be one of simple, fast, cuda or a file such as my_ops.ts, was gpu",
    ],
    [["--task"], "--task needs a value"],
    [["3.1"], "Unknown option 3.1: want --task, --backend or --help"],
  ];
  for (const [args, wanted] of mistakes) assertThrows(() => parseOptions(args, MARKS), UsageError, wanted);
});

Deno.test("runs are counted by task and backend, and what fails or is skipped says why", () => {
  const seen: TensorBackend[] = [];
  const tests: readonly CourseTest[] = [
    { mark: "0_1", name: "needs none", run: () => {} },
    { mark: "3_1", name: "holds", backends: ["simple", "fast"], run: (backend) => void seen.push(backend) },
    {
      mark: "3_1",
      name: "fails",
      backends: ["simple"],
      run(): never {
        throw new Error("it does not hold");
      },
    },
    { mark: "3_3", name: "waits", backends: ["cuda"], run: () => {} },
  ];
  const backends: readonly NamedBackend[] = [
    { label: "own.ts", standsFor: ["simple", "fast"], backend: SimpleBackend, skip: "" },
    { label: "cuda", standsFor: ["cuda"], backend: null, skip: "needs CUDA" },
  ];
  assertEquals(rowsOf(runsOf(tests, backends)), [
    { mark: "0_1", label: "", skip: "", tests: 1, passed: 1, failures: [] },
    {
      mark: "3_1",
      label: "own.ts",
      skip: "",
      tests: 2,
      passed: 1,
      failures: [{ name: "fails", message: "it does not hold" }],
    },
    { mark: "3_3", label: "cuda", skip: "needs CUDA", tests: 1, passed: 0, failures: [] },
  ]);
  assertEquals(seen, [SimpleBackend]);
  assertEquals(runsOf(tests, backends, false).length, 3);
});
