/**
 * The course's tests as a part of the suite: each on each of its backends.
 */
import { LIBRARY_BACKENDS } from "./course/backends.ts";
import { COURSE } from "./course/list.ts";
import { runsOf } from "./course/run.ts";

for (const { test, label, skip, go } of runsOf(COURSE, LIBRARY_BACKENDS)) {
  const where = label === "" ? "" : ` on ${label}`, why = skip === "" ? "" : ` (${skip})`;
  Deno.test({ name: `course ${test.mark}${where}: ${test.name}${why}`, ignore: skip !== "", fn: go });
}
