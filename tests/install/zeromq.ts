/**
 * As much of ZeroMQ's protocol (ZMTP 3.0) as a client of a Jupyter kernel needs: one connection, whole messages.
 */

const COMMAND = 4, LONG = 2, MORE = 1;

/** The greeting: the signature, version 3.0, the mechanism NULL. */
function greeting(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
  bytes.set(new TextEncoder().encode("NULL"), 12);
  return bytes;
}

/** A property of the greeting's command. */
function property(name: string, value: string): Uint8Array<ArrayBuffer> {
  const [key, text] = [name, value].map((each) => new TextEncoder().encode(each));
  const bytes = new Uint8Array(1 + key!.length + 4 + text!.length), view = new DataView(bytes.buffer);
  bytes[0] = key!.length;
  bytes.set(key!, 1);
  view.setUint32(1 + key!.length, text!.length);
  bytes.set(text!, 5 + key!.length);
  return bytes;
}

/** A connection. */
export class Socket implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects as a socket of a type; one of type SUB is subscribed to everything. */
  static async connect(port: number, type: "DEALER" | "SUB"): Promise<Socket> {
    const socket = new Socket(await Deno.connect({ hostname: "127.0.0.1", port }));
    await socket.#write(greeting());
    await socket.#read(64);
    const ready = [
      new TextEncoder().encode("\x05READY"),
      property("Socket-Type", type),
      property("Identity", ""),
    ];
    await socket.#frame(COMMAND, new Uint8Array(await new Blob(ready).arrayBuffer()));
    await socket.#next();
    if (type === "SUB") await socket.#frame(0, Uint8Array.of(1));
    return socket;
  }

  /** Sends a message of several frames. */
  async send(frames: readonly string[]): Promise<void> {
    for (const [i, text] of frames.entries()) {
      await this.#frame(i + 1 < frames.length ? MORE : 0, new TextEncoder().encode(text));
    }
  }

  /** The frames of the next message. */
  async receive(): Promise<string[]> {
    const frames: string[] = [];
    while (true) {
      const { flags, body } = await this.#next();
      if (flags & COMMAND) continue;
      frames.push(new TextDecoder().decode(body));
      if (!(flags & MORE)) return frames;
    }
  }

  async #frame(flags: number, body: Uint8Array): Promise<void> {
    const head = new Uint8Array(9);
    head[0] = flags | LONG;
    new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
    // Commands have the short form here, as each is short.
    await this.#write(flags & COMMAND ? Uint8Array.of(flags, body.length) : head);
    await this.#write(body);
  }

  async #next(): Promise<{ flags: number; body: Uint8Array }> {
    const [flags] = await this.#read(1);
    const size = await this.#read(flags! & LONG ? 8 : 1);
    const length = size.length === 1 ? size[0]! : Number(new DataView(size.buffer).getBigUint64(0));
    return { flags: flags!, body: await this.#read(length) };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
  }

  async #read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let got = 0; got < length;) {
      const count = await this.#connection.read(bytes.subarray(got));
      if (count === null) throw new Error("The connection has ended");
      got += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
