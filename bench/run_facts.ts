/**
 * What `explain` tells of how kernels run, read back.
 *
 * @module
 */

/** How the lines begin that tell it. */
const LINE = /^\s*runs: (.*)$/gm;

/** What is told of one kernel. */
export interface RunFacts {
  /** How it reaches its operands. */
  readonly path: string;
  /** What a thread works on at a time. */
  readonly tiles: string;
  /** In how many pieces of what the work is shared. */
  readonly chunks: string;
  /** How many threads share it. */
  readonly threads: string;
  /** The SIMD tier. */
  readonly simd: string;
  /** The memory of a thread's own. */
  readonly private: string;
}

/** The facts of each kernel of an explanation. */
export function runFacts(explanation: string): RunFacts[] {
  return Array.from(explanation.matchAll(LINE), ([, pairs = ""]) => {
    const told = new Map(pairs.split(" | ").map((pair) => splitOnce(pair)));
    const of = (name: string): string => told.get(name) ?? "not told";
    return {
      path: of("path"),
      tiles: of("tiles"),
      chunks: of("chunks"),
      threads: of("threads"),
      simd: of("simd"),
      private: of("private"),
    };
  });
}

function splitOnce(pair: string): [name: string, value: string] {
  const at = pair.indexOf(" ");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}
