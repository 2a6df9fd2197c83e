/**
 * A released library from the server of the release or a mirror. What arrives is only bytes until its sum was checked.
 *
 * @module
 */
import { LibraryError } from "../../errors.ts";
import type { Release, ReleasedFile } from "../release.ts";
import { difference } from "./cache.ts";
import { type Host, messageOf } from "./host.ts";
import { asking, demand } from "./permissions.ts";

/** The variable that names another place of releases. */
export const MIRROR = "TENSAUR_RELEASE_URL";

/** How often a server may send us on. */
const MAX_REDIRECTIONS = 5;

/** Where a file of a release is found. */
export function releaseUrl(host: Host, { base, version }: Release, { name }: ReleasedFile): URL {
  const place = host.environment(MIRROR) || base;
  try {
    return new URL(`${place.replace(/\/+$/, "")}/v${version}/${name}`);
  } catch {
    throw new LibraryError(`Cannot use ${MIRROR}=${place}: want a URL such as https://example.com/tensaur`);
  }
}

/** The bytes of a file of a release, checked. */
export async function download(
  host: Host,
  url: URL,
  wanted: ReleasedFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const watch = new Watch(host.patience);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await bytesOf(await ask(host, url, watch.signal), wanted.bytes, watch);
  } catch (error) {
    if (error instanceof LibraryError) throw error;
    throw failure(url, messageOf(error));
  } finally {
    watch.end();
  }
  const reason = await difference(bytes, wanted);
  if (reason !== null) throw failure(url, `what it sent is not the release: ${reason}`);
  return bytes;
}

function failure(url: URL, what: string): LibraryError {
  return new LibraryError(
    `Cannot download the native library from ${url}: ${what}. Try again, name a mirror by ${MIRROR}, ` +
      `or set TENSAUR_LIBRARY to the path of a library`,
  );
}

/** The server's answer, after the redirections. */
async function ask(host: Host, from: URL, signal: AbortSignal): Promise<Response> {
  let url = from;
  for (let hops = 0; hops <= MAX_REDIRECTIONS; hops++) {
    demand(host, `download the native library from ${url}`, [asking(url)]);
    const response = await host.fetch(url, signal);
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
      continue;
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw failure(from, `the server answered ${response.status} ${response.statusText}`.trimEnd());
  }
  throw failure(from, `the server sent us on more than ${MAX_REDIRECTIONS} times`);
}

/** The body of an answer, unless it is longer or shorter than wanted. */
async function bytesOf(response: Response, wanted: number, watch: Watch): Promise<Uint8Array<ArrayBuffer>> {
  const type = response.headers.get("content-type") ?? "";
  const bytes = new Uint8Array(wanted);
  let length = 0;
  for await (const chunk of response.body ?? []) {
    watch.seen();
    if (length + chunk.length > wanted) throw new Error(`it sent more than ${wanted} bytes${ofType(type)}`);
    bytes.set(chunk, length);
    length += chunk.length;
  }
  if (length < wanted) throw new Error(`it sent ${length} of ${wanted} bytes${ofType(type)}`);
  return bytes;
}

/** A page instead of a file is most often the sign of a proxy that wants something. */
function ofType(type: string): string {
  return type.startsWith("text/html") ? ", a web page" : "";
}

/** Gives a download up once nothing has come for a while. */
class Watch {
  readonly #controller = new AbortController();
  readonly #patience: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(patience: number) {
    this.#patience = patience;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has come. */
  seen(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  /** Nothing more is wanted. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#controller.abort(new Error(`the server sent nothing for ${this.#patience / 1000} seconds`));
    }, this.#patience);
  }
}
