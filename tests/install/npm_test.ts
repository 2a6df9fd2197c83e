/**
 * The packages for npm, installed in an empty folder by npm and run by Deno and by Node.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
// Opened before the tests, as the packages' tool imports it.
import "@tensaur/tensaur";
import { packNpm } from "../../tools/npm_packages.ts";
import { Box } from "./box.ts";
import { LIBRARY } from "./release.ts";

/** Runs a program in the folder of a box. */
async function run(box: Box, program: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, cwd: box.folder, stdin: "null" })
    .output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** Fetches the tarball of a dependency, for machines without a network. */
async function fetchTarball(box: Box, name: string): Promise<string> {
  const { code, text } = await run(box, "npm", "pack", "--silent", name);
  assertEquals(code, 0, text);
  return `${box.folder}/${/\S+\.tgz/.exec(text)![0]}`;
}

/** What a registry tells of a package, read from its tarball. */
async function entryOf(tarball: string, origin: string): Promise<Record<string, unknown>> {
  const { stdout } = await new Deno.Command("tar", { args: ["-xzOf", tarball, "package/package.json"] })
    .output();
  const description = JSON.parse(new TextDecoder().decode(stdout)), { name, version } = description;
  const hash = await crypto.subtle.digest("SHA-512", await Deno.readFile(tarball));
  const integrity = `sha512-${new Uint8Array(hash).toBase64()}`;
  const dist = { tarball: `${origin}/${tarball.split("/").at(-1)}`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...description, dist } } };
}

/** Runs something beside a registry that has the packages of some tarballs. */
async function withRegistry(
  tarballs: readonly string[],
  run: (origin: string) => Promise<void>,
): Promise<void> {
  const answers = new Map<string, BodyInit>();
  const answer = ({ url }: Request): Response => {
    const body = answers.get(decodeURIComponent(new URL(url).pathname).slice(1));
    return new Response(body ?? "no such package", { status: body === undefined ? 404 : 200 });
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const origin = `http://127.0.0.1:${server.addr.port}`;
  for (const tarball of tarballs) {
    const entry = await entryOf(tarball, origin);
    answers.set(entry.name as string, JSON.stringify(entry));
    answers.set(tarball.split("/").at(-1)!, await Deno.readFile(tarball));
  }
  await run(origin);
}

Deno.test("npm and Deno install the packages; Deno runs them with --allow-ffi alone, Node is told what is wrong", async () => {
  await using box = await Box.make();
  const library = decodeURIComponent(LIBRARY.pathname);
  const platforms = { [Deno.build.target]: { library, notices: "All is our own.\n" } };
  const packed = await packNpm(box.folder, platforms);
  const tarballs = [
    ...packed,
    await fetchTarball(box, "acorn@8"),
  ];
  await box.write("again/README", "The same packages, packed another time.");
  for (const [i, path] of (await packNpm(`${box.folder}/again`, platforms)).entries()) {
    assertEquals(await Deno.readFile(path), await Deno.readFile(packed[i]!), path);
  }
  await box.write("package.json", "{}");
  const flags = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const installed = await run(box, "npm", "install", ...flags, ...tarballs);
  assertEquals(installed.code, 0, installed.text);

  await box.write(
    "main.mjs",
    `import { compile, tensor } from "@tensaur/tensaur";
import { operators } from "@tensaur/tensaur/minitorch";
import { doctor } from "@tensaur/tensaur/doctor";
const { library } = await doctor({ seconds: 0 });
const twice = compile((x) => 2 * x);
console.log(twice(tensor([1, 2, 3])).sum().item(), typeof operators, library.origin);
`,
  );
  const ran = await box.run("main.mjs", { flags: ["--allow-ffi"] });
  assertEquals([ran.code, ran.out], [0, "12 object npm\n"], ran.error);

  await withRegistry(tarballs, async (origin) => {
    await using other = await Box.make();
    const script =
      `import { map, tensor } from "npm:@tensaur/tensaur";\nconsole.log(map(tensor([5, 6]), (x) => x + 0.5).sum().item());\n`;
    await other.write("main.ts", script);
    const env = { NPM_CONFIG_REGISTRY: `${origin}/` };
    const ran = await other.run("main.ts", { flags: ["--allow-ffi"], env });
    assertEquals([ran.code, ran.out], [0, "12\n"], ran.error);
  });

  await box.write("main.cjs", `require("@tensaur/tensaur");`);
  for (const script of ["main.mjs", "main.cjs"]) {
    const { code, text } = await run(box, "node", script);
    assertEquals(code, 1);
    assertStringIncludes(text, "Error: Tensaur needs Deno", script);
  }
});
