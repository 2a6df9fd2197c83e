/**
 * Finding the native library, in processes of their own.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";

const MODULE = new URL("../src/backend/library.ts", import.meta.url).href;

async function load(
  flags: string[],
  variables: Record<string, string>,
): Promise<{ code: number; error: string }> {
  const script = `await import("${MODULE}")`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...flags, "-"],
    env: variables,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  });
  const process = command.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stderr } = await process.output();
  return { code, error: new TextDecoder().decode(stderr) };
}

Deno.test("a library that is not there is named, with the variable and the build command", async () => {
  const { code, error } = await load(["--allow-ffi", "--allow-env"], {
    TENSAUR_LIBRARY: "/nowhere/libtensaur.so",
  });
  assertEquals(code, 1);
  for (const part of ["LibraryError", "/nowhere/libtensaur.so", "TENSAUR_LIBRARY", "cargo build --release"]) {
    assertStringIncludes(error, part);
  }
});

Deno.test("without permission to read the environment the library beside the module is used", async () => {
  const { code, error } = await load(["--allow-ffi"], { TENSAUR_LIBRARY: "/nowhere/libtensaur.so" });
  assertEquals(code, 0, error);
});
