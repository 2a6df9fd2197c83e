/**
 * The page about what others have written: every crate in a library, and none that only its tests use.
 */
import { assert, assertEquals } from "@std/assert";
import { licencesPage } from "../../tools/release/licences.ts";

/** The names of the crates of a page. */
function cratesOf(page: string): string[] {
  return Array.from(page.matchAll(/^### (\S+) /gm), ([, name]) => name!);
}

const pages = new Map<string, string>();
for (const target of ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"]) {
  pages.set(target, await licencesPage([target]));
}

Deno.test("the page names what the library depends on there, and no more", () => {
  const linux = cratesOf(pages.get("x86_64-unknown-linux-gnu")!);
  const direct = Deno.readTextFileSync("Cargo.toml").split(/^\[/m).filter((part) =>
    part.startsWith("dependencies")
  );
  const names = direct.flatMap((part) =>
    part.startsWith("dependencies.")
      ? [/^dependencies\.(\S+)\]/.exec(part)![1]!]
      : Array.from(part.matchAll(/^([\w-]+) = /gm), ([, name]) => name!)
  );
  assert(names.length > 3);
  for (const name of [...names, "rayon-core"]) assert(linux.includes(name), name);
  assertEquals(linux.filter((name) => ["object", "memchr", "windows-link", "tensaur"].includes(name)), []);
  const windows = cratesOf(pages.get("x86_64-pc-windows-msvc")!);
  assertEquals(windows.filter((name) => !linux.includes(name)), ["windows-link"]);
});

Deno.test("each crate's licence stands there whole, MIT's where one may choose", () => {
  for (const part of pages.get("x86_64-unknown-linux-gnu")!.split(/^### /m).slice(1)) {
    const words = /\bMIT\b/.test(part.slice(0, part.indexOf("```")))
      ? "without restriction"
      : "use, copy, modify, and/or distribute";
    assert(part.replaceAll(/\s+/g, " ").includes(words), part);
    assert(!part.includes("Apache License"), part);
  }
});

Deno.test("the compilers' parts are named", () => {
  for (
    const [target, words] of [["x86_64-unknown-linux-gnu", "libunwind"], ["x86_64-pc-windows-msvc", "libgcc"]]
  ) {
    const page = pages.get(target!)!;
    for (const each of [words!, "Rust's standard library"]) assert(page.includes(each), each);
  }
});
