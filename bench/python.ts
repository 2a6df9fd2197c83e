// deno-lint-ignore-file no-console -- a peer that is missing is told of
/**
 * Peers in a Python process of their own, driven line by line.
 *
 * @module
 */
import type { Contender } from "./measure.ts";

/** A piece of Python that does the work of a case. */
export interface Snippet {
  /** What is done once, before. */
  readonly setup: string;
  /** The statement that does the work once. */
  readonly code: string;
  /** The statement that waits for what is still under way, after the last time. */
  readonly after?: string;
}

type Answer = Record<never, never> | { readonly id: number } | { readonly seconds: number } | {
  readonly error: string;
};

const VERSIONS = `
import importlib, os
for name in ("torch", "numpy", "jax"):
    try:
        module = importlib.import_module(name)
        threads = f" ({module.get_num_threads()} threads)" if name == "torch" else ""
        print(name, module.__version__ + threads)
    except ImportError:
        print(name, "is not installed")
`;

/** The peers of one benchmark. */
export class PythonPeers {
  readonly #python: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  #unread = "";

  /** Starts the interpreter. */
  constructor(python: string) {
    this.#python = python;
    const folder = new URL(".", import.meta.url).pathname;
    this.#child = new Deno.Command(python, {
      args: ["peer.py"],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The versions of what is installed, a line each. */
  versions(): string[] {
    const { stdout } = new Deno.Command(this.#python, { args: ["-c", VERSIONS] }).outputSync();
    return new TextDecoder().decode(stdout).trim().split("\n");
  }

  /** A contender that runs a snippet; undefined, and told of, if its setup fails. */
  async contender(name: string, snippet: Snippet): Promise<Contender | undefined> {
    const prepared = await this.#ask(snippet);
    if (!("id" in prepared)) {
      console.log(`Skipping ${name}: ${"error" in prepared ? prepared.error : "no answer"}`);
      return undefined;
    }
    const sample = async (count: number): Promise<number> => {
      const answer = await this.#ask({ id: prepared.id, count });
      if ("seconds" in answer) return answer.seconds;
      throw new Error(`${name} failed: ${"error" in answer ? answer.error : "no answer"}`);
    };
    return { name, sample };
  }

  /** Forgets the snippets that were prepared, and so their arrays; their contenders can run no more. */
  async forget(): Promise<void> {
    await this.#ask({ forget: true });
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#requests.close();
    await this.#answers.cancel();
    await this.#child.status;
  }

  async #ask(request: object): Promise<Answer> {
    await this.#requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    let end: number;
    while ((end = this.#unread.indexOf("\n")) < 0) {
      const { value, done } = await this.#answers.read();
      if (done) return { error: "the Python process has ended" };
      this.#unread += value;
    }
    const line = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end + 1);
    return JSON.parse(line);
  }
}
