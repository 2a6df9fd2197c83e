/**
 * How long the library's workers have been on a core, as Linux counts it.
 *
 * @module
 */

const TASKS = "/proc/self/task";

/** The seconds of all workers so far; 0 where the system does not tell. */
export function workersSeconds(): number {
  let nanoseconds = 0;
  try {
    for (const { name } of Deno.readDirSync(TASKS)) {
      if (!Deno.readTextFileSync(`${TASKS}/${name}/comm`).startsWith("tensaur-")) continue;
      nanoseconds += Number.parseInt(Deno.readTextFileSync(`${TASKS}/${name}/schedstat`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return nanoseconds / 1e9;
}
