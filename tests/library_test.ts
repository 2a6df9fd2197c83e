/**
 * Finding the native library, in processes of their own.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { simd } from "../src/backend/devices.ts";
import { SIMD_TIERS } from "../src/backend/tiers.ts";

const MODULE = new URL("../src/backend/library.ts", import.meta.url).href;

async function load(
  flags: string[],
  variables: Record<string, string>,
): Promise<{ code: number; tier: string | undefined; error: string }> {
  const script = `const { library } = await import("${MODULE}"); console.log(library.simd());`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...flags, "-"],
    env: variables,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const process = command.spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stdout, stderr } = await process.output();
  const [printed, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, tier: SIMD_TIERS[Number(printed)], error: error! };
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

Deno.test("the tier that TENSAUR_SIMD names is in force, one that the machine lacks is refused", async () => {
  const flags = ["--allow-ffi", "--allow-env"];
  assertEquals((await load(flags, { TENSAUR_SIMD: "plain" })).tier, "plain");
  assertEquals((await load(flags, { TENSAUR_SIMD: "" })).tier, (await load(["--allow-ffi"], {})).tier);
  const lacking = simd() === "neon" ? "avx2" : "neon";
  for (const name of [lacking, "AVX2", "fastest"]) {
    const { code, error } = await load(flags, { TENSAUR_SIMD: name });
    assertEquals(code, 1);
    assertStringIncludes(error, `LibraryError: Cannot use TENSAUR_SIMD=${name}: this machine has plain`);
  }
});
