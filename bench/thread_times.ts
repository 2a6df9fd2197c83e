/**
 * How long threads have been on a core, as Linux counts it.
 *
 * @module
 */

const TASKS = "/proc/self/task";

/** The seconds of all the library's workers so far; 0 where the system does not tell. */
export function workersSeconds(): number {
  return threadsSeconds("tensaur-");
}

/** The same of all threads whose names begin with a text. */
export function threadsSeconds(name: string): number {
  let nanoseconds = 0;
  try {
    for (const task of Deno.readDirSync(TASKS)) {
      if (!Deno.readTextFileSync(`${TASKS}/${task.name}/comm`).startsWith(name)) continue;
      nanoseconds += Number.parseInt(Deno.readTextFileSync(`${TASKS}/${task.name}/schedstat`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return nanoseconds / 1e9;
}
