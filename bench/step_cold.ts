// deno-lint-ignore-file no-console -- the process that started this one reads it
/**
 * The whole job in a process where nothing is warm: prints the milliseconds of its beginning and of each epoch as
 * JSON. `--compile` compiles the step.
 *
 * @module
 */
import { threadsSeconds } from "./thread_times.ts";

/** What was measured, in milliseconds. */
export interface ColdTimes {
  /** The library's modules are read and compiled, its native part opened, and what stands outside of functions run. */
  readonly modules: number;
  /** Of these, what `Deno.dlopen` takes. */
  readonly dlopen: number;
  /** The model, the loader and the optimizer are made. */
  readonly setup: number;
  /** The epochs. */
  readonly epochs: readonly number[];
  /** How long V8's compilers and collectors were on another core during all but the modules; 0 where none can tell. */
  readonly helpers: number;
  /** How many plans were built. */
  readonly plans: number;
}

/** What Linux calls the threads of V8. */
const V8_THREADS = "V8 ";

/** Notes how long the library takes to be opened. */
function watchOpening(): { dlopen: number } {
  const watch = { dlopen: 0 }, { dlopen } = Deno;
  Object.defineProperty(Deno, "dlopen", {
    value: (...given: Parameters<typeof dlopen>) => {
      const start = performance.now(), opened = dlopen(...given);
      watch.dlopen += performance.now() - start;
      return opened;
    },
  });
  return watch;
}

if (import.meta.main) {
  const watch = watchOpening(), start = performance.now();
  const { JOB, makeModel, makeTraining } = await import("./train_step.ts");
  const modules = performance.now() - start;
  const { stats } = await import("@tensaur/tensaur");
  const helpers = threadsSeconds(V8_THREADS), before = performance.now();
  const epoch = makeTraining(makeModel(), true, Deno.args.includes("--compile"));
  const ends = [performance.now()];
  for (let i = 0; i < JOB.epochs; i++) {
    epoch(true);
    ends.push(performance.now());
  }
  const times: ColdTimes = {
    modules,
    dlopen: watch.dlopen,
    setup: ends[0]! - before,
    epochs: ends.slice(1).map((end, i) => end - ends[i]!),
    helpers: (threadsSeconds(V8_THREADS) - helpers) * 1000,
    plans: stats().plansBuilt,
  };
  console.log(JSON.stringify(times));
}
