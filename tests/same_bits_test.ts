/**
 * The same bits: a graph gives the same result fused or node by node, in any reading order, with any number of
 * threads and on every SIMD tier; and the reference device agrees within a bound.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { kernelCounters, setSimd, simd } from "../src/backend/devices.ts";
import { SIMD_TIERS } from "../src/backend/tiers.ts";
import { recording } from "../src/graph/pending.ts";
import { evaluate, setDefaultDevice, setThreads, type Tensor } from "../mod.ts";
import { DEVICE } from "./devices.ts";
import { type RandomGraph, randomGraph, type Size, STEP_NAMES } from "./random_graph.ts";

const SMALL: readonly Size[] = [{ rows: 1, columns: 1 }, { rows: 4, columns: 7 }, { rows: 16, columns: 33 }];
/** A GPU without a compiler writes what is folded to its memory first: gigabytes, for products of the longest rows. */
const LONGEST: readonly Size[] = [{ rows: 4, columns: 20_000 }, { rows: 512, columns: 300 }];
const LARGE: readonly Size[] = [{ rows: 130, columns: 257 }, ...(DEVICE === "cpu" ? LONGEST : [])];
const RUNS = Number(Deno.env.get("TENSAUR_GRAPHS") ?? 120);

/** The bits of results; all NaNs count as equal. */
function bits(results: readonly Tensor[]): Int32Array[] {
  return results.map((result) => {
    const floats = Float32Array.from(result.data as Float32Array, (x) => x !== x ? NaN : x);
    return new Int32Array(floats.buffer);
  });
}

function fused(graph: RandomGraph): Int32Array[] {
  evaluate(...graph.results);
  return bits(graph.results);
}

function nodeByNode(build: () => RandomGraph): Int32Array[] {
  recording.eager = true;
  try {
    return bits(build().results);
  } finally {
    recording.eager = false;
  }
}

function newestFirst(graph: RandomGraph): Int32Array[] {
  return bits([...graph.results].reverse()).reverse();
}

/** Each way to compute a graph, beside the plain one. */
function others(build: () => RandomGraph): [string, Int32Array[]][] {
  const ways: [string, Int32Array[]][] = [
    ["node by node", nodeByNode(build)],
    ["newest first", newestFirst(build())],
    ["oldest first", bits(build().results)],
  ];
  return DEVICE === "cpu" ? [...ways, ...waysOfCpu(build)] : ways;
}

function waysOfCpu(build: () => RandomGraph): [string, Int32Array[]][] {
  const ways: [string, Int32Array[]][] = [];
  for (const count of [1, 2, 7]) {
    setThreads(count);
    ways.push([`${count} threads`, fused(build())]);
  }
  setThreads(0);
  const best = simd();
  for (const tier of SIMD_TIERS) {
    if (tier !== best && setSimd(tier) === tier) ways.push([tier, fused(build())]);
  }
  setSimd(best);
  return ways;
}

function checkSameBits(seed: number, size: Size, length: number): void {
  const build = (): RandomGraph => randomGraph(seed, size, false, length);
  const wanted = fused(build()), { steps } = build();
  for (const [way, got] of others(build)) {
    wanted.forEach((expected, i) => {
      const at = expected.findIndex((x, j) => x !== got[i]![j]);
      assert(at < 0, `${way}: result ${i}, element ${at} of ${steps} (seed ${seed}) differs`);
    });
  }
}

Deno.test("small random graphs have the same bits however they are computed", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...SMALL), fc.integer({ min: 1, max: 14 }), checkSameBits),
    { numRuns: RUNS, seed: 1 },
  );
});

Deno.test("large random graphs have the same bits however they are computed", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...LARGE), fc.integer({ min: 1, max: 6 }), checkSameBits),
    { numRuns: Math.ceil(RUNS / 8), seed: 2 },
  );
});

/** Counters that graphs of the CPU need not move: rows are delayed from 32 MB on, as `rows_test.ts` does. */
const UNTAKEN = ["scatterAdd", "planFreed", "rowsDelayed", "driverCalls"];

Deno.test("random graphs reach every step and every path of the kernels", () => {
  const seen = new Set<string>(), before = kernelCounters();
  for (let seed = 0; seed < 60; seed++) {
    const graph = randomGraph(seed, seed % 20 === 0 ? LARGE.at(-1)! : SMALL[1]!, false, 20);
    evaluate(...graph.results);
    graph.steps.forEach((step) => seen.add(step));
  }
  setThreads(2);
  for (const size of LARGE) evaluate(...randomGraph(7, size, true, 30).results);
  setThreads(0);
  assertEquals(STEP_NAMES.filter((name) => !seen.has(name)), []);
  const after = kernelCounters();
  const missed = Object.keys(after).filter((path) => after[path] === before[path] && !UNTAKEN.includes(path));
  assertEquals(missed, [], "paths of the kernels that no graph took");
});

Deno.test("the reference device agrees with the CPU within a bound", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...SMALL), fc.integer({ min: 1, max: 5 }), (seed, size, length) => {
      const onCpu = randomGraph(seed, size, true, length);
      setDefaultDevice("reference");
      let onReference: RandomGraph;
      try {
        onReference = randomGraph(seed, size, true, length);
      } finally {
        setDefaultDevice(DEVICE);
      }
      onCpu.results.forEach((result, i) => {
        const got = result.data, wanted = onReference.results[i]!.data;
        for (let j = 0; j < got.length; j++) {
          const bound = 2e-3 * Math.max(1, Math.abs(wanted[j]!));
          assert(
            Math.abs(got[j]! - wanted[j]!) <= bound || Object.is(got[j], wanted[j]),
            `result ${i}, element ${j} of ${onCpu.steps} (seed ${seed}): ${got[j]}, reference ${wanted[j]}`,
          );
        }
      });
    }),
    { numRuns: RUNS, seed: 3 },
  );
});
