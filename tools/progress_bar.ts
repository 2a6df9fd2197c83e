/**
 * A progress bar with the time left, in one line of a terminal.
 *
 * @module
 */

/** How many cells the bar has. */
const CELLS = 24;
/** Milliseconds between two drawings: more would cost time and nobody would see it. */
const EVERY = 100;
/** Goes to the start of the line and clears it. */
const CLEAR = "\r\x1b[2K";

/** What a bar shows. */
export interface Progress {
  /** How much is done … */
  readonly done: number;
  /** … of how much. */
  readonly total: number;
  /** Milliseconds since the start. */
  readonly elapsed: number;
  /** What is being done. */
  readonly label: string;
  /** What stands behind the bar. */
  readonly note?: string;
}

/** The line of a bar; the time left is what the rest takes at the pace so far. */
export function progressLine({ done, total, elapsed, label, note = "" }: Progress): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const full = Math.round(share * CELLS);
  const left = done > 0 ? `${showSeconds(elapsed / share * (1 - share) / 1000)} left` : "";
  const bar = "█".repeat(full) + "░".repeat(CELLS - full);
  return [label, bar, `${done}/${total}`, left, note].filter(Boolean).join("  ");
}

function showSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/** Draws its line again and again, at most ten times a second. */
export class ProgressBar {
  readonly #start = performance.now();
  #drawn = -Infinity;

  /** A bar for so much work, written to standard error unless told otherwise. */
  constructor(
    readonly label: string,
    readonly total: number,
    readonly write: (text: string) => void = writeError,
  ) {}

  /** Tells how much is done. */
  update(done: number, note?: string): void {
    const now = performance.now();
    if (now - this.#drawn < EVERY) return;
    this.#drawn = now;
    const { label, total } = this, elapsed = now - this.#start;
    this.write(CLEAR + progressLine({ label, total, done, elapsed, ...note !== undefined && { note } }));
  }

  /** Clears the line: what is printed next starts there. */
  end(): void {
    if (this.#drawn > -Infinity) this.write(CLEAR);
  }
}

/** A bar if standard error is a terminal, else nothing. */
export function progressBar(label: string, total: number): ProgressBar | undefined {
  return Deno.stderr.isTerminal() ? new ProgressBar(label, total) : undefined;
}

function writeError(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
