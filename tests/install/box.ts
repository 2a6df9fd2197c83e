/**
 * An empty folder with a cache and a home of its own, in which real processes of Deno run.
 */
import type { Server } from "./server.ts";

/** What a process has printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** How to run a script. */
export interface Running {
  /** Flags of `deno run`. */
  readonly flags?: readonly string[];
  /** Variables beside those of the box. */
  readonly env?: Readonly<Record<string, string>>;
  /** The subcommand of Deno. */
  readonly command?: readonly string[];
}

/** An empty folder. */
export class Box implements AsyncDisposable {
  private constructor(
    /** The folder; scripts stand in it. */
    readonly folder: string,
    /** Where Deno keeps what it has fetched. */
    readonly denoDir: string,
  ) {}

  /** Makes one; `denoDir` may be that of another box. */
  static async make(denoDir?: string): Promise<Box> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "tensaur-install-" }));
    return new Box(folder, denoDir ?? `${folder}/deno`);
  }

  /** Where the library is kept unless something else is said. */
  get cache(): string {
    return `${this.folder}/home/.cache/tensaur`;
  }

  /** The variables of its processes: the caller's, but for what tells of caches, libraries and proxies. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const outside = Object.entries(Deno.env.toObject()).filter(([name]) =>
      !/^(DENO|TENSAUR|XDG)_|_proxy$/i.test(name)
    );
    const own = {
      HOME: `${this.folder}/home`,
      DENO_DIR: this.denoDir,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
    };
    return { ...Object.fromEntries(outside), ...own, ...more };
  }

  /** Writes a file of the folder. */
  async write(name: string, text: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** Starts `deno run` of a script of the folder. */
  start(
    script: string,
    { flags = [], env = {}, command = ["run", "--quiet", "--no-prompt"] }: Running = {},
  ): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [...command, ...flags, script],
      cwd: this.folder,
      clearEnv: true,
      env: this.environment(env),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a script of the folder to its end. */
  async run(script: string, running?: Running): Promise<Ran> {
    const { code, stdout, stderr } = await this.start(script, running).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out: out!, error: error! };
  }

  /** The files of the cache, by their paths in it. */
  async cached(folder: string = this.cache): Promise<string[]> {
    const found: string[] = [];
    const walk = async (path: string): Promise<void> => {
      for await (const { name, isDirectory } of Deno.readDir(`${folder}${path}`)) {
        if (isDirectory) await walk(`${path}/${name}`);
        else found.push(`${path}/${name}`);
      }
    };
    await walk("").catch(() => {});
    return found.sort();
  }

  /** The flags that the library needs, and no more: at its first start, and at later ones. */
  flags({ host }: Pick<Server, "host">): { first: string[]; later: string[] } {
    const later = [
      `--allow-import=${host}`,
      "--allow-ffi",
      "--allow-env=HOME,TENSAUR_RELEASE_URL",
      `--allow-read=${this.cache}`,
    ];
    return { later, first: [...later, `--allow-write=${this.cache}`, `--allow-net=${host}`] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
