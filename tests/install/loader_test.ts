/**
 * The steps of the loader on a machine in memory, each of which is made to fail.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LibraryError } from "@tensaur/tensaur";
import { cacheFolder } from "../../src/backend/loader/cache.ts";
import { releasedLibrary } from "../../src/backend/loader/released.ts";
import { npmPackage, releaseName, TARGETS } from "../../src/backend/loader/targets.ts";
import { RELEASE, type Release } from "../../src/backend/release.ts";
import { ABI_VERSION } from "../../src/backend/symbols.ts";
import { makeRelease, withRelease } from "../../tools/release_table.ts";
import { FakeHost, type Step } from "./fake_host.ts";

const TARGET = "x86_64-unknown-linux-gnu";
const LIBRARY = crypto.getRandomValues(new Uint8Array(5000));
const OTHER = LIBRARY.map((byte) => byte ^ 1);
const release = await makeRelease({ version: "1.2.3", base: "https://releases.example/all" }, {
  [TARGET]: LIBRARY,
});
const PATH = `/cache/1.2.3/${TARGET}/${release.files[TARGET]!.sha256.slice(0, 16)}-libtensaur-${TARGET}.so`;

/** A machine whose server has the release. */
function machine(): FakeHost {
  const host = new FakeHost();
  host.answer = () => new Response(LIBRARY);
  return host;
}

/** The message of the error that loading ends in. */
async function refusal(host: FakeHost, of: Release = release): Promise<string> {
  const error = await assertRejects(() => releasedLibrary(host, of), LibraryError);
  return error.message;
}

/** Nothing but the library is left in the cache, if that. */
function assertClean(host: FakeHost): void {
  for (const [path, bytes] of host.files) assertEquals([path, bytes], [PATH, LIBRARY]);
}

Deno.test("the library is fetched once, then only read", async () => {
  const host = machine(), asked: string[] = [];
  host.answer = (url) => {
    asked.push(url.href);
    return new Response(LIBRARY);
  };
  assertEquals(await releasedLibrary(host, release), PATH);
  assertEquals(asked, [`https://releases.example/all/v1.2.3/libtensaur-${TARGET}.so`]);
  assertEquals(host.steps, ["read", "fetch", "makeFolder", "writeNew", "rename", "list", "read"]);
  assertClean(host);
  host.steps.length = 0;
  for (const name of ["write", "net"]) host.denied.add(name);
  assertEquals(await releasedLibrary(host, release), PATH);
  assertEquals(host.steps, ["read"]);
});

Deno.test("each step that fails ends in the library or in an error that says it, and leaves no part of a file", async () => {
  const outcomes: Record<Exclude<Step, "remove">, "works" | "fails"> = {
    read: "works",
    fetch: "fails",
    makeFolder: "fails",
    writeNew: "fails",
    rename: "fails",
    list: "works",
  };
  for (const [step, outcome] of Object.entries(outcomes)) {
    for (
      const error of [new Error("No space left on device"), new Deno.errors.PermissionDenied("Not yours")]
    ) {
      const host = machine();
      host.faults.set(step as Step, () => {
        throw error;
      });
      if (outcome === "works") assertEquals(await releasedLibrary(host, release), PATH);
      else assertStringIncludes(await refusal(host), error.message, step);
      assertClean(host);
      // What failed is not in the way of the next start.
      assertEquals(await releasedLibrary(host, release), PATH);
    }
  }
});

Deno.test("what failed first is told, even if what was begun cannot be removed", async () => {
  const host = machine();
  for (const step of ["writeNew", "remove"] as const) {
    host.faults.set(step, () => {
      throw new Error(`${step} fails`);
    });
  }
  assertStringIncludes(await refusal(host), "writeNew fails");
  assertEquals(host.files.has(PATH), false);
});

Deno.test("a file that cannot be replaced is no error if another process has put the library there", async () => {
  const host = machine();
  host.faults.set("rename", () => {
    host.files.set(PATH, LIBRARY);
    throw new Error("Another process uses the file");
  });
  assertEquals(await releasedLibrary(host, release), PATH);
  assertClean(host);
});

Deno.test("what was swapped after it was written is not opened", async () => {
  const host = machine();
  host.faults.set("list", () => void host.files.set(PATH, OTHER));
  assertStringIncludes(await refusal(host), "is not what was released");
});

Deno.test("what an ended process has left is removed after an hour", async () => {
  const host = machine(), stale = `${PATH}.1.part`, fresh = `${PATH}.2.part`, other = `${PATH}.txt`;
  for (const path of [stale, fresh, other]) host.files.set(path, OTHER);
  host.old.set(stale, Date.now() - 3_700_000).set(other, 0);
  await releasedLibrary(host, release);
  assertEquals([...host.files.keys()].sort(), [PATH, fresh, other].sort());
});

Deno.test("a cached file that is not the library is replaced; without permission both sums are told", async () => {
  for (const wrong of [OTHER, LIBRARY.slice(0, 100), new Uint8Array()]) {
    const host = machine();
    host.files.set(PATH, wrong);
    host.denied.add("write");
    const message = await refusal(host);
    assertEquals(message.match(/\b[0-9a-f]{64}\b/g)?.length, 2, message);
    assertStringIncludes(message, "--allow-write=/cache");
    assertEquals(host.files.get(PATH), wrong);
    host.denied.clear();
    assertEquals(await releasedLibrary(host, release), PATH);
    assertClean(host);
  }
});

Deno.test("what a server sends is refused unless it is the library", async () => {
  const cases: [Response, string][] = [
    [new Response(OTHER), "SHA-256"],
    [new Response(LIBRARY.slice(1)), "it sent 4999 of 5000 bytes"],
    [new Response(""), "it sent 0 of 5000 bytes"],
    [new Response(new Blob([LIBRARY, LIBRARY])), "it sent more than 5000 bytes"],
    [new Response("<p>Log in", { headers: { "content-type": "text/html" } }), "a web page"],
    [new Response("", { status: 404, statusText: "Not Found" }), "the server answered 404 Not Found"],
    [new Response("", { status: 503 }), "the server answered 503"],
    [new Response(null, { status: 304 }), "the server answered 304"],
  ];
  for (const [response, words] of cases) {
    const host = machine();
    host.answer = () => response;
    assertStringIncludes(await refusal(host), words);
    assertEquals(host.files.size, 0);
  }
});

Deno.test("a server that stops sending is given up", async () => {
  for (const beginning of [new Uint8Array(), LIBRARY.slice(0, 9)]) {
    const host = machine();
    host.patience = 20;
    host.answer = (_, signal) =>
      new Response(
        new ReadableStream({
          start(controller): void {
            controller.enqueue(beginning);
            signal.addEventListener("abort", () => controller.error(signal.reason));
          },
        }),
      );
    assertStringIncludes(await refusal(host), "the server sent nothing for 0.02 seconds");
  }
});

Deno.test("redirections are followed where that is permitted", async () => {
  const host = machine();
  host.answer = ({ host }) =>
    host === "cdn.example:8080"
      ? new Response(LIBRARY)
      : new Response(null, { status: 302, headers: { location: "http://cdn.example:8080/x" } });
  host.denied.add("net:cdn.example:8080");
  assertStringIncludes(await refusal(host), "run again with --allow-net=cdn.example:8080");
  host.denied.clear();
  assertEquals(await releasedLibrary(host, release), PATH);
});

Deno.test("a mirror takes the place of the release's own address; it may be a folder", async () => {
  const places = { "http://mirror/a/": "http://mirror/a/v1.2.3/", "file:///srv/t": "file:///srv/t/v1.2.3/" };
  for (const [mirror, folder] of Object.entries(places)) {
    const host = machine();
    host.variables.TENSAUR_RELEASE_URL = mirror;
    host.answer = ({ href }) => {
      assertEquals(href, `${folder}libtensaur-${TARGET}.so`);
      return new Response(LIBRARY);
    };
    host.denied.add("read");
    assertStringIncludes(await refusal(host), "--allow-read=/cache");
    host.denied.clear();
    assertEquals(await releasedLibrary(host, release), PATH);
  }
  const host = machine();
  host.variables.TENSAUR_RELEASE_URL = "mirror";
  assertStringIncludes(await refusal(host), "Cannot use TENSAUR_RELEASE_URL=mirror");
});

Deno.test("all flags that are missing are told at once, before anything is tried", async () => {
  const host = machine();
  for (const name of ["ffi", "read", "write", "net"] as const) host.denied.add(name);
  const flags = "--allow-ffi --allow-read=/cache --allow-write=/cache --allow-net=releases.example";
  assertStringIncludes(await refusal(host), `run again with ${flags}`);
  host.denied.add("env");
  const words = '--allow-env=HOME --allow-ffi --allow-read="$HOME/.cache/tensaur"';
  assertStringIncludes(await refusal(host), `run again with ${words}`);
  assertEquals(host.steps, []);
});

Deno.test("the cache stands where the system keeps what can be fetched again", async () => {
  const cases: [target: string, variables: Record<string, string>, folder: string | undefined][] = [
    [TARGET, { HOME: "/h" }, "/h/.cache/tensaur"],
    [TARGET, { HOME: "/h", XDG_CACHE_HOME: "/x" }, "/x/tensaur"],
    ["aarch64-apple-darwin", { HOME: "/h", XDG_CACHE_HOME: "/x" }, "/h/Library/Caches/tensaur"],
    ["x86_64-pc-windows-msvc", { LOCALAPPDATA: "C:\\l", HOME: "/h" }, "C:\\l/tensaur"],
    ["x86_64-pc-windows-msvc", { TENSAUR_CACHE_DIR: "D:\\t" }, "D:\\t"],
    [TARGET, { HOME: "/h", TENSAUR_CACHE_DIR: "/t" }, "/t"],
    [TARGET, {}, undefined],
  ];
  for (const [target, variables, folder] of cases) {
    const host = Object.assign(machine(), { target, variables });
    assertEquals(cacheFolder(host), folder);
  }
  const nowhere = Object.assign(machine(), { variables: {} });
  assertStringIncludes(await refusal(nowhere), "HOME is not set; set TENSAUR_CACHE_DIR");
  const relative = Object.assign(machine(), { variables: { TENSAUR_CACHE_DIR: "here" } });
  assertStringIncludes(await refusal(relative), "want the full path of a folder");
});

Deno.test("a release is taken only if it was published, for this platform, with this interface and these ops", async () => {
  const file = release.files[TARGET]!;
  const cases: [Partial<Release>, string][] = [
    [{ files: {} }, "Nothing of version 1.2.3 has been published yet"],
    [{ files: { "riscv64-unknown-linux-gnu": file } }, "only for riscv64-unknown-linux-gnu"],
    [{ abi: ABI_VERSION + 1 }, `but this code needs ${ABI_VERSION}`],
    [{ ops: "0".repeat(64) }, "has other ops than this code"],
  ];
  for (const [change, words] of cases) {
    const host = machine();
    assertStringIncludes(await refusal(host, { ...release, ...change }), words);
    assertEquals(host.steps, []);
  }
});

Deno.test("the table in the source is one that the release tool would write, and fits the source if published", async () => {
  const source = await Deno.readTextFile(new URL("../../src/backend/release.ts", import.meta.url));
  assertEquals(withRelease(source, RELEASE), source);
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assertEquals(RELEASE.version, version);
  const written = await import(`data:text/typescript,${encodeURIComponent(withRelease(source, release))}`);
  assertEquals(written.RELEASE, release);
});

Deno.test("each target has a package and a file of its own, named as Deno names its targets", () => {
  const targets = Object.keys(TARGETS);
  assert(targets.includes(Deno.build.target));
  assertEquals(npmPackage(TARGETS[TARGET]!), "@tensaur/linux-x64-glibc");
  assertEquals(new Set(Object.values(TARGETS).map(npmPackage)).size, targets.length);
  assertEquals(new Set(targets.map(releaseName)).size, targets.length);
});
