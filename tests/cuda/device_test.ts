/**
 * The device `cuda` on the simulated driver: `device_tests.ts` in processes of its own, with programs compiled and
 * interpreted; why a GPU cannot be used; and what happens when one fails.
 */
import { assert, assertEquals } from "@std/assert";
import { PERMISSIONS, printed, ready, simulated } from "./child.ts";

const DEVICE = ["device_tests.ts", "launch_tests.ts"], PRODUCTS = ["product_tests.ts"];

/** The files that run on a device, how their programs run, and on which devices. */
const RUNS = [
  [DEVICE, "interpreted", "8.0"],
  [DEVICE, "compiled", "8.0"],
  [PRODUCTS, "interpreted", "8.0"],
  [PRODUCTS, "compiled", "8.0"],
  [PRODUCTS, "interpreted", "7.5"],
  [PRODUCTS, "interpreted", "9.0"],
] as const;

for (const [names, way, CAPABILITY] of RUNS) {
  Deno.test({
    name: `${names[0]} on a device of capability ${CAPABILITY}, programs ${way}`,
    ignore: !ready,
    fn: async () => {
      const files = names.map((file) => new URL(file, import.meta.url).pathname);
      const args = ["test", "--no-check", ...PERMISSIONS, "--reporter=dot", ...files];
      const env = { TENSAUR_CUDA_PROGRAMS: way, TENSAUR_GRAPHS: way === "compiled" ? "8" : "200" };
      const { success, output } = await simulated(args, { CAPABILITY }, env);
      assert(success, output);
      assert(/ok \| \d\d passed \| 0 failed/.test(output), output);
    },
  });
}

/** What is wrong with a driver, and a part of what is said about it. */
const REASONS: readonly (readonly [Record<string, string | number>, string])[] = [
  [{ DEVICES: 0 }, "CUDA_VISIBLE_DEVICES"],
  [{ INIT_ERROR: 34 }, "stubs"],
  [{ INIT_ERROR: 803 }, "different versions"],
  [{ INIT_ERROR: 804 }, "different versions"],
  [{ INIT_ERROR: 999 }, "failed with 999"],
  [{ DRIVER: 11040 }, "knows CUDA 11.4, at least 12.0 is wanted"],
  [{ CAPABILITY: "6.1" }, "no GPU has compute capability 7.5 or more"],
];

for (const [settings, part] of REASONS) {
  Deno.test({
    name: `a driver with ${JSON.stringify(settings)} is refused, with what to do`,
    ignore: !ready,
    fn: async () => {
      const said = await printed([
        "console.log(ts.cudaAvailable(), ts.cudaDevices().length, ts.cudaUnavailableReason());",
        "try { ts.ones([1], { device: 'cuda' }); } catch (error) { console.log(error.name, error.message); }",
        "console.log(ts.ones([2]).sum().item());",
      ], settings);
      const [found, thrown, sum] = said.split("\n");
      assert(found!.startsWith("false 0 ") && found!.includes(part), said);
      assert(thrown!.startsWith("DeviceError Cannot use the device cuda: ") && thrown!.includes(part), said);
      assertEquals(sum, "2");
    },
  });
}

Deno.test("without a driver the reason names its library, and nothing else suffers", async () => {
  const mod = new URL("../../mod.ts", import.meta.url);
  const code = `import * as ts from "${mod}"; console.log(ts.cudaUnavailableReason() ?? "there is one");`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    env: { NO_COLOR: "1" },
  });
  const said = new TextDecoder().decode((await command.output()).stdout);
  assert(said.includes("libcuda.so.1") || said.includes("there is one"), said);
});

Deno.test({
  name: "a kernel that fails breaks its GPU with a typed error at the next read; the CPU goes on",
  ignore: !ready,
  fn: async () => {
    const said = await printed([
      "const x = ts.ones([8], { device: 'cuda' }).mul(3);",
      "for (let i = 0; i < 2; i++) {",
      "  try { console.log(x.add(i).toArray()); } catch (error) { console.log(error.name, error.message); }",
      "}",
      "console.log(ts.ones([2]).add(1).sum().item());",
    ], { LAUNCH_FAILURE_AT: 1 });
    const [first, second, sum] = said.split("\n");
    for (const line of [first!, second!]) {
      assert(
        line.startsWith("DeviceError") && line.includes("cannot be used any more in this process"),
        said,
      );
    }
    assertEquals(sum, "4");
  },
});

Deno.test({
  name: "memory that runs out at any allocation is a typed error, and work goes on",
  ignore: !ready,
  fn: async () => {
    for (const OOM_AT of [1, 2, 3, 4]) {
      const said = await printed([
        "let failed = 0;",
        "for (let i = 0; i < 4; i++) {",
        "  try { console.log(ts.ones([64], { device: 'cuda' }).mul(i).sum().item()); }",
        "  catch (error) { failed++; console.log(error.name); }",
        "}",
      ], { OOM_AT });
      const lines = said.split("\n");
      assertEquals(lines.at(-1), "192", said);
      assert(lines.every((line) => line === "OutOfMemoryError" || Number.isInteger(Number(line))), said);
    }
  },
});
