/**
 * Steps that run one block of rows after the other: they take that road where they can, and it changes no bit.
 */
import { assertEquals } from "@std/assert";
import { evaluate, rand, setThreads, type Tensor } from "@tensaur/tensaur";
import { kernelCounters, simd } from "../src/backend/devices.ts";
import { inMode } from "./oracle/run.ts";

interface Case {
  readonly name: string;
  /** How many runs of steps go by blocks. */
  readonly blocks: number;
  readonly make: (x: Tensor) => Tensor;
}

const keepdim = true;

const CASES: readonly Case[] = [
  { name: "softmax", blocks: 1, make: (x) => x.softmax(1) },
  { name: "softmax of a softmax", blocks: 1, make: (x) => x.softmax(1).softmax(1) },
  {
    name: "powers that a program changes before they are summed, and a result beside",
    blocks: 1,
    make: (x) => {
      const powers = x.exp();
      return powers.div(powers.mul(x).sum(1, { keepdim })).add(powers.sqrt());
    },
  },
  {
    name: "powers of two matrices and one result",
    blocks: 1,
    make: (x) => {
      const a = x.exp(), b = x.neg().exp();
      return a.div(a.sum(1, { keepdim })).sub(b.div(b.sum(1, { keepdim })));
    },
  },
  {
    name: "powers whose rows are too long to stay in a cache",
    blocks: 1,
    make: (x) => x.reshape([7, 90_000]).softmax(1),
  },
  {
    name: "powers that are summed in another order",
    blocks: 1,
    make: (x) => {
      const powers = x.at([0, 700], [0, 700]).exp();
      return powers.div(powers.mT().sum(1, { keepdim }));
    },
  },
  { name: "rows of one element", blocks: 0, make: (x) => x.reshape([630_000, 1]).softmax(1) },
  { name: "logSoftmax", blocks: 1, make: (x) => x.logSoftmax(1) },
  {
    name: "layer norm with a scale and a shift of the columns",
    blocks: 1,
    make: (x) => {
      const centered = x.sub(x.mean(1, { keepdim }));
      const variance = centered.square().mean(1, { keepdim });
      return centered.div(variance.add(1e-5).sqrt()).mul(x.at(0)).add(x.at(1));
    },
  },
  {
    name: "what is left after the greatest of a row was found",
    blocks: 1,
    make: (x) => x.sub(x.argmax(1).unsqueeze(1).to("float32")).prod(1),
  },
  { name: "rows of a reversed matrix", blocks: 1, make: (x) => x.at([null, null, -1]).softmax(1) },
  { name: "columns", blocks: 0, make: (x) => x.softmax(0) },
  {
    name: "each row reads what all rows gave",
    blocks: 0,
    make: (x) => x.at([0, 300], [0, 300]).sub(x.at([0, 300]).max(1)),
  },
  { name: "a matrix so small that it stays in the cache", blocks: 0, make: (x) => x.at([0, 20]).softmax(1) },
];

for (const { name, blocks, make } of CASES) {
  Deno.test(`blocks of rows: ${name}`, async () => {
    const run = (): ArrayLike<number> => {
      const x = rand([700, 900]).sub(0.5);
      evaluate(x);
      return make(x).data;
    };
    const expected = await inMode(true, run);
    for (const threads of [1, 2, 7]) {
      setThreads(threads);
      const before = kernelCounters().rowBlocks!;
      const got = await inMode(false, run);
      assertEquals(kernelCounters().rowBlocks! - before, blocks);
      assertEquals(got, expected);
    }
    setThreads(0);
  });
}

/** More than a last-level cache of each, in rows that do not begin where lines do. */
const LARGE = [2100, 4100];

const LARGE_CASES: readonly Omit<Case, "blocks">[] = [
  { name: "softmax", make: (x) => x.softmax(1) },
  { name: "logSoftmax, whose longest step is a reduce", make: (x) => x.logSoftmax(1) },
  { name: "what only tiles can compute", make: (x) => x.softmax(1).add(x.at(0)).to("int32").to("float32") },
  { name: "flat rows", make: (x) => x.sub(x.mean(1, { keepdim })).square().add(x) },
];

function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

for (const { name, make } of LARGE_CASES) {
  Deno.test(`a block's last step beside the next block: ${name}`, async () => {
    const run = (): ArrayLike<number> => {
      const x = rand(LARGE).sub(0.5);
      evaluate(x);
      return make(x).data;
    };
    const expected = await inMode(true, run);
    for (const threads of [1, 2]) {
      setThreads(threads);
      const before = kernelCounters().rowsDelayed!;
      const got = await inMode(false, run);
      assertEquals(kernelCounters().rowsDelayed! - before, simd() === "avx512" ? 1 : 0);
      assertEquals(firstDifference(got, expected), -1);
    }
    setThreads(0);
  });
}
