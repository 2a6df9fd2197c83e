/**
 * Compiled programs: what an earlier call did, evaluation by evaluation, is the script of the next one.
 *
 * @module
 */
import { follow } from "./follow.ts";
import { tape } from "./tape.ts";
import { Script } from "./script.ts";
import type { Trace } from "./replay.ts";

/** How many ways to go on are remembered for each evaluation. */
const MAX_SCRIPTS = 8;

/** A program, with its scripts: some for each evaluation of a call, the last one first. */
export class Compiled {
  readonly #scripts: Script[][] = [];
  #evaluations = 0;
  #args: readonly unknown[] = [];

  /** Runs the program on arguments. Within another one, or within itself, it is a part of that. */
  run<T>(args: readonly unknown[], f: () => T): T {
    if (running.program !== null) return f();
    running.program = this;
    this.#args = args;
    this.#evaluations = 0;
    try {
      this.#follow();
      return f();
    } finally {
      running.program = null;
      this.#args = [];
      tape.follower?.leave();
    }
  }

  /** Notes what an evaluation does, before its tape is cleared. */
  note(trace: Trace): void {
    const scripts = this.#scripts[this.#evaluations] ??= [], followed = tape.follower?.script;
    const i = scripts.findIndex((script) => script.trace === trace);
    if (i === 0 && followed !== undefined) return;
    if (i >= 0) scripts.splice(i, 1);
    else if (scripts.length === MAX_SCRIPTS) scripts.pop();
    scripts.unshift(followed ?? new Script(trace));
  }

  /** An evaluation is over. */
  next(): void {
    this.#evaluations++;
    this.#follow();
  }

  #follow(): void {
    const scripts = this.#scripts[this.#evaluations];
    if (scripts !== undefined) follow(scripts, this.#args);
  }
}

/** The program that runs. */
export const running: { program: Compiled | null } = { program: null };
