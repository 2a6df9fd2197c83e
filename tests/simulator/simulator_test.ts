/**
 * The simulated CUDA driver proves what it promises, with small kernels of its own: it computes right, waits as a
 * device does, refuses what a device would suffer from, and finds planted mistakes.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { hasCompiler, type Mode, runProgram, valueOf } from "./child.ts";

const ready = await hasCompiler();
// deno-lint-ignore no-console -- a skipped test is skipped aloud
if (!ready) console.warn("no g++ on Linux here: the simulated CUDA driver is not tested");

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name: `simulator: ${name}`, ignore: !ready, fn: body });
}

const MODES: readonly Mode[] = ["plain", "races", "asan"];
const ORDERS = ["forward", "reverse", "random"];

interface Difference {
  difference: number;
}

/** Each fragment is what its definition says. */
const FRAGMENTS = { tf32: 0, bf16: 0, ldmatrix: 0, ldmatrixFew: 0, copyAsync: 0, toTf32: 0 };

for (const mode of MODES) {
  test(`kernels compute right in mode ${mode}, and nothing is reported`, async () => {
    for (
      const [program, bound] of [["vectorAdd", 0], ["votes", 0], ["doubleBuffer", 0], [
        "lastBlockSum",
        2e-6,
      ]] as const
    ) {
      const { value, reports } = await runProgram<Difference>(program, {}, mode);
      assert(value.difference <= bound, `${program}: ${value.difference}`);
      assertMatch(reports, /^cuda simulator: leak: .*\n$/);
    }
    for (const difference of await valueOf<number[]>("matmul", {}, mode)) {
      assert(difference < 2e-5, `${difference}`);
    }
    assertEquals(await valueOf("histogram", {}, mode), { difference: 0, total: 0, highest: 0 });
  });

  test(`warp instructions do to fragments what their definitions say in mode ${mode}`, async () => {
    assertEquals(await valueOf("fragments", {}, mode), FRAGMENTS);
  });
}

test("the course's exercises compute right in every mode and order, with the same bits", async () => {
  interface Outcome {
    sums: (Difference & { bits: number[] })[];
    products: number[];
  }
  const wanted = await valueOf<Outcome>("practice");
  for (const { difference } of wanted.sums) assert(difference < 1e-14, `${difference}`);
  for (const difference of wanted.products) assert(difference < 1e-14, `${difference}`);
  for (const mode of MODES) {
    for (const ORDER of ORDERS) {
      const { code, value, reports } = await runProgram<Outcome>("practice", { ORDER }, mode);
      assertEquals([code, value], [0, wanted], reports);
      assertMatch(reports, /^cuda simulator: leak: .*\n$/);
    }
  }
});

test("each instruction that kernels use has a fragment", async () => {
  const here = new URL(".", import.meta.url),
    code = await Deno.readTextFile(new URL("kernels/fragments.cu", here));
  const wrapped = await Deno.readTextFile(new URL("../../kernels/cuda/asm.cuh", here));
  const names = [...wrapped.matchAll(/^__device__ __forceinline__ \w+ (\w+)\(/gm)].map(([, name]) => name!);
  assert(names.includes("mma_tf32") && names.includes("copy_async"), `${names}`);
  const without = names.filter((name) =>
    name !== "shared_address" && !new RegExp(`\\b${name}[<(]`).test(code)
  );
  assertEquals(without, []);
});

test("intrinsics mean what CUDA says", async () => {
  assertEquals(await valueOf("intrinsics"), [
    ...[2, 4, -2, 2 ** 31 - 1, 0, 3, 2],
    ...[27, 32, 8, 0x1e6a2c48, 0x2b3c, 0x2345, 0x12, 0x40200000, 3, 7, 9, 7, 5],
  ]);
});

test("threads and blocks know where they are, and nobody waits for those who left", async () => {
  assertEquals(await valueOf("indices"), { difference: 0 });
  assertEquals(await valueOf("leavers"), Array.from({ length: 64 }, (_, i) => i < 32 ? 32 : i < 40 ? 8 : 0));
});

test("a sum in a fixed order has the same bits in every order of threads, with any number of them", async () => {
  const sums = await valueOf<Difference & { bits: number[] }>("blockSum");
  assert(sums.difference < 1e-5);
  for (const ORDER of ORDERS) {
    assertEquals(await valueOf("blockSum", { ORDER, THREADS: 1 }), sums);
    assertEquals(await valueOf("blockSum", { ORDER, THREADS: 3 }), sums);
  }
});

test("the compiler compiles, keeps what it compiled, and tells what is wrong", async () => {
  interface Outcome {
    version: number[];
    architectures: number[];
    unknownArchitecture: number;
    broken: { result: number; log: string; image: number };
    scaled: number[];
    fresh: { result: number; milliseconds: number };
    cached: { result: number; milliseconds: number };
  }
  for (const mode of MODES) {
    const outcome = await valueOf<Outcome>("program", {}, mode);
    assertEquals(outcome.version, [12, 9]);
    assert(outcome.architectures.includes(75) && outcome.architectures.includes(120));
    assertEquals(outcome.unknownArchitecture, 5);
    assertEquals([outcome.broken.result, outcome.broken.image], [6, 0]);
    assertMatch(
      outcome.broken.log,
      /program\.cu:3:\d+: error: 'count' was not declared|program\.cu:3:\d+: error: ‘count’/,
    );
    assertEquals(outcome.scaled, Array.from({ length: 10 }, (_, i) => 2.5 * i));
    assertEquals([outcome.fresh.result, outcome.cached.result], [0, 0]);
  }
});

test("the environment chooses device, driver and memory", async () => {
  assertEquals(await valueOf("facts"), {
    result: 0,
    version: 12080,
    count: 1,
    capability: [8, 0],
    total: 16 * 2 ** 30,
  });
  const chosen = { CAPABILITY: "9.0", MEMORY: 1 << 20, DEVICES: 2, DRIVER: 13000 };
  assertEquals(await valueOf("facts", chosen), {
    result: 0,
    version: 13000,
    count: 2,
    capability: [9, 0],
    total: 1 << 20,
  });
  for (const INIT_ERROR of [34, 100, 803, 999]) {
    assertEquals(await valueOf("facts", { INIT_ERROR }), { result: INIT_ERROR, version: 12080 });
  }
  assertEquals(await valueOf("facts", { DEVICES: 0 }), { result: 100, version: 12080 });
  assertEquals((await runProgram("facts", { ORDER: "sideways" })).code, 96);
});

test("memory runs out at its size and when asked to; a failed launch ends the context", async () => {
  const failed = "CUDA_ERROR_LAUNCH_FAILED";
  const launches = { launches: ["", failed, failed], after: failed };
  const asked = await valueOf<Record<string, unknown>>("failures", { OOM_AT: 3, LAUNCH_FAILURE_AT: 2 });
  assertEquals(asked, { third: "CUDA_ERROR_OUT_OF_MEMORY", fourth: "", ...launches });
  const small = await valueOf<{ third: string }>("failures", { MEMORY: 30 });
  assertEquals(small.third, "CUDA_ERROR_OUT_OF_MEMORY");
});

test("an image must hold the kernel for this device and driver, and g++ must have compiled it", async () => {
  const { value, reports } = await runProgram("images");
  assertEquals(value, {
    good: "",
    absentInCubin: "CUDA_ERROR_NOT_FOUND",
    absentInKernels: "CUDA_ERROR_NOT_FOUND",
    older: "CUDA_ERROR_NO_BINARY_FOR_GPU",
    newer: "CUDA_ERROR_NO_BINARY_FOR_GPU",
    ofCuda13: "CUDA_ERROR_INVALID_IMAGE",
    ptx: "",
    newerPtx: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
    ptxForNewer: "CUDA_ERROR_NO_BINARY_FOR_GPU",
    absentInPtx: "CUDA_ERROR_NOT_FOUND",
    garbage: "CUDA_ERROR_INVALID_IMAGE",
  });
  assertMatch(reports, /the cubin holds not_built, but no shared object/);
  const later = await valueOf<Record<string, string>>("images", { CAPABILITY: "8.6" });
  assertEquals([later.good, later.newer, later.ptxForNewer], ["", "", ""]);
  const driver = await valueOf<Record<string, string>>("images", { DRIVER: 13000 });
  assertEquals([driver.ofCuda13, driver.newerPtx], ["", ""]);
});

test("copies, fills and arguments must lie in live allocations, launches in a device's limits", async () => {
  const wrong = "CUDA_ERROR_INVALID_VALUE";
  const { value, reports } = await runProgram("bounds");
  assertEquals(value, {
    ...{ fits: "", tooLong: wrong, before: wrong, memset: wrong },
    ...{ goodPointer: 0, hostPointer: 1, farPointer: 1, freed: 1, freedTwice: wrong },
    ...{ emptyGrid: 1, largeBlock: 1, muchShared: 1, boundedBlocks: [0, 1] },
  });
  assertMatch(
    reports,
    /copy to the device: 65 bytes at 0x[0-9a-f]+, past the end of an allocation of 64 bytes/,
  );
  assertMatch(reports, /kernel vector_add, argument 2: 0x1000 is no address of the device/);
});

test("fresh memory is poison, and what nobody frees is told", async () => {
  const { value, reports } = await runProgram("leak");
  assertEquals(value, { poisoned: true, live: 1000 });
  assertMatch(reports, /leak: 1 allocations, 1000 bytes never freed/);
});

test("there may be more allocations than a process has mappings for", async () => {
  assertEquals(await valueOf("many"), { distinct: 40_000, live: 0 });
});

test("work waits for somebody to wait for it", async () => {
  assertEquals(await valueOf("deferred"), {
    queued: [true, true],
    query: [600, 0],
    afterFirst: [[2, 4], [true, true]],
    afterSecond: [2, 4],
  });
});

test("streams are ordered by events and by the null stream alone", async () => {
  assertEquals(await valueOf("events"), {
    without: [true, true],
    with: [4, 8],
    elapsed: 0,
    positive: true,
    query: 0,
  });
  assertEquals(await valueOf("nullStream"), [4, 8]);
});

test("pageable memory is copied at once, pinned memory later", async () => {
  assertEquals(await valueOf("hostMemory"), {
    ...{ pageable: [1, 2], pinned: [9, 9], early: [true, true], late: [1, 2] },
    twice: 1,
  });
});

test("a captured graph runs when it is launched, with the parameters it had then", async () => {
  assertEquals(await valueOf("graph"), {
    ...{ status: 1, unrun: [true, true], types: [2, 0, 1], first: [1, 2], shape: [1, 32] },
    ...{ before: [[1, 2], [true, true]], changed: [2, 4], badFunction: 400, destroyed: 400 },
  });
  assertEquals(await valueOf("capture"), {
    ...{ result: [4, 8], refused: [900, 900], ended: 901, unmatched: 903, ofNull: 900 },
  });
});

test("each launch of a graph records its events", async () => {
  assertEquals(await valueOf("graphEvents"), {
    ...{ unrecorded: 400, launches: [[600, 0], [600, 0]], sum: [2, 4], flags: 1 },
  });
  assertEquals([await valueOf("noCapture"), await valueOf("noCapture", { CAPTURE: 0 })], [0, 900]);
});

test("calls are counted", async () => {
  assertEquals(await valueOf("counts"), { allocations: 3, frees: 3, launches: 0, all: 6 });
});

interface Defect {
  result: number;
  after: number;
  written: number[];
}

/** The mistakes that end a launch, in which mode, and what is said of them. */
const FOUND: readonly (readonly [program: string, mode: Mode, report: RegExp])[] = [
  [
    "missingBarrier",
    "races",
    /kernel missing_barrier, block \(0, 0, 0\), thread .* race: write of shared memory .* reads/,
  ],
  ["missingSyncwarp", "races", /kernel missing_syncwarp, .* race: write of shared memory/],
  ["asyncNeighbour", "races", /kernel async_neighbour, .* race: write of shared memory .* reads/],
  ["asyncOverwrite", "races", /kernel async_overwrite, .* race: (read|write) of shared memory/],
  [
    "blocksCollide",
    "races",
    /thread \(0, 0, 0\): race: write of global memory .* block \(0, 0, 0\), thread .* writes/,
  ],
  ["wrongStride", "races", /kernel wrong_stride, .* race: write of global memory/],
  [
    "offByOne",
    "races",
    /kernel off_by_one, .* thread \(63, 0, 0\): read of 4 bytes .* outside of every live allocation/,
  ],
  ["offByOne", "plain", /kernel off_by_one, argument 1: byte \d past an allocation of 252 bytes was written/],
  ["nullWrite", "plain", /kernel null_write, block \(0, 0, 0\), thread \(0, 0, 0\): access to 0x0/],
  [
    "divergentBarrier",
    "plain",
    /thread \(16, 0, 0\): divergent __syncthreads: .*defects\.cu:\d+, thread \(0, 0, 0\) at/,
  ],
  [
    "deadlock",
    "plain",
    /deadlock in block \(0, 0, 0\); 1 threads wait in __syncthreads.* waits in __syncwarp/,
  ],
  [
    "outsideOfMask",
    "plain",
    /thread \(7, 0, 0\): __shfl_sync at line \d+ with mask 0xffffff7f, which leaves out .* 7/,
  ],
];

for (const [program, mode, report] of FOUND) {
  test(`${program} is found in mode ${mode}, and the context stays dead`, async () => {
    const { value, reports } = await runProgram<Defect>(program, {}, mode);
    assertMatch(reports, report);
    assert(value.result >= 700 && value.after === value.result, `${value.result}, then ${value.after}`);
  });
}

for (
  const [program, report] of [
    ["offByOne", /AddressSanitizer: .*\n.*READ of size 4.*\n.* in off_by_one .*defects\.cu:\d+/],
    ["sharedOverrun", /(AddressSanitizer: global-buffer-overflow|runtime error: index 32 out of bounds)/],
    ["overflowingIndex", /defects\.cu:\d+:\d+: runtime error: signed integer overflow/],
  ] as const
) {
  test(`${program} is found by the sanitizers, with its line`, async () => {
    const { code, reports } = await runProgram(program, {}, "asan");
    assertNotEquals(code, 0);
    assertMatch(reports, report);
  });
}

for (const program of ["unorderedSum", "missingBarrier", "wrongStride"]) {
  test(`${program} has other bits in other orders of threads`, async () => {
    const results = await Promise.all(ORDERS.map((ORDER) => valueOf<Defect>(program, { ORDER })));
    const [forward, reverse, random] = results.map(({ result, written }) => {
      assertEquals(result, 0);
      return written.join();
    });
    assertNotEquals(forward, reverse);
    assertNotEquals(forward, random);
  });
}

test("what a kernel reads before its copy has landed is poison", async () => {
  const { written } = await valueOf<Defect>("missingWait");
  assertEquals(written[0], 0xffffffff);
});

test("a leaked buffer is counted when the process ends", async () => {
  const { reports } = await runProgram("leakedBuffer");
  assertMatch(reports, /leak: 1 allocations, 400 bytes never freed/);
});
