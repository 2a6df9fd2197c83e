/**
 * The CPU's bytes: pooled ArrayBuffers in size classes, small results carved from slabs.
 *
 * The pair (address, byteLength) is made here alone, and native code trusts it. Whoever keeps an address
 * keeps the `Storage` too: that is what holds the buffer.
 *
 * @module
 */
import { type DType, DTYPES, type TypedArray } from "../dtype.ts";
import { ArgumentError, DisposedError, KernelError } from "../errors.ts";
import { environment } from "./environment.ts";
import { library } from "./library.ts";

/** Results up to this many bytes are carved from slabs. */
export const SMALL_BYTES = 4096;
const SLAB_BYTES = 65536;
/** A slab of results that nobody holds should die young: one that grew old waits for a full collection. */
const SLAB_BLOCKS = 64;
const CELL_BYTES = 64;
/** From here on memory is asked for in large pages, of 2 MiB: several fit in, wherever it begins. */
const LARGE_BYTES = 2 ** 23;
const SMALL_CLASSES = SMALL_BYTES / CELL_BYTES + 1;
/** Quarters of powers of two below the first large class: 4 for each power up to 2^12, and 4 in it. */
const FIRST_QUARTER = 12 * 4 + 4;

/** A piece of memory that is handed out again and again. */
class Block {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly capacity: number;
  readonly address: number;
  readonly sizeClass: number;
  /** When it was last put into the pool. */
  freed = 0;

  constructor(buffer: ArrayBuffer, byteOffset: number, capacity: number, address: number, sizeClass: number) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.capacity = capacity;
    this.address = address;
    this.sizeClass = sizeClass;
  }
}

/** Bytes that are not in the memory of the process. */
export interface Remote {
  /** Gives them back. */
  release(): void;
  /** Copies some of them to the process. */
  read(offset: number, bytes: number): Uint8Array<ArrayBuffer>;
}

/** Stands for the block of bytes that are elsewhere. */
export const NO_BLOCK: Block = new Block(new ArrayBuffer(0), 0, 0, 0, 0);

/** The bytes of a computed value. Each allocation is an object of its own, also when its memory is reused. */
export class Storage {
  /** The buffer that the bytes lie in; slabs are shared by many. */
  readonly buffer: ArrayBuffer;
  /** Where the bytes start in the buffer. */
  readonly byteOffset: number;
  /** How many bytes were asked for. */
  readonly byteLength: number;
  /** Where the bytes lie in memory; valid as long as this object is held. */
  readonly address: number;
  /** Somebody outside plans holds the bytes, so they are never pooled. */
  bound = false;
  /** The buffer was handed to user code, which may have transferred it away. */
  exposed = false;
  /** The bytes were given back. */
  released = false;
  /** The memory that goes back to the pool. */
  readonly block: Block;
  /** The bytes, if they are not in the memory of the process: there is no buffer and no address then. */
  readonly remote: Remote | null;

  /** Made by those who hand out memory only. */
  constructor(block: Block, byteLength: number, remote: Remote | null = null) {
    this.buffer = block.buffer;
    this.byteOffset = block.byteOffset;
    this.byteLength = byteLength;
    this.address = block.address;
    this.block = block;
    this.remote = remote;
  }
}

/** What the pool has done so far, in bytes of whole blocks. */
export interface MemoryCounters {
  /** Handed out since the start. */
  allocated: number;
  /** Newly taken from the system since the start; the rest of `allocated` was reused. */
  fresh: number;
  /** Handed out and not given back. What the collector took is not known and still counts. */
  live: number;
  /** The most that was ever live. */
  peak: number;
  /** Waiting to be handed out again. */
  pooled: number;
}

const counters: MemoryCounters = { allocated: 0, fresh: 0, live: 0, peak: 0, pooled: 0 };
const free: Block[][] = [];
let capBytes = 2 ** 30;
let clock = 0;
let pooling = true;
let poison = environment("TENSAUR_POISON") === "1";
/** For each small size class, the slab that its blocks are carved from at the moment. */
const slabs: (Slab | undefined)[] = [];

/** A buffer that blocks of one small size class are carved from. */
interface Slab {
  readonly buffer: ArrayBuffer;
  readonly address: number;
  /** Where the next block starts, at an address that is a multiple of the cell size. */
  next: number;
  /** Where the last block ends at most. */
  readonly end: number;
}

/** Where a buffer's bytes lie in memory; valid as long as the buffer is held. */
export function addressOf(buffer: ArrayBuffer): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(new Uint8Array(buffer))));
}

function newSlab(capacity: number): Slab {
  const bytes = Math.min(SLAB_BYTES, SLAB_BLOCKS * capacity);
  const buffer = new ArrayBuffer(bytes + CELL_BYTES);
  const address = addressOf(buffer);
  const start = (CELL_BYTES - address % CELL_BYTES) % CELL_BYTES;
  return { buffer, address, next: start, end: start + bytes };
}

/** The size class of a number of bytes: multiples of 64 up to 4 KiB, then quarters of powers of two. */
function sizeClassOf(bytes: number): number {
  if (bytes <= SMALL_BYTES) return bytes <= CELL_BYTES ? 1 : (bytes + CELL_BYTES - 1) >>> 6;
  const last = bytes - 1;
  if (last < 2 ** 31) {
    const exponent = 31 - Math.clz32(last);
    return SMALL_CLASSES + exponent * 4 + (last >>> (exponent - 2)) - FIRST_QUARTER;
  }
  const exponent = Math.floor(Math.log2(last));
  return SMALL_CLASSES + exponent * 4 + Math.floor(last / 2 ** (exponent - 2)) - FIRST_QUARTER;
}

/** The bytes of a block of a size class. */
function capacityOf(sizeClass: number): number {
  if (sizeClass < SMALL_CLASSES) return sizeClass * CELL_BYTES;
  const step = sizeClass - SMALL_CLASSES;
  return ((step & 3) + 5) * 2 ** ((step >>> 2) + 10);
}

function carve(sizeClass: number): Block {
  const capacity = sizeClass * CELL_BYTES;
  let slab = slabs[sizeClass];
  if (slab === undefined || slab.next + capacity > slab.end) slabs[sizeClass] = slab = newSlab(capacity);
  const offset = slab.next;
  slab.next += capacity;
  return new Block(slab.buffer, offset, capacity, slab.address + offset, sizeClass);
}

function takeFromSystem(sizeClass: number): Block {
  const capacity = capacityOf(sizeClass);
  try {
    const buffer = new ArrayBuffer(capacity + CELL_BYTES);
    const address = addressOf(buffer);
    if (capacity >= LARGE_BYTES) library.preferLargePages(address, buffer.byteLength);
    const start = (CELL_BYTES - address % CELL_BYTES) % CELL_BYTES;
    return new Block(buffer, start, capacity, address + start, sizeClass);
  } catch (cause) {
    if (counters.pooled === 0) {
      throw new KernelError(`Cannot allocate ${capacity} bytes: out of memory`, { cause });
    }
    dropPool();
    return takeFromSystem(sizeClass);
  }
}

function freshBlock(sizeClass: number): Block {
  const block = sizeClass < SMALL_CLASSES ? carve(sizeClass) : takeFromSystem(sizeClass);
  counters.fresh += block.capacity;
  if (poison) fillWithPoison(block);
  return block;
}

/** Bytes with no particular content. The buffer may be shared with others; the range is the caller's alone. */
export function allocate(bytes: number): Storage {
  const sizeClass = sizeClassOf(bytes);
  const list = free[sizeClass];
  let block = list === undefined ? undefined : list.pop();
  if (block === undefined) block = freshBlock(sizeClass);
  else counters.pooled -= block.capacity;
  counters.allocated += block.capacity;
  counters.live += block.capacity;
  if (counters.live > counters.peak) counters.peak = counters.live;
  return new Storage(block, bytes);
}

/** Gives bytes back for reuse, unless they are bound. The caller forgets them. */
export function release(storage: Storage): void {
  if (storage.bound) return;
  if (storage.released) throw new KernelError(`Cannot release ${storage.byteLength} bytes twice`);
  storage.released = true;
  if (storage.remote !== null) return storage.remote.release();
  const block = storage.block;
  counters.live -= block.capacity;
  if (poison) fillWithPoison(block);
  if (!pooling || block.capacity > capBytes) return;
  block.freed = ++clock;
  (free[block.sizeClass] ??= []).push(block);
  counters.pooled += block.capacity;
  while (counters.pooled > capBytes) dropOldest();
}

/** Drops the block that has waited longest; the lists are in order of time. */
function dropOldest(): void {
  let oldest: Block[] | undefined;
  let when = Infinity;
  for (const list of free) {
    const first = list?.[0];
    if (first !== undefined && first.freed < when) {
      oldest = list;
      when = first.freed;
    }
  }
  const block = oldest?.shift();
  if (block !== undefined) counters.pooled -= block.capacity;
}

/** Leaves everything that waits in the pool to the collector. */
export function dropPool(): void {
  free.length = 0;
  counters.pooled = 0;
}

/** Limits how many bytes may wait in the pool; the oldest go first. */
export function setPoolLimit(bytes: number): void {
  capBytes = bytes;
  while (counters.pooled > capBytes) dropOldest();
}

/** Turns reuse on or off. Without it every allocation is fresh memory, and released bytes are dropped. */
export function setPooling(on: boolean): void {
  pooling = on;
  if (!on) dropPool();
}

/** Turns poison on or off: bytes are set to 0xFF when they are released, so that a late read shows as NaN. */
export function setPoison(on: boolean): void {
  poison = on;
}

function fillWithPoison(block: Block): void {
  new Uint8Array(block.buffer, block.byteOffset, block.capacity).fill(0xff);
}

/** A copy of an array's elements. */
export function fromTypedArray(array: TypedArray): Storage {
  const storage = allocate(array.byteLength);
  const View = array.constructor as typeof DTYPES[DType]["array"];
  new View(storage.buffer, storage.byteOffset, array.length).set(array);
  return storage;
}

/** The bytes of a storage that lies in the process. */
export function bytesOf({ buffer, byteOffset, byteLength }: Storage): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Elements of a storage for use inside the library: a view, or a copy of what is elsewhere. `offset` counts elements. */
export function typed(storage: Storage, dtype: DType, offset: number, length: number): TypedArray {
  const { array: View, size } = DTYPES[dtype];
  if (offset < 0 || length < 0 || (offset + length) * size > storage.byteLength) {
    throw new ArgumentError(
      `Cannot view ${length} elements from ${offset} on: the storage has ${storage.byteLength / size}`,
    );
  }
  if (storage.remote !== null) {
    return new View(storage.remote.read(offset * size, length * size).buffer, 0, length);
  }
  return new View(storage.buffer, storage.byteOffset + offset * size, length);
}

/** Elements for user code to keep: a copy of small ones, else a view of bytes that are bound from then on. */
export function expose(storage: Storage, dtype: DType, offset: number, length: number): TypedArray {
  checkAlive(storage);
  const view = typed(storage, dtype, offset, length);
  if (storage.remote !== null) return view;
  if (storage.block.sizeClass < SMALL_CLASSES) return view.slice();
  storage.bound = true;
  storage.exposed = true;
  return view;
}

/** Throws if user code has transferred the buffer away: its address points to nothing then. */
export function checkAlive(storage: Storage): void {
  if (storage.exposed && storage.buffer.detached) {
    throw new DisposedError("Cannot use a tensor whose data was transferred away: its bytes are gone");
  }
}

/** A snapshot of the counters. */
export function memoryCounters(): MemoryCounters {
  return { ...counters };
}

/** Starts measuring the peak anew. */
export function resetPeak(): void {
  counters.peak = counters.live;
}
