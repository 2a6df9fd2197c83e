/**
 * What `explain` tells of how kernels run on each device, as `deno task parallel-check` reads it.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { evaluate, explain, rand, setThreads, type Tensor } from "@tensaur/tensaur";
import { parallelFamilies } from "../bench/parallel_cases.ts";
import { type RunFacts, runFacts } from "../bench/run_facts.ts";
import { setSimd, simd } from "../src/backend/devices.ts";

function made(...shape: number[]): Tensor {
  const x = rand(shape);
  evaluate(x);
  return x;
}

function factsOf(x: Tensor): RunFacts {
  const facts = runFacts(explain(x));
  assertEquals(facts.length, 1, explain(x));
  return facts[0]!;
}

Deno.test("every kernel of the report tells all facts", () => {
  for (const { name, cases } of parallelFamilies()) {
    for (const { data, build } of cases) {
      const facts = runFacts(explain(build()));
      assertEquals(facts.length, 1, `${name} ${data}`);
      for (const [fact, told] of Object.entries(facts[0]!)) {
        assertNotEquals(told, "not told", `${name} ${fact}`);
      }
    }
  }
});

Deno.test("the path follows how operands lie", () => {
  const x = made(300, 200), row = made(200), column = made(300, 1), other = made(200, 300);
  assertEquals(factsOf(x.mul(2)).path, "contiguous");
  assertEquals(factsOf(x.add(row)).path, "broadcast");
  assertEquals(factsOf(x.add(column)).path, "broadcast");
  assertEquals(factsOf(x.add(other.transpose(0, 1))).path, "strided");
  assertEquals(factsOf(x.at(":", [0, 200, 2]).exp()).path, "strided");
  assertEquals(factsOf(other.transpose(0, 1).add(row)).path, "strided and broadcast");
  assertEquals(factsOf(x.sum(1)).path, "contiguous rows");
  assertEquals(factsOf(x.sum(0)).path, "contiguous columns");
  assertEquals(factsOf(x.exp().sum(0)).path, "computed, contiguous columns");
  assertEquals(factsOf(x.matmul(other)).path, "contiguous, in place");
  assertEquals(factsOf(x.matmul(x.transpose(0, 1))).path, "strided, B packed");
  const index = x.mul(0).to("int32");
  evaluate(index);
  assertEquals(factsOf(x.gather(0, index)).path, "by an index");
});

Deno.test("threads and SIMD are those in force when it is asked", () => {
  // So much work that workers are woken for it, should they sleep.
  const x = made(2048, 2048), product = x.matmul(x), best = simd();
  try {
    for (const threads of [1, 2, 3]) {
      setThreads(threads);
      for (const y of [x.exp(), x.sum(1), x.sum(), product]) {
        const facts = factsOf(y), chunks = Number.parseInt(facts.chunks);
        assertEquals(facts.threads, `${threads}`);
        assert(threads === 1 ? chunks === 1 : chunks >= threads, facts.chunks);
      }
    }
    for (const tier of ["plain", "avx2"] as const) {
      const inForce = setSimd(tier);
      assertEquals(factsOf(x.exp()).simd, inForce);
    }
  } finally {
    setSimd(best);
    setThreads(0);
  }
});

Deno.test("little work stays on the calling thread", () => {
  const facts = factsOf(made(10).add(1));
  assertEquals([facts.threads, facts.chunks], ["1", "1 of 10 elements"]);
});

Deno.test("private memory is what a thread fills for itself", () => {
  const x = made(512, 512);
  assertEquals(factsOf(x.exp()).private, "none");
  assertMatch(factsOf(x.transpose(0, 1).exp().mul(x)).private, /^1 buffer of \d+ bytes a thread$/);
  assertMatch(factsOf(x.matmul(x.transpose(0, 1))).private, /^\d+ bytes of B a thread$/);
  assertMatch(factsOf(x.exp().sum(1)).private, /^\d+ values a thread/);
});

Deno.test("steps over the same rows are told to run block by block", () => {
  const facts = runFacts(explain(made(1024, 1024).softmax(1)));
  assert(facts.length > 1);
  for (const { path } of facts) assertMatch(path, /by blocks of rows/);
});

Deno.test("the reference device tells that it goes one by one", () => {
  const [facts] = runFacts(explain(rand([10], { device: "reference" }).exp()));
  assertMatch(facts!.path, /one element after another/);
  assertEquals([facts!.threads, facts!.simd], ["1", "none"]);
});
