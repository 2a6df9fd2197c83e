/**
 * A server on the loopback address that has the source and a release made of this checkout's library, and that can
 * do wrong what servers do wrong: the first part of a path says what.
 */
import { releasedTable } from "./release.ts";
import type { Release } from "../../src/backend/release.ts";

const ROOT = new URL("../../", import.meta.url);

/** Where the table of releases stands. */
const TABLE = "/src/backend/release.ts";

/** How a served file is sent. */
type Sending = (bytes: Uint8Array<ArrayBuffer>) => Response;

/** In how many pieces a slow server sends a file. */
const PIECES = 20;

/** The pieces, with some milliseconds after each. */
function inPieces(bytes: Uint8Array<ArrayBuffer>, pause: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const size = Math.ceil(bytes.length / PIECES);
  let at = 0, timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      if (at > 0) await new Promise((resolve) => timer = setTimeout(resolve, pause));
      controller.enqueue(bytes.subarray(at, at += size));
      if (at >= bytes.length) controller.close();
    },
    cancel: () => clearTimeout(timer),
  });
}

/** The ways of sending files of the release, by the first part of the path. */
const SENDINGS: Readonly<Record<string, Sending>> = {
  release: (bytes) => new Response(bytes),
  slow: (bytes) => new Response(inPieces(bytes, 10)),
  stalling: (bytes) => new Response(inPieces(bytes, 60_000)),
  cut: (bytes) =>
    new Response(ReadableStream.from([bytes.subarray(0, bytes.length / 2)]), {
      headers: { "content-length": `${bytes.length}` },
    }),
  short: (bytes) => new Response(bytes.subarray(0, bytes.length / 2)),
  long: (bytes) => new Response(new Blob([bytes, "more"])),
  missing: () => new Response("no", { status: 404 }),
  page: () => new Response("<html>Please log in</html>", { headers: { "content-type": "text/html" } }),
  tampered: (bytes) => {
    const changed = bytes.slice();
    changed[bytes.length >> 1]! ^= 1;
    return new Response(changed);
  },
  round: () => new Response(null, { status: 302, headers: { location: "" } }),
};

/** A running server. */
export interface Server extends AsyncDisposable {
  /** Where it is: `http://127.0.0.1:` and a port. */
  readonly origin: string;
  /** The same without the protocol, as flags name it. */
  readonly host: string;
  /** What it releases. */
  readonly release: Release;
  /** The only library of it. */
  readonly library: Uint8Array<ArrayBuffer>;
  /** The paths that were asked for since this was last emptied. */
  readonly asked: string[];
  /** Files that are served with other contents than those of the checkout, by their paths. */
  readonly changed: Map<string, string>;
}

/** Starts a server. */
export async function startServer(): Promise<Server> {
  const { release, library, table } = await releasedTable();
  const asked: string[] = [], changed = new Map([[TABLE, table]]);
  const { name } = Object.values(release.files)[0]!;
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url), [, first] = pathname.split("/");
    asked.push(pathname);
    const sending = SENDINGS[first!];
    if (sending !== undefined) {
      if (pathname === `/${first}/v${release.version}/${name}`) return sending(library);
      return new Response("no such file in the release", { status: 404 });
    }
    if (first === "moved") {
      return Response.redirect(new URL(pathname.replace("moved", "release"), request.url));
    }
    // A second address of the same files.
    const path = pathname.replace(/^\/again\//, "/");
    return await serveSource(path, changed.get(path));
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    origin: `http://${host}`,
    host,
    release,
    library,
    asked,
    changed,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function serveSource(path: string, changed: string | undefined): Promise<Response> {
  const headers = { "content-type": "application/typescript" };
  if (changed !== undefined) return new Response(changed, { headers });
  if (!/^\/(mod\.ts|src\/[\w/]+\.ts)$/.test(path)) return new Response("no such file", { status: 404 });
  try {
    return new Response(await Deno.readFile(new URL(`.${path}`, ROOT)), { headers });
  } catch {
    return new Response("no such file", { status: 404 });
  }
}
