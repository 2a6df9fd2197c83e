// deno-lint-ignore-file no-console -- a peer that is missing is told of
/**
 * Peers in a Python process of their own, driven line by line.
 *
 * @module
 */
import { type Contender, SHORT_SPINS } from "./measure.ts";

/** A piece of Python that does the work of a case. */
export interface Snippet {
  /** What is done once, before. */
  readonly setup: string;
  /** The statement that does the work once. */
  readonly code: string;
  /** The statement that waits for what is still under way, after the last time. */
  readonly after?: string;
}

interface Answer {
  readonly id?: number;
  readonly seconds?: number;
  readonly values?: readonly number[];
  readonly error?: string;
}

const VERSIONS = `
import importlib, os, platform
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
def about(name, module):
    if name == "torch":
        return f"{module.get_num_threads()} threads"
    if name == "numpy":
        blas = module.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
        return f"{blas}, {os.environ.get('OPENBLAS_NUM_THREADS', cores)} threads"
    return f"{cores} threads"
print("Python", platform.python_version())
for name in ("torch", "numpy", "jax"):
    try:
        module = importlib.import_module(name)
        print(f"{name} {module.__version__} ({about(name, module)})")
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
      env: SHORT_SPINS,
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
    if (prepared.id === undefined) {
      console.error(`Skipping ${name}: ${prepared.error ?? "no answer"}`);
      return undefined;
    }
    const sample = async (count: number): Promise<number> => {
      const answer = await this.#ask({ id: prepared.id, count });
      if (answer.seconds !== undefined) return answer.seconds;
      throw new Error(`${name} failed: ${answer.error ?? "no answer"}`);
    };
    return { name, sample };
  }

  /** The numbers of an expression after a setup. */
  async values(setup: string, value: string): Promise<readonly number[]> {
    const answer = await this.#ask({ setup, value });
    if (answer.values !== undefined) return answer.values;
    throw new Error(answer.error ?? "no answer");
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
