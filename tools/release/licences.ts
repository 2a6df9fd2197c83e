/**
 * The licences of what others have written and a library contains.
 *
 * @module
 */
import { outputOf } from "../command.ts";
import { PLATFORMS } from "./platforms.ts";

/** A crate, as `cargo metadata` describes it. */
interface Crate {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly repository: string | null;
  readonly manifest_path: string;
}

/** What `cargo metadata` says, as far as it is looked at here. */
interface Metadata {
  readonly packages: readonly Crate[];
  readonly resolve: {
    readonly root: string;
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: string | null }[];
      }[];
    }[];
  };
}

/** What stands above the crates. */
const INTRODUCTION = `# What others have written

Tensaur's native library contains these parts, besides its own code, which is under the MIT licence (\`LICENSE\`).
The parser that compiles functions, acorn, is no part of it: it comes as a package of its own.

## From the compiler

- Rust's standard library (core, alloc, std, and what these contain: addr2line, adler2, cfg-if, gimli, hashbrown, libc,
  memchr, miniz_oxide, object, rustc-demangle), by The Rust Project Developers and others: MIT or Apache-2.0, for which
  see https://github.com/rust-lang/rust
- The mathematical functions that NVIDIA's compiler NVRTC puts into CUDA kernels, by NVIDIA: the licence of the CUDA Toolkit
`;

/** What the linkers add. */
const ZIG =
  `- compiler-rt and libunwind of LLVM, as zig brings them, by the LLVM contributors: Apache-2.0 with the LLVM exceptions
`;
const MINGW =
  `- The start-up code of MinGW-w64, by its authors: in the public domain, and under the Zope Public License 2.1
- libgcc of GCC, by the Free Software Foundation: GPL 3 or later with the GCC Runtime Library Exception 3.1
`;

/** The crates that the library contains where it runs on a target, by Rust's name of it. */
async function cratesOf(rust: string): Promise<Crate[]> {
  const command = ["cargo", "metadata", "--format-version=1", "--locked", `--filter-platform=${rust}`];
  const { packages, resolve }: Metadata = JSON.parse(await outputOf(command));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const found = new Set<string>();
  const visit = (id: string): void => {
    for (const { pkg, dep_kinds } of nodes.get(id)!.deps) {
      // Only what is no tool of the build and of the tests has no kind.
      if (found.has(pkg) || dep_kinds.every(({ kind }) => kind !== null)) continue;
      found.add(pkg);
      visit(pkg);
    }
  };
  visit(resolve.root);
  return packages.filter(({ id }) => found.has(id));
}

/** The texts of a crate's licence: of MIT's where one may choose that, of all otherwise. */
async function textsOf({ manifest_path, license }: Crate): Promise<string[]> {
  const folder = manifest_path.slice(0, -"Cargo.toml".length);
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const all = names.filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name));
  const mit = /\bMIT\b/.test(license ?? "") ? all.filter((name) => /mit|notice/i.test(name)) : [];
  return await Promise.all((mit.length > 0 ? mit : all).map((name) => Deno.readTextFile(folder + name)));
}

/** A crate's part of the page. */
async function section(crate: Crate): Promise<string> {
  const { name, version, license, repository } = crate, texts = await textsOf(crate);
  if (license === null && texts.length === 0) throw new Error(`${name} ${version} has no licence`);
  const facts = [
    license ?? "a licence of its own",
    repository,
    texts.length === 0 ? "no text in its sources" : null,
  ];
  const about = `### ${name} ${version}\n\n${facts.filter((fact) => fact !== null).join(", ")}\n`;
  const quoted = texts.map((text) => `\n\`\`\`text\n${text.trim().replaceAll("\r", "")}\n\`\`\`\n`);
  return about + quoted.join("");
}

/** The page of all that the libraries of some targets contain, by Deno's names of these. */
export async function licencesPage(targets: readonly string[]): Promise<string> {
  const platforms = targets.map((target) => PLATFORMS[target]!);
  const crates = new Map<string, Crate>();
  for (const { rust } of platforms) {
    for (const crate of await cratesOf(rust)) crates.set(`${crate.name} ${crate.version}`, crate);
  }
  const sections = await Promise.all([...crates.keys()].sort().map((key) => section(crates.get(key)!)));
  const linkers = [
    platforms.some(({ zig }) => zig !== undefined) ? ZIG : "",
    platforms.some(({ zig }) => zig === undefined) ? MINGW : "",
  ];
  return `${INTRODUCTION}${linkers.join("")}\n## Crates\n\n${sections.join("\n")}`;
}
