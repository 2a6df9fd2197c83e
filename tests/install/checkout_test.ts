/**
 * A checkout in which nobody has run cargo.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { filesUnder } from "../../tools/imports.ts";
import { makeRelease, withRelease, writeRelease } from "../../tools/release_table.ts";
import { RELEASE, type Release } from "../../src/backend/release.ts";
import { Box } from "./box.ts";
import { releasedTable } from "./release.ts";

const TABLE = "src/backend/release.ts";
const { library, release } = await releasedTable();

/** A copy of the sources with another table, and a script beside them. */
async function copyOfCheckout(table: Release): Promise<Box> {
  const box = await Box.make();
  for (const path of ["mod.ts", ...filesUnder("src", ".ts")]) {
    const text = await Deno.readTextFile(path);
    await box.write(`checkout/${path}`, path === TABLE ? withRelease(text, table) : text);
  }
  await box.write(
    "main.ts",
    `import { tensor } from "./checkout/mod.ts";\nconsole.log(tensor([5, 7]).sum().item());\n`,
  );
  return box;
}

Deno.test("a checkout without a build takes the library of a release that fits, and says so", async () => {
  await using box = await copyOfCheckout(release);
  await writeRelease(`${box.folder}/mirror`, RELEASE, { [Deno.build.target]: library });
  const env = { TENSAUR_RELEASE_URL: `file://${box.folder}/mirror` };
  const flags = [
    "--allow-ffi",
    "--allow-env=HOME,TENSAUR_RELEASE_URL",
    `--allow-read=${box.cache},${box.folder}/mirror`,
    `--allow-write=${box.cache}`,
  ];
  for (let start = 0; start < 2; start++) {
    const { code, out, error } = await box.run("main.ts", { flags, env });
    assertEquals([code, out], [0, "12\n"], error);
    for (const part of ["checkout/target/release/", `the library of release ${RELEASE.version}`, box.cache]) {
      assertStringIncludes(error, part);
    }
  }
});

Deno.test("a checkout that has moved on since the release, or before it, says what to do", async () => {
  const own = await makeRelease(RELEASE, {});
  const cases: [Release, string][] = [
    [own, "Nothing of version"],
    [{ ...release, abi: release.abi + 1 }, "of the interface, but this code needs"],
    [{ ...release, ops: "0" }, "has other ops than this code"],
  ];
  for (const [table, words] of cases) {
    await using box = await copyOfCheckout(table);
    const { code, error } = await box.run("main.ts", { flags: ["--allow-all"] });
    assertEquals(code, 1);
    const parts = ["LibraryError", "checkout/target/release/", words, "cargo build --release"];
    for (const part of parts) assertStringIncludes(error, part);
  }
});
