/**
 * The kernels in the library, where no NVRTC is: cubins of the real compiler, whose architecture and names the simulated
 * driver looks at before it runs what g++ makes of the same source. `deno task cubins` must have put them there.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ARCHIVE, cubins, resourcesPage } from "../../tools/cubins.ts";
import { build } from "../simulator/child.ts";
import { PERMISSIONS, printed, ready as hasCompiler, simulated } from "./child.ts";

/** Bytes that the library may have. */
const LARGEST = 12e6;
const WITHOUT_NVRTC = { TENSAUR_NVRTC: "/nowhere/libnvrtc.so.12" };

const archived = await Deno.stat(ARCHIVE).then(({ size }) => size > 0, () => false);
// Where every check runs, kernels that nobody has compiled are a failure.
const ready = hasCompiler && (archived || Deno.env.has("CI"));
// deno-lint-ignore no-console -- a skipped test is skipped aloud
if (!ready) console.warn("no g++, or no kernels in the library (deno task cubins): these are not tested");

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `kernels in the library: ${name}`, ignore: !ready, fn });
}

/** The fixed kernels as g++ compiles them for a compute capability; gives the shared object. */
async function twin(capability: string): Promise<string> {
  await build("plain");
  const folder = await Deno.makeTempDir(), source = `${folder}/fixed.cu`, twin = `${folder}/fixed.so`;
  await cubins("source", source);
  const script = new URL("../simulator/compile.sh", import.meta.url).pathname;
  const architecture = `-D__CUDA_ARCH__=${100 * Number(capability)}`;
  const { success, stderr } = await new Deno.Command(script, {
    args: ["plain", twin, source, "-ffp-contract=off", architecture],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return twin;
}

/** Removes what `twin` has made. */
async function remove(twin: string): Promise<void> {
  await Deno.remove(twin.slice(0, twin.lastIndexOf("/")), { recursive: true });
}

test("they are of these sources, and the library stays small", async () => {
  await cubins("check", ARCHIVE);
  const { size } = await Deno.stat("target/release/libtensaur.so");
  assert(size < LARGEST, `${size} bytes, of which ${(await Deno.stat(ARCHIVE)).size} are kernels`);
});

test("each takes as much of a GPU as docs/cuda-resources.md says", async () => {
  const rows = (page: string): Map<string, string> =>
    new Map(
      page.split("\n").filter((line) => line.startsWith("| `")).map((line) => {
        const [, kernel, ...cells] = line.split("|").map((cell) => cell.trim());
        return [kernel!, cells.join(" | ")];
      }),
    );
  // Two runs of the compiler may differ by a register; memory, and so spills, are the same.
  const alike = (one = "", other = ""): boolean => {
    const [numbers, others] = [one, other].map((cells) => cells.match(/\d+/g)?.map(Number) ?? []);
    return numbers!.length === others!.length &&
      numbers!.every((number, i) => Math.abs(number - others![i]!) <= (i % 3 === 0 ? 2 : 0));
  };
  const wanted = rows(await Deno.readTextFile("docs/cuda-resources.md")), found = rows(await resourcesPage());
  const changed = [...new Set([...wanted.keys(), ...found.keys()])]
    .filter((kernel) => !alike(wanted.get(kernel), found.get(kernel)))
    .map((kernel) => `${kernel}: ${found.get(kernel) ?? "gone"}, was ${wanted.get(kernel) ?? "not there"}`);
  assertEquals(changed, [], "deno task cubins --write writes the page anew");
});

for (const CAPABILITY of ["7.5", "8.0", "9.0"]) {
  test(`a GPU of compute capability ${CAPABILITY} has the bits of the CPU`, async () => {
    const KERNELS = await twin(CAPABILITY);
    const files = ["device_tests.ts", "product_tests.ts"].map((file) =>
      new URL(file, import.meta.url).pathname
    );
    const args = ["test", "--no-check", ...PERMISSIONS, "--reporter=dot", ...files];
    const env = { ...WITHOUT_NVRTC, TENSAUR_GRAPHS: "8" };
    const { success, output } = await simulated(args, { CAPABILITY, KERNELS }, env);
    await remove(KERNELS);
    assert(success, output);
    assert(/ok \| \d\d passed \| 0 failed/.test(output), output);
  });
}

const PROGRAM = ["console.log(ts.arange(0, 300, 1, { device: 'cuda' }).mul(2).sum().item());"];

test("a GPU of a generation yet to come has PTX, if its driver knows the version", async () => {
  const KERNELS = await twin("12.0"), newer = { CAPABILITY: "13.0", KERNELS };
  assertEquals(await printed(PROGRAM, { ...newer, DRIVER: 12090 }, WITHOUT_NVRTC), "89700");
  const refused = await printed(PROGRAM, { ...newer, DRIVER: 12080 }, WITHOUT_NVRTC);
  await remove(KERNELS);
  assertStringIncludes(refused, "DeviceError");
  assertStringIncludes(refused, "install a newer driver");
});

test("a GPU that they do not suit is refused with the one command", async () => {
  const said = await printed(PROGRAM, { CAPABILITY: "11.0", DRIVER: 13000 }, WITHOUT_NVRTC);
  for (const part of ["DeviceError", "compute capability 11.0", "deno task cubins", "TENSAUR_NVRTC"]) {
    assertStringIncludes(said, part);
  }
});
