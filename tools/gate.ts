// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * The gate: what must hold of the sources besides the tests. `deno task ok` runs it.
 *
 * @module
 */

/** One command of the gate. */
export interface Check {
  /** The program and its arguments, as one would type them. */
  readonly command: readonly string[];
  /** What makes it pass. */
  readonly wants: string;
}

/** Every check, quick ones first. */
export const CHECKS: readonly Check[] = [
  { command: ["deno", "fmt", "--check"], wants: "TypeScript and Markdown are formatted" },
  { command: ["cargo", "fmt", "--check"], wants: "Rust is formatted" },
  { command: ["deno", "lint"], wants: "no lint of Deno's" },
  { command: ["deno", "check", "."], wants: "the types are right" },
  {
    command: ["deno", "doc", "--lint", "mod.ts", "src/minitorch/mod.ts", "src/doctor.ts"],
    wants: "every public symbol is documented",
  },
  {
    command: ["cargo", "clippy", "--all-targets", "--quiet", "--", "-D", "warnings"],
    wants: "no lint of Clippy's",
  },
];

/** Runs the program with the streams of this one and says whether it succeeded. */
export function succeeds(command: readonly string[]): boolean {
  const [program, ...args] = command;
  if (program === undefined) return false;
  const executable = program === "deno" ? Deno.execPath() : program;
  return new Deno.Command(executable, { args, stdin: "null", stdout: "inherit", stderr: "inherit" })
    .outputSync().success;
}

/** Runs every check, tells of each in a line, and counts. */
export function runGate(): { passed: number; failed: number } {
  let passed = 0;
  for (const { command, wants } of CHECKS) {
    const holds = succeeds(command);
    if (holds) passed++;
    console.log(`${holds ? "ok    " : "FAILED"} ${command.join(" ")} (${wants})`);
  }
  return { passed, failed: CHECKS.length - passed };
}

if (import.meta.main) {
  const { passed, failed } = runGate();
  console.log(`\n${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
