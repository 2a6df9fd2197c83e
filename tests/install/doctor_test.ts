/**
 * The doctor, where all is well and where the library cannot even be opened.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Diagnosis, doctor } from "@tensaur/tensaur";
import { cacheState } from "../../src/doctor/system.ts";
import { describeDiagnosis } from "../../src/doctor/text.ts";
import { makeRelease } from "../../tools/release_table.ts";
import { Box } from "./box.ts";
import { FakeHost } from "./fake_host.ts";
import { LIBRARY } from "./release.ts";

const DOCTOR = new URL("../../src/doctor.ts", import.meta.url).href;

/** What the command tells in a process with some flags and variables. */
async function told(
  flags: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; diagnosis: Diagnosis }> {
  await using box = await Box.make();
  await box.write(
    "doctor.ts",
    `console.log(JSON.stringify(await (await import("${DOCTOR}")).doctor({ seconds: 0 })));`,
  );
  const { code, out, error } = await box.run("doctor.ts", { flags, env });
  assertEquals(error, "");
  return { code, diagnosis: JSON.parse(out) };
}

Deno.test("the doctor finds each device right, and the text tells all of it", async () => {
  const diagnosis = await doctor({ seconds: 0.01 });
  assertEquals(diagnosis.library.path, decodeURIComponent(LIBRARY.pathname));
  assertEquals(diagnosis.library.origin, "cargo");
  assertEquals(diagnosis.target, Deno.build.target);
  assert(diagnosis.devices.length >= 2 && diagnosis.threads! >= 1);
  for (const { device, right, rounds, error } of diagnosis.devices) {
    assertEquals([right, error], [true, null], device);
    assert(rounds >= 1);
  }
  const text = describeDiagnosis(diagnosis);
  const { versions, library, simd, cache } = diagnosis;
  for (
    const part of [...Object.values(versions), library.path!, simd!, cache.reason, "GPU", "cpu", "reference"]
  ) {
    assertStringIncludes(text, part);
  }
  assertEquals(JSON.parse(JSON.stringify(diagnosis)), diagnosis);
});

Deno.test("without any permission the doctor tells which are missing", async () => {
  const { code, diagnosis } = await told([]);
  assertEquals(code, 0);
  assertEquals(diagnosis.permissions, {
    ffi: "prompt",
    read: "prompt",
    write: "prompt",
    net: "prompt",
    env: "prompt",
  });
  assertEquals([diagnosis.library.path, diagnosis.devices, diagnosis.simd], [null, [], null]);
  assertStringIncludes(diagnosis.problems[0]!.what, "run again with --allow-ffi");
  assertStringIncludes(describeDiagnosis(diagnosis), "What to do:");
});

Deno.test("a library that cannot be opened, and a tier that is not there, are problems and not errors", async () => {
  const variables = { TENSAUR_LIBRARY: "/nowhere/libtensaur.so", TENSAUR_SIMD: "fastest" };
  for (const [name, value] of Object.entries(variables)) {
    const { diagnosis } = await told(["--allow-ffi", "--allow-env"], { [name]: value });
    assertEquals(diagnosis.library.path, null);
    assertStringIncludes(diagnosis.problems[0]!.what, value);
  }
  const { diagnosis } = await told(["--allow-ffi", "--allow-env"], { TENSAUR_SIMD: "plain" });
  assertEquals(diagnosis.simd, "plain");
  assertStringIncludes(diagnosis.problems[0]!.cure, "TENSAUR_SIMD");
});

Deno.test("what is in the cache is told by its sum", async () => {
  const library = new Uint8Array(100), target = "x86_64-unknown-linux-gnu";
  const release = await makeRelease({ version: "1.2.3", base: "https://releases.example" }, {
    [target]: library,
  });
  const host = new FakeHost();
  const absent = await cacheState(host, release);
  assertEquals([absent.folder, absent.state], ["/cache", "absent"]);
  host.files.set(absent.path!, library);
  assertEquals((await cacheState(host, release)).state, "valid");
  host.files.set(absent.path!, new Uint8Array(99));
  const wrong = await cacheState(host, release);
  assertEquals(wrong.state, "wrong");
  assertStringIncludes(wrong.reason, release.files[target]!.sha256);
  host.faults.set("read", () => {
    throw new Error("Is a directory");
  });
  assertEquals((await cacheState(host, release)).state, "unreadable");
  host.denied.add("read");
  const denied = await cacheState(host, release);
  assertEquals([denied.state, denied.lacking.later], ["unknown", ["--allow-read=/cache"]]);
  for (const fault of [{ files: {} }, { abi: 0 }]) {
    assertEquals((await cacheState(host, { ...release, ...fault })).state, "unknown");
  }
  host.variables.TENSAUR_CACHE_DIR = "relative";
  assertStringIncludes((await cacheState(host, release)).reason, "full path");
});
