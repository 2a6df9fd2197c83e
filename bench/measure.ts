/**
 * How the benchmarks measure: contenders take turns, and the medians of their samples are compared.
 *
 * @module
 */

/** Somebody who does the work. */
export interface Contender {
  /** Who. */
  readonly name: string;
  /** Does the work so many times; the seconds that it took. */
  sample(count: number): number | Promise<number>;
}

/** What the samples of a contender say, in seconds. */
export interface Timing {
  /** Who. */
  readonly name: string;
  /** The median. */
  readonly median: number;
  /** A quarter of the samples is below it. */
  readonly low: number;
  /** A quarter of the samples is above it. */
  readonly high: number;
}

/** How much is measured. */
export interface MeasureOptions {
  /** How many samples each contender gives. */
  readonly samples?: number;
  /** How long a sample lasts at least, in seconds; 0 for doing the work once. */
  readonly seconds?: number;
  /** How long each contender warms up, in seconds. */
  readonly warmUp?: number;
  /** How many parts doing the work once has; the timings are those of a part. */
  readonly parts?: number;
}

/** Milliseconds between two turns, in which the threads of the one before stop. */
const PAUSE_MS = 5;

/**
 * Makes idle threads of OpenBLAS and OpenMP spin for less than that: by themselves they spin for 100 ms and 10 ms, and
 * keep a core from those whose turn is next.
 */
export const SHORT_SPINS = { OPENBLAS_THREAD_TIMEOUT: "20", GOMP_SPINCOUNT: "60000" } as const;

/** A contender in this process, from the function that does the work once. */
export function local(name: string, work: () => void): Contender {
  const sample = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) work();
    return (performance.now() - start) / 1000;
  };
  return { name, sample };
}

/** The same for work that may end later. */
export function localAsync(name: string, work: () => void | Promise<void>): Contender {
  const sample = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      const done = work();
      if (done !== undefined) await done;
    }
    return (performance.now() - start) / 1000;
  };
  return { name, sample };
}

/** A contender that does the work in a new process each time; the program prints the seconds that it took. */
export function fresh(name: string, program: string, args: readonly string[], folder: string): Contender {
  const sample = async (count: number): Promise<number> => {
    let seconds = 0;
    for (let i = 0; i < count; i++) {
      const { stdout, success } = await new Deno.Command(program, { args: [...args], cwd: folder }).output();
      const printed = Number.parseFloat(new TextDecoder().decode(stdout));
      if (!success || Number.isNaN(printed)) throw new Error(`${name} failed: ${program} ${args.join(" ")}`);
      seconds += printed;
    }
    return seconds;
  };
  return { name, sample };
}

/** The value below which this share of sorted numbers lies. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  return quantile(values.toSorted((a, b) => a - b), .5);
}

function summarize(name: string, samples: readonly number[]): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  return { name, median: quantile(sorted, .5), low: quantile(sorted, .25), high: quantile(sorted, .75) };
}

/** Warms a contender up, and finds how often it does the work in a sample of the wanted length. */
async function countFor(contender: Contender, seconds: number, warmUp: number): Promise<number> {
  let count = 1;
  for (let spent = 0;;) {
    const took = await contender.sample(count);
    spent += took;
    if (took > 1 || (took >= seconds && spent >= warmUp)) {
      return Math.max(1, Math.ceil(seconds * count / took));
    }
    if (took < seconds) count *= 2;
  }
}

/** The samples of contenders who take turns, round by round, in their order. */
export async function sampleInTurn(
  contenders: readonly Contender[],
  options: MeasureOptions = {},
): Promise<number[][]> {
  const { samples = 15, seconds = .03, warmUp = .3, parts = 1 } = options;
  const counts: number[] = [];
  for (const contender of contenders) {
    counts.push(seconds === 0 ? 1 : await countFor(contender, seconds, warmUp));
  }
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < samples; round++) {
    for (const [i, contender] of contenders.entries()) {
      const count = counts[i]!;
      times[i]!.push(await contender.sample(count) / count / parts);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return times;
}

/** The timings of contenders who take turns, in their order. */
export async function measure(
  contenders: readonly Contender[],
  options: MeasureOptions = {},
): Promise<Timing[]> {
  const times = await sampleInTurn(contenders, options);
  return contenders.map(({ name }, i) => summarize(name, times[i]!));
}
