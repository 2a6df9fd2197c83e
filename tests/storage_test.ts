/**
 * The pool of bytes: reuse, alignment, limits, and what is never reused.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allocate,
  checkAlive,
  dropPool,
  expose,
  fromTypedArray,
  memoryCounters,
  release,
  resetPeak,
  setPoison,
  setPooling,
  setPoolLimit,
  SMALL_BYTES,
  typed,
} from "../src/backend/storage.ts";
import { ArgumentError, DisposedError, KernelError } from "../src/errors.ts";

const SIZES = [0, 1, 4, 63, 64, 65, 4095, 4096, 4097, 5120, 5121, 8192, 8193, 100_000, 2 ** 20, 2 ** 20 + 1];

Deno.test("storages have the bytes that were asked for, and waste at most a quarter", () => {
  for (const bytes of SIZES) {
    const storage = allocate(bytes);
    assertEquals(storage.byteLength, bytes);
    assert(storage.block.capacity >= bytes, `${bytes}`);
    if (bytes > SMALL_BYTES) assert(storage.block.capacity <= bytes * 1.25 + 1, `${bytes}`);
    assert(storage.byteOffset + storage.block.capacity <= storage.buffer.byteLength, `${bytes}`);
    release(storage);
  }
});

Deno.test("the address is that of the bytes", () => {
  for (const bytes of [8, 4096, 10_000]) {
    const storage = allocate(bytes);
    typed(storage, "float64", 0, 1)[0] = 0.1;
    const view = new Deno.UnsafePointerView(Deno.UnsafePointer.create(BigInt(storage.address))!);
    assertEquals(view.getFloat64(), 0.1);
    release(storage);
  }
});

Deno.test("small storages are aligned cells that do not overlap", () => {
  const storages = Array.from({ length: 3000 }, (_, i) => allocate((i * 37) % 700));
  for (const storage of storages) assertEquals(storage.address % 64, 0);
  const ranges = storages.map((s) => [s.address, s.address + s.block.capacity] as const);
  ranges.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < ranges.length; i++) assert(ranges[i - 1]![1] <= ranges[i]![0]);
  storages.forEach(release);
});

Deno.test("released memory is handed out again, as another object", () => {
  for (const bytes of [16, 4096, 70_000]) {
    const first = allocate(bytes);
    release(first);
    const fresh = memoryCounters().fresh;
    const second = allocate(bytes);
    assertEquals(second.address, first.address);
    assert(second !== first && first.released && !second.released);
    assertEquals(memoryCounters().fresh, fresh);
    release(second);
  }
});

Deno.test("releasing twice is an error", () => {
  const storage = allocate(16);
  release(storage);
  assertThrows(() => release(storage), KernelError, "Cannot release 16 bytes twice");
});

Deno.test("bound bytes are never pooled", () => {
  const storage = allocate(16);
  storage.bound = true;
  release(storage);
  const other = allocate(16);
  assert(!storage.released && other.address !== storage.address);
  release(other);
});

Deno.test("fromTypedArray copies, and typed looks at a part", () => {
  const array = Float32Array.of(1, 2, 3, 4);
  const storage = fromTypedArray(array.subarray(1));
  array.fill(0);
  assertEquals([...typed(storage, "float32", 0, 3)], [2, 3, 4]);
  assertEquals([...typed(storage, "float32", 1, 2)], [3, 4]);
  assertThrows(() => typed(storage, "float32", 2, 2), ArgumentError, "Cannot view 2 elements from 2 on");
  release(storage);
});

Deno.test("exposed elements are a copy if small, else a view of bound bytes", () => {
  const small = fromTypedArray(Int32Array.of(1, 2));
  expose(small, "int32", 0, 2)[0] = 9;
  assertEquals([...typed(small, "int32", 0, 2)], [1, 2]);
  assert(!small.bound);
  release(small);
  const large = allocate(10_000);
  expose(large, "int32", 0, 4)[0] = 9;
  assertEquals(typed(large, "int32", 0, 1)[0], 9);
  assert(large.bound && large.exposed);
});

Deno.test("bytes that user code transferred away are noticed", () => {
  const storage = allocate(10_000);
  const data = expose(storage, "float32", 0, 2500);
  checkAlive(storage);
  structuredClone(data, { transfer: [storage.buffer] });
  assertThrows(() => checkAlive(storage), DisposedError, "transferred away");
});

Deno.test("counters follow what is live and what waits", () => {
  dropPool();
  resetPeak();
  const before = memoryCounters();
  const a = allocate(2 ** 20), b = allocate(2 ** 20);
  release(a);
  const between = memoryCounters();
  assertEquals(between.live - before.live, 2 ** 20);
  assertEquals(between.peak - before.live, 2 ** 21);
  assertEquals(between.pooled, 2 ** 20);
  assertEquals(between.allocated - before.allocated, 2 ** 21);
  release(b);
  assertEquals(memoryCounters().live, before.live);
});

Deno.test("past the limit the oldest go first", () => {
  dropPool();
  setPoolLimit(3 * 2 ** 20);
  const storages = [1, 2, 1].map((mebibytes) => allocate(mebibytes * 2 ** 20));
  storages.forEach(release);
  assertEquals(memoryCounters().pooled, 3 * 2 ** 20);
  assertEquals(allocate(2 ** 20).address, storages[2]!.address);
  const fresh = memoryCounters().fresh;
  allocate(2 ** 20);
  assertEquals(memoryCounters().fresh, fresh + 2 ** 20);
  const huge = allocate(4 * 2 ** 20);
  release(huge);
  assertEquals(memoryCounters().pooled, 2 * 2 ** 20);
  setPoolLimit(2 ** 30);
});

Deno.test("without pooling all memory is fresh", () => {
  setPooling(false);
  const before = memoryCounters().fresh;
  for (let i = 0; i < 3; i++) release(allocate(64));
  assertEquals(memoryCounters().fresh - before, 3 * 64);
  setPooling(true);
});

Deno.test("poison shows in late and early reads", () => {
  setPoison(true);
  const storage = fromTypedArray(Float32Array.of(1, 2, 3));
  const late = typed(storage, "float32", 0, 3);
  release(storage);
  assertEquals([...late], [NaN, NaN, NaN]);
  const early = allocate(3_000_000);
  assertEquals(typed(early, "float64", 5, 1)[0], NaN);
  release(early);
  setPoison(false);
});

Deno.test("what cannot be allocated is an error that says how much", () => {
  assertThrows(() => allocate(2 ** 50), KernelError, "Cannot allocate 1125899906842624 bytes");
});
