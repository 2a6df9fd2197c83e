/**
 * An import by URL, in an empty folder, by processes of Deno that know nothing yet.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Box, type Ran } from "./box.ts";
import { startServer } from "./server.ts";

const server = await startServer();
const mirror = { TENSAUR_RELEASE_URL: `${server.origin}/release` };
/** Has fetched the source, for the tests that are about the library only. */
const fetched = await Box.make();
Deno.test.afterAll(async () => {
  await fetched[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A script that computes 12. */
function script(path = "/mod.ts"): string {
  return `import { tensor } from "${server.origin}${path}";
console.log(tensor([1, 2, 3]).mul(2).sum().item());
`;
}

function assertTwelve({ code, out, error }: Ran): void {
  assertEquals([code, out], [0, "12\n"], error);
}

/** A box that knows the source already, but not the library. */
async function boxWithSource(): Promise<Box> {
  const box = await Box.make(fetched.denoDir);
  await box.write("main.ts", script());
  return box;
}

Deno.test("the first import fetches all, later ones nothing; each needs the permissions that are told", async () => {
  await fetched.write("main.ts", script());
  const { first, later } = fetched.flags(server);
  assertTwelve(await fetched.run("main.ts", { flags: [...first, "--lock=deno.lock"], env: mirror }));
  const [file, ...others] = await fetched.cached();
  assertEquals(others, []);
  assertEquals(await Deno.readFile(fetched.cache + file!), server.library);
  server.asked.length = 0;
  assertTwelve(await fetched.run("main.ts", { flags: [...later, "--lock=deno.lock", "--frozen"] }));
  assertTwelve(await fetched.run("main.ts", { flags: [...later, "--cached-only"] }));
  assertEquals(server.asked, []);
});

Deno.test("each permission that is missing is named, and nothing is asked for", async () => {
  await using box = await boxWithSource();
  const { first } = box.flags(server);
  for (const flag of first) {
    const ran = await box.run("main.ts", { flags: first.filter((each) => each !== flag), env: mirror });
    assertEquals(ran.code, 1, flag);
    if (flag.startsWith("--allow-import")) continue;
    assertStringIncludes(ran.error, "LibraryError");
    const wanted = flag.startsWith("--allow-env") ? "--allow-env=HOME" : flag;
    const lacking = ran.error.match(/run again with (.*)/)?.[1]?.split(" ");
    assert(lacking?.includes(wanted), `${flag}: ${ran.error}`);
  }
  assertEquals(await box.cached(), []);
  assertTwelve(await box.run("main.ts", { flags: first, env: mirror }));
});

Deno.test("a changed library is refused with both sums, and nothing of it is kept", async () => {
  await using box = await boxWithSource();
  const env = { TENSAUR_RELEASE_URL: `${server.origin}/tampered` };
  const { code, error } = await box.run("main.ts", { flags: box.flags(server).first, env });
  assertEquals(code, 1);
  const sums = error.match(/\b[0-9a-f]{64}\b/g);
  assertEquals(sums?.length, 2, error);
  assertEquals(sums![1], Object.values(server.release.files)[0]!.sha256);
  assertEquals(await box.cached(), []);
});

Deno.test("a changed source is refused by the lock", async () => {
  await using box = await Box.make();
  await box.write("main.ts", script());
  await Deno.copyFile(`${fetched.folder}/deno.lock`, `${box.folder}/deno.lock`);
  server.changed.set("/src/shape.ts", "export {};");
  try {
    const flags = [...box.flags(server).first, "--lock=deno.lock", "--frozen"];
    const { code, error } = await box.run("main.ts", { flags, env: mirror });
    assert(code !== 0);
    assertStringIncludes(error, "Integrity check failed");
    assertStringIncludes(error, "/src/shape.ts");
  } finally {
    server.changed.delete("/src/shape.ts");
  }
});

Deno.test("an error of the server is told in words, with what to do", async () => {
  await using box = await boxWithSource();
  const bytes = server.library.length;
  const cases = {
    missing: "the server answered 404",
    page: "a web page",
    cut: "",
    short: `it sent ${bytes >> 1} of ${bytes} bytes`,
    long: `it sent more than ${bytes} bytes`,
    round: "sent us on more than 5 times",
  };
  await Promise.all(
    Object.entries(cases).map(async ([way, words]) => {
      const env = { TENSAUR_RELEASE_URL: `${server.origin}/${way}` };
      const { code, error } = await box.run("main.ts", { flags: box.flags(server).first, env });
      assertEquals(code, 1, way);
      for (const part of ["LibraryError", `${server.origin}/${way}/`, words, "TENSAUR_RELEASE_URL"]) {
        assertStringIncludes(error, part, way);
      }
    }),
  );
  assertEquals(await box.cached(), []);
});

Deno.test("a slow server, and one that has moved, are waited for and followed", async () => {
  for (const way of ["slow", "moved"]) {
    await using box = await boxWithSource();
    const env = { TENSAUR_RELEASE_URL: `${server.origin}/${way}/` };
    assertTwelve(await box.run("main.ts", { flags: box.flags(server).first, env }));
  }
});

Deno.test("a process that is ended while it downloads leaves nothing that is in the way", async () => {
  await using box = await boxWithSource();
  const flags = box.flags(server).first;
  server.asked.length = 0;
  const process = box.start("main.ts", { flags, env: { TENSAUR_RELEASE_URL: `${server.origin}/stalling` } });
  while (server.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill("SIGKILL");
  await process.output();
  assertEquals(await box.cached(), []);
  assertTwelve(await box.run("main.ts", { flags, env: mirror }));
});

Deno.test("a platform that was not released is told, with those that were", async () => {
  const table = server.changed.get("/src/backend/release.ts")!;
  server.changed.set("/other/release.ts", table.replaceAll(Deno.build.target, "riscv64-unknown-linux-gnu"));
  await using box = await Box.make(fetched.denoDir);
  // The same loader, given another table.
  await box.write(
    "main.ts",
    `import { RELEASE } from "${server.origin}/other/release.ts";
import { denoHost } from "${server.origin}/src/backend/loader/host.ts";
import { releasedLibrary } from "${server.origin}/src/backend/loader/released.ts";
await releasedLibrary(denoHost, RELEASE);
`,
  );
  const { code, error } = await box.run("main.ts", { flags: box.flags(server).first, env: mirror });
  assertEquals(code, 1);
  assertStringIncludes(
    error,
    `was not released for ${Deno.build.target}, only for riscv64-unknown-linux-gnu`,
  );
});

Deno.test("eight processes at once leave one library", async () => {
  await using box = await boxWithSource();
  const flags = box.flags(server).first;
  const all = await Promise.all(
    Array.from({ length: 8 }, () => box.run("main.ts", { flags, env: mirror })),
  );
  all.forEach(assertTwelve);
  assertEquals((await box.cached()).length, 1);
});

Deno.test("a library in the cache that was changed is replaced, or refused where that is not permitted", async () => {
  await using box = await boxWithSource();
  const { first, later } = box.flags(server);
  assertTwelve(await box.run("main.ts", { flags: first, env: mirror }));
  const path = box.cache + (await box.cached())[0];
  for (const length of [server.library.length, 1000, 0]) {
    await Deno.writeFile(path, server.library.slice(0, length).fill(7, 0, 1));
    const { code, error } = await box.run("main.ts", { flags: later, env: mirror });
    assertEquals(code, 1);
    assertEquals(error.match(/\b[0-9a-f]{64}\b/g)?.length, 2, error);
    assertTwelve(await box.run("main.ts", { flags: first, env: mirror }));
    assertEquals(await Deno.readFile(path), server.library);
  }
});

Deno.test("a cache behind a link works; one that cannot be written is told", async () => {
  await using box = await boxWithSource();
  await Deno.mkdir(`${box.folder}/elsewhere`);
  await Deno.mkdir(`${box.folder}/home/.cache`, { recursive: true });
  await Deno.symlink(`${box.folder}/elsewhere`, box.cache);
  const { first } = box.flags(server),
    flags = [...first, `--allow-read=${box.folder}`, `--allow-write=${box.folder}`];
  assertTwelve(await box.run("main.ts", { flags, env: mirror }));
  assertEquals((await box.cached(`${box.folder}/elsewhere`)).length, 1);
  // A file stands where a folder is wanted: nobody can write there, root included.
  const blocked = await box.write("blocked", "");
  const { code, error } = await box.run("main.ts", {
    flags: ["--allow-all"],
    env: { ...mirror, TENSAUR_CACHE_DIR: blocked },
  });
  assertEquals(code, 1);
  for (const part of ["LibraryError", blocked, "TENSAUR_CACHE_DIR"]) assertStringIncludes(error, part);
});

Deno.test("a Worker, and two addresses of the source in one process, have the one library", async () => {
  await using box = await boxWithSource();
  await box.write("worker.ts", `${script().replace("console.log", "postMessage")}`);
  await box.write(
    "all.ts",
    `${script()}
import { Tensor, tensor as other } from "${server.origin}/again/mod.ts";
console.log(other([1]) instanceof Tensor, tensor([1]) instanceof Tensor, other([4]).exp().item() === tensor([4]).exp().item());
const worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
worker.onmessage = ({ data }) => {
  console.log(data);
  worker.terminate();
};
`,
  );
  const flags = [...box.flags(server).first, `--allow-read=${box.folder}`];
  const { code, out, error } = await box.run("all.ts", { flags, env: mirror });
  assertEquals([code, out], [0, "12\ntrue false true\n12\n"], error);
  assertEquals((await box.cached()).length, 1);
});

Deno.test("the doctor runs by its URL, and finds the library in the cache", async () => {
  await using box = await boxWithSource();
  const { first, later } = box.flags(server);
  assertTwelve(await box.run("main.ts", { flags: first, env: mirror }));
  const { code, out, error } = await box.run(`${server.origin}/src/doctor.ts`, { flags: later });
  assertEquals(code, 0, error);
  for (const part of [box.cache, "(release, interface", "valid: ", "cpu", "No problems."]) {
    assertStringIncludes(out, part);
  }
});
