/**
 * A Jupyter kernel of Deno, and a client that runs cells in it.
 */
import { createHmac } from "node:crypto";
import type { Box } from "./box.ts";
import { Socket } from "./zeromq.ts";

const KEY = "key";
const DELIMITER = "<IDS|MSG>";

/** What a cell gave: the parts of its result by their types, and what it printed. */
export interface CellResult {
  data: Record<string, unknown>;
  printed: string;
  error: string;
}

/** A message, as far as it is looked at here. */
interface Message {
  readonly type: string;
  readonly parent: string;
  // deno-lint-ignore no-explicit-any -- each type has contents of its own
  readonly content: any;
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return listeners.map((listener) => {
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    return port;
  });
}

/** A running kernel. */
export class Kernel implements AsyncDisposable {
  private constructor(
    readonly process: Deno.ChildProcess,
    readonly shell: Socket,
    readonly published: Socket,
  ) {}

  /** Starts one in the folder of a box. */
  static async start(box: Box, env: Record<string, string>): Promise<Kernel> {
    const [shell, iopub, stdin, control, heartbeat] = freePorts(5);
    const connection = {
      ip: "127.0.0.1",
      transport: "tcp",
      key: KEY,
      signature_scheme: "hmac-sha256",
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: heartbeat,
    };
    const path = await box.write("connection.json", JSON.stringify(connection));
    const process = box.start(path, { command: ["jupyter", "--kernel", "--conn"], env });
    const connect = async (port: number, type: "DEALER" | "SUB"): Promise<Socket> => {
      for (let attempt = 0;; attempt++) {
        try {
          return await Socket.connect(port, type);
        } catch (error) {
          if (attempt > 200) throw error;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    return new Kernel(process, await connect(shell!, "DEALER"), await connect(iopub!, "SUB"));
  }

  /** Runs a cell to its end. */
  async run(code: string): Promise<CellResult> {
    const id = crypto.randomUUID();
    const header = { msg_id: id, session: "test", username: "", msg_type: "execute_request", version: "5.3" };
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = createHmac("sha256", KEY).update(parts.join("")).digest("hex");
    await this.shell.send([DELIMITER, signature, ...parts]);
    const result: CellResult = { data: {}, printed: "", error: "" };
    while (true) {
      const { type, parent, content } = await this.#next();
      if (parent !== id) continue;
      if (type === "execute_result" || type === "display_data") result.data = content.data;
      if (type === "stream") result.printed += content.text;
      if (type === "error") result.error = `${content.ename}: ${content.evalue}`;
      if (type === "status" && content.execution_state === "idle") return result;
    }
  }

  async #next(): Promise<Message> {
    const frames = await this.published.receive(), at = frames.indexOf(DELIMITER);
    const [header, parent, , content] = frames.slice(at + 2).map((part) => JSON.parse(part));
    return { type: header.msg_type, parent: parent.msg_id, content };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shell[Symbol.dispose]();
    this.published[Symbol.dispose]();
    this.process.kill("SIGKILL");
    await this.process.output();
  }
}
