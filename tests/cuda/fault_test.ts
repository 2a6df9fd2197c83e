/**
 * A GPU that fails while it runs a plan, launch by launch and as a graph; and a driver that captures no launches.
 */
import { assert, assertEquals } from "@std/assert";
import { printed, ready } from "./child.ts";

/** Runs of one plan of two launches, after one launch, until one fails. */
const RUNS = [
  "const x = ts.ones([8], { device: 'cuda' }).mul(3), w = ts.tensor([1, 2, 3]).to('cuda'); ts.evaluate(x);",
  "for (let i = 0; i < 6; i++) {",
  "  try {",
  "    const y = x.add(i).exp(), z = w.sin(); ts.evaluate(y, z);",
  "    console.log(y.at(7).item() > 0);",
  "  } catch (error) { console.log(error.name, error.message); break; }",
  "}",
  "try { x.toArray(); } catch (error) { console.log(error.name); }",
  "console.log(ts.ones([2]).add(1).sum().item());",
];

for (const run of [0, 1, 2, 5]) {
  Deno.test({
    name: `a kernel that fails in run ${run} of a plan is named, and only its GPU is lost`,
    ignore: !ready,
    fn: async () => {
      const said = await printed(RUNS, { LAUNCH_FAILURE_AT: 2 + 2 * run });
      const lines = said.split("\n"), error = lines[run]!;
      assertEquals(lines.slice(0, run), new Array(run).fill("true"), said);
      assert(error.startsWith("DeviceError ") && error.includes("CUDA_ERROR_LAUNCH_FAILED"), said);
      assert(error.includes("map: add exp") && error.includes("map: sin"), said);
      assert(run === 0 || !error.includes("map: mul"), `what was done before is no suspect: ${said}`);
      assertEquals(lines.slice(run + 1), ["DeviceError", "4"]);
    },
  });
}

Deno.test({
  name: "a read waits for what it reads, and not for the rest of the work",
  ignore: !ready,
  fn: async () => {
    const said = await printed([
      "const x = ts.tensor([1, 2]).to('cuda'), early = x.add(1), late = x.exp();",
      "ts.evaluate(early); ts.evaluate(late);",
      "const copied = ts.tensor([7, 8]).to('cuda');",
      "console.log(copied.toArray(), early.toArray());",
      "try { late.toArray(); } catch (error) { console.log(error.name, error.message); }",
    ], { LAUNCH_FAILURE_AT: 2 });
    const [read, failed] = said.split("\n");
    assertEquals(read, "[ 7, 8 ] [ 2, 3 ]", said);
    assert(failed!.startsWith("DeviceError") && failed!.includes("in the kernel map: exp;"), said);
  },
});

Deno.test({
  name: "with CUDA_LAUNCH_BLOCKING=1 the kernel that failed is named alone",
  ignore: !ready,
  fn: async () => {
    const settings = { LAUNCH_FAILURE_AT: 5 }, env = { CUDA_LAUNCH_BLOCKING: "1" };
    const said = await printed(RUNS, settings, env), error = said.split("\n")[1]!;
    assert(/in the kernel (map: sin|map: add exp);/.test(error), said);
  },
});

Deno.test({
  name: "where launches cannot be captured, plans run launch by launch",
  ignore: !ready,
  fn: async () => {
    const lines = [
      "const x = ts.arange(0, 9, 1, { device: 'cuda' }); ts.evaluate(x);",
      "for (let i = 0; i < 6; i++) console.log(x.mul(i).sum().add(x).sum().item());",
      "console.log(ts.profile(() => ts.evaluate(x.exp(), x.sum())).kernels.length);",
    ];
    const said = await printed(lines, { CAPTURE: 0 });
    assertEquals(said, await printed(lines));
    assertEquals(said.split("\n").slice(0, 6), [0, 1, 2, 3, 4, 5].map((i) => `${36 * i * 9 + 36}`));
  },
});
