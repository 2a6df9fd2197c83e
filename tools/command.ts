/**
 * Programs that a tool starts.
 *
 * @module
 */

/** What a program is run with. */
export interface Around {
  /** The folder. */
  readonly cwd?: string | URL;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and returns what it prints; an error with what it says unless it succeeds. */
export async function outputOf(command: readonly string[], around: Around = {}): Promise<string> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program!, { args, stdin: "null", ...around })
    .output();
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command.join(" ")}:\n${printed}${said}`);
  return printed!;
}

/** Runs a program, with its words on this one's stderr; an error unless it succeeds. */
export async function runAloud(command: readonly string[], around: Around = {}): Promise<void> {
  const [program, ...args] = command;
  const streams = { stdin: "null", stdout: "null", stderr: "inherit" } as const;
  const { success } = await new Deno.Command(program!, { args, ...streams, ...around }).output();
  if (!success) throw new Error(`${command.join(" ")} failed`);
}
