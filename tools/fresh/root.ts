/**
 * Clean root file systems: layers of Debian 12, each made once, and what runs above them by chroot.
 *
 * Everything here wants a mount namespace of its own, as `tools/fresh.sh` makes one.
 *
 * @module
 */
import { outputOf } from "../command.ts";

/** Where layers and runs are kept. */
export const FOLDER: string = new URL("../../target/fresh", import.meta.url).pathname;

/** What a root has of this machine: the names of servers and the certificates, and the variables that tell of these. */
const FILES = ["/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"];
const VARIABLES = /^((https?|all|no)_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS)$/i;

/** What a command has printed, and how it ended. */
export interface Ran {
  readonly success: boolean;
  readonly text: string;
}

/** How to run a command. */
export interface Running {
  /** Whether there is no network, not even the loopback address. */
  readonly offline?: boolean;
}

async function run(program: string, args: readonly string[]): Promise<Ran> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  const [printed, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, text: `${printed}${said}` };
}

/** The variables of a command in a root. */
function environment(): Record<string, string> {
  const outside = Object.entries(Deno.env.toObject()).filter(([name]) => VARIABLES.test(name));
  const own = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/root", LANG: "C.UTF-8", NO_COLOR: "1" };
  return { ...Object.fromEntries(outside), ...own };
}

/** A root file system in use: a layer that holds what is changed, above others that stay as they are. */
export class Root implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  /** What is changed. */
  readonly upper: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = `${folder}/root`;
    this.upper = `${folder}/upper`;
  }

  /** Mounts one; `below` are its layers from the top down. */
  static async mount(name: string, below: readonly string[]): Promise<Root> {
    const root = new Root(`${FOLDER}/${name}`), work = `${root.#folder}/work`;
    await root.#remove();
    for (const folder of [root.path, root.upper, work]) await Deno.mkdir(folder, { recursive: true });
    const layers = below.map((layer) => `${FOLDER}/${layer}`).join(":");
    const options = `lowerdir=${layers},upperdir=${root.upper},workdir=${work}`;
    await outputOf(["mount", "-t", "overlay", "overlay", "-o", options, root.path]);
    await outputOf(["mount", "-t", "proc", "proc", `${root.path}/proc`]);
    await outputOf(["mount", "--rbind", "/dev", `${root.path}/dev`]);
    for (const file of FILES) await Deno.copyFile(file, root.path + file);
    return root;
  }

  /** Runs a command of the shell in it. */
  run(command: string, { offline = false }: Running = {}): Promise<Ran> {
    const variables = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
    const inside = ["chroot", this.path, "env", "-i", ...variables, "bash", "-c", `cd && ${command}`];
    const [program, ...args] = offline ? ["unshare", "--net", ...inside] : inside;
    return run(program!, args);
  }

  /** The same for a command that has to work; returns what it prints. */
  async must(command: string): Promise<string> {
    const { success, text } = await this.run(command);
    if (!success) throw new Error(`${command}:\n${text}`);
    return text;
  }

  /** Writes a file in it. */
  async write(path: string, text: string): Promise<void> {
    await Deno.mkdir(this.path + path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(this.path + path, text);
  }

  /** Unmounts it, and keeps what was changed as a layer. */
  async keep(name: string): Promise<void> {
    await this.#unmount();
    await Deno.rename(this.upper, `${FOLDER}/${name}`);
  }

  /** Unmounts it, and drops what was changed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unmount();
    await this.#remove();
  }

  async #unmount(): Promise<void> {
    // Something may still be at its end there; the namespace ends with everything.
    await run("umount", ["--recursive", "--lazy", this.path]);
  }

  async #remove(): Promise<void> {
    await run("rm", ["-rf", "--one-file-system", this.#folder]);
  }
}
