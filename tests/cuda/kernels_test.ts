/**
 * The real kernels where each access is watched: under the race checker, AddressSanitizer and UBSan, with threads in
 * forward, reverse and random order, always with the CPU's bits. Mistakes that are planted into them are found.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Mode } from "../simulator/child.ts";
import { type Ended, PERMISSIONS, ready, simulated } from "./child.ts";
import { CASES, OF_THE_GPU } from "./kernel_cases.ts";
import { hashOf, type Printed } from "./kernel_runs.ts";

const RUNS = new URL("kernel_runs.ts", import.meta.url).pathname;
const EVERY_CASE = [...Object.keys(CASES), ...Object.keys(OF_THE_GPU)];

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !ready, fn });
}

/** How cases are run. */
interface Way {
  readonly mode: Mode;
  readonly order?: string;
  readonly programs?: string;
  readonly cases?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** Further options of Deno. */
  readonly options?: readonly string[];
}

function run(
  { mode, order = "forward", programs = "interpreted", cases = [], settings, options = [] }: Way,
): Promise<Ended> {
  const args = ["run", "--no-check", ...PERMISSIONS, ...options, RUNS, ...cases];
  const variables = { TENSAUR_DEVICE: "cuda", TENSAUR_CUDA_PROGRAMS: programs };
  return simulated(args, { QUIET: 0, ORDER: order, SEED: 3, ...settings }, variables, mode);
}

let ofTheGpu: Promise<Ended> | null = null;

/** The hashes of cases: those of the CPU, or of one plain run where a GPU has bits of its own. */
async function wanted(cases: readonly string[]): Promise<Record<string, string>> {
  const own = await (ofTheGpu ??= run({ mode: "plain", cases: Object.keys(OF_THE_GPU) }));
  assert(own.success, own.reports);
  const { hashes } = JSON.parse(own.printed) as Printed;
  return Object.fromEntries(cases.map((name) => [name, name in OF_THE_GPU ? hashes[name]! : hashOf(name)]));
}

/** Runs cases that must have the CPU's bits, with nothing reported but what plans and the pool still hold. */
async function right(way: Way): Promise<Printed> {
  const { success, printed, reports } = await run(way);
  assert(success, reports);
  const found = JSON.parse(printed) as Printed, { memory } = found;
  assertEquals(found.hashes, await wanted(way.cases ?? EVERY_CASE));
  assertEquals([memory.values, memory.growth], [0, 0], "memory that is not given back");
  assertEquals(memory.allocated, memory.accounted, "memory that nobody accounts for");
  assertMatch(
    reports,
    new RegExp(`^cuda simulator: leak: \\d+ allocations, ${memory.allocated} bytes .*\\n$`),
  );
  return found;
}

const WAYS: readonly Way[] = [
  ...["forward", "reverse", "random"].map((order): Way => ({ mode: "plain", order })),
  { mode: "races" },
  { mode: "races", order: "random" },
  { mode: "asan" },
];

for (const way of WAYS) {
  const { mode, order = "forward" } = way;
  test(`all kernels, build ${mode}, threads in ${order} order: the CPU's bits, and nothing is found`, async () => {
    assertEquals((await right(way)).idle, [], "kernels that no case runs");
  });
}

/** Cases whose programs are compiled: each costs a compilation in each build. */
const COMPILED = [
  "elements as they lie",
  "elements across",
  "sum of float32",
  "argmax of int32",
  "1 products of float32 40×35×40",
];

for (const mode of ["races", "asan"] as const) {
  test(`compiled programs, build ${mode}: the CPU's bits, and nothing is found`, async () => {
    await right({ mode, programs: "compiled", cases: COMPILED });
  });
}

/** A mistake in the source of a kernel, and how it is found. */
interface Mistake {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly cases: readonly string[];
  readonly finds: (run: (way: Omit<Way, "cases">) => Promise<Ended>) => Promise<void>;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "a missing barrier",
    from: "__syncthreads();",
    to: "",
    cases: ["1 products of float32 40×35×40"],
    finds: async (run) => {
      const { success, reports } = await run({ mode: "races" });
      assert(!success && /race: (read|write) of shared memory/.test(reports), reports);
    },
  },
  {
    name: "a guard that is off by one",
    from: "i < count; i += thread_count() * WIDTH",
    to: "i <= count; i += thread_count() * WIDTH",
    cases: ["elements as they lie"],
    finds: async (run) => {
      const found: readonly (readonly [Mode, RegExp])[] = [
        ["plain", /past an allocation of \d+ bytes was written|access to 0x/],
        ["races", /outside of every live allocation/],
        ["asan", /AddressSanitizer|outside of every live allocation|past an allocation|access to 0x/],
      ];
      for (const [mode, report] of found) {
        const { success, reports } = await run({ mode });
        assert(!success, `${mode}: nothing is found`);
        assertMatch(reports, report);
      }
    },
  },
  {
    name: "a sum in the order in which threads come",
    from: "sum = math::add(sum, __shfl_down_sync(ALL, sum, distance, CHAINS));",
    to: "__shared__ T all_lanes[64]; T& total = all_lanes[threadIdx.x / CHAINS];\n" +
      "if (distance == CHAINS / 2) { __syncwarp(); if (lane == 0) total = 0; __syncwarp(); atomicAdd(&total, sum); " +
      "__syncwarp(); sum = total; }",
    cases: ["1 products of float32 1×70×3"],
    finds: async (run) => {
      const orders = ["forward", "reverse", "random"];
      const ran = await Promise.all(orders.map((order) => run({ mode: "plain", order })));
      const hashes = ran.map(({ success, printed, reports }) => {
        assert(success, reports);
        return JSON.stringify((JSON.parse(printed) as Printed).hashes);
      });
      assertNotEquals(hashes[0], hashes[1]);
    },
  },
  {
    name: "a wrong stride",
    from: "over.strides[operand][axis]",
    to: "over.strides[operand][AXES - 1]",
    cases: ["elements across"],
    finds: async (run) => {
      const { success, printed, reports } = await run({ mode: "plain" });
      const same = success && JSON.stringify((JSON.parse(printed) as Printed).hashes) ===
          JSON.stringify(await wanted(["elements across"]));
      assert(!same, `the CPU's bits: ${reports}`);
    },
  },
];

for (const { name, from, to, cases, finds } of MISTAKES) {
  test(`${name}, planted into the kernels, is found`, async () => {
    const patch = await Deno.makeTempFile();
    await Deno.writeTextFile(patch, `${from}\n=====\n${to}`);
    const programs = "compiled";
    try {
      await finds(async (way) => {
        const ran = await run({ programs, ...way, cases, settings: { PATCH: patch } });
        assert(
          !ran.reports.includes("no source had its text"),
          `${name}: the kernels have not the text any more`,
        );
        return ran;
      });
    } finally {
      await Deno.remove(patch);
    }
  });
}

test("a buffer that is not given back is found", async () => {
  const root = new URL("../../", import.meta.url), remote = new URL("src/backend/remote.ts", root);
  const text = await Deno.readTextFile(remote), from = "library.cudaFree(place.handle);";
  assert(text.includes(from), "remote.ts has not the text any more");
  const folder = await Deno.makeTempDir(), map = `${folder}/map.json`, leaking = `${folder}/remote.ts`;
  const whole = text.replace(from, "").replaceAll(
    /from "(\.[^"]*)"/g,
    (_, path) => `from "${new URL(path, remote)}"`,
  );
  await Deno.writeTextFile(leaking, whole);
  const imports = {
    "@tensaur/tensaur": `${root}mod.ts`,
    "@tensaur/tensaur/minitorch": `${root}src/minitorch/mod.ts`,
    [`${remote}`]: `file://${leaking}`,
  };
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  const { success, printed, reports } = await run({
    mode: "plain",
    cases: ["elements as they lie"],
    options: [`--import-map=${map}`],
  });
  await Deno.remove(folder, { recursive: true });
  assert(success, reports);
  assert((JSON.parse(printed) as Printed).memory.growth > 0, printed);
});
