/**
 * Bytes in the memory of a GPU, behind handles of the library.
 *
 * The collector knows nothing of that memory and never runs inside a synchronous loop, so values that nobody gives back
 * would fill it. Above a watermark, or a number, those that were not used for longest move to the process's own memory,
 * where the collector can take them; whoever uses one brings it back. A small value that is read moves at once: mostly
 * it is a loss, which nobody uses again, and a loop makes one a step.
 *
 * @module
 */
import { OutOfMemoryError } from "../errors.ts";
import { check, foundNoMemory, lastError, library } from "./library.ts";
import { NO_BLOCK, type Remote, Storage } from "./storage.ts";

/** The share of a GPU's memory that values may take. */
const WATERMARK = 0.8;
/** Values up to so many bytes move when they are read. */
const SMALL_BYTES = 4096;
/** How many kinds of values an error names. */
const MOST_NAMED = 3;
/** How many values may be there: what stands for them takes memory of the process, however small they are. */
const MOST_VALUES = 2 ** 14;
/** How many bytes one call copies. */
const MOST_AT_ONCE = 2 ** 30;

/** Gives back memory of values that were collected. It holds their places, so it knows none that were moved away. */
const collected = new FinalizationRegistry((place: Place): void => place.drop());

/** Where a value's bytes are: on the GPU, or, if it was moved away, in the process. */
class Place {
  /** Stands for the memory; 0 if there is none now. */
  handle = 0;
  /** The bytes while they are in the process. */
  moved: Uint8Array<ArrayBuffer> | null = null;

  /** `what` it is, is for people. */
  constructor(readonly memory: RemoteMemory, readonly bytes: number, readonly what: string) {}

  /** Gives everything back. */
  drop(): void {
    if (this.handle !== 0) this.memory.giveBack(this);
    this.moved = null;
  }
}

/** The bytes of one value. */
class RemoteBytes implements Remote {
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  release(): void {
    collected.unregister(this.place);
    this.place.drop();
  }

  read(offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.place.memory.read(this.place, offset, bytes);
  }
}

/** The memory of one GPU. */
export class RemoteMemory {
  readonly #device: number;
  readonly #total: number;
  /** The places on the GPU, the one that was used last at the end. */
  readonly #present = new Set<Place>();
  readonly #handle = new Uint32Array(1);
  #live = 0;
  #most: number;
  #mostValues = MOST_VALUES;

  /** The memory of the GPU of a number, which has so many bytes. */
  constructor(device: number, bytes: number) {
    this.#device = device;
    this.#total = bytes;
    this.#most = WATERMARK * bytes;
  }

  /** How many bytes of values are on the GPU. */
  get live(): number {
    return this.#live;
  }

  /** How many values are on the GPU. */
  get values(): number {
    return this.#present.size;
  }

  /** Bytes with no particular content. */
  allocate(bytes: number, what: string): Storage {
    const remote = new RemoteBytes(new Place(this, bytes, what));
    this.#take(remote);
    return new Storage(NO_BLOCK, bytes, remote);
  }

  /** A value of these bytes. */
  store(bytes: Uint8Array<ArrayBuffer>): Storage {
    const storage = this.allocate(bytes.byteLength, "copies of other devices' values");
    this.#write((storage.remote as RemoteBytes).place, bytes);
    return storage;
  }

  /** The handle of a value of this GPU, whose bytes are there from now on until something else needs the memory. */
  handleOf(storage: Storage): number {
    const remote = storage.remote as RemoteBytes, { place } = remote;
    if (place.handle === 0) this.#bringBack(remote);
    else {
      this.#present.delete(place);
      this.#present.add(place);
    }
    return place.handle;
  }

  /** Whether a value's bytes are on the GPU now. */
  has(storage: Storage): boolean {
    return (storage.remote as RemoteBytes).place.handle !== 0;
  }

  /** Copies some bytes of a value to the process. */
  read(place: Place, offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    if (place.moved !== null) return place.moved.slice(offset, offset + bytes);
    const to = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += MOST_AT_ONCE) {
      const part = to.subarray(at, at + MOST_AT_ONCE);
      check(library.cudaRead(place.handle, offset + at, part, part.length));
    }
    if (bytes === place.bytes && bytes <= SMALL_BYTES) this.#moved(place, to.slice());
    return to;
  }

  /** Gives a place's memory back. */
  giveBack(place: Place): void {
    library.cudaFree(place.handle);
    place.handle = 0;
    this.#live -= place.bytes;
    this.#present.delete(place);
  }

  /** Sets from how many bytes and values on some are moved away, for tests; returns what it was. */
  setWatermark(bytes: number, values: number = MOST_VALUES): number {
    const before = this.#most;
    this.#most = bytes;
    this.#mostValues = values;
    return before;
  }

  #isFull(bytes: number): boolean {
    return this.#live + bytes > this.#most || this.#present.size >= this.#mostValues;
  }

  #take(remote: RemoteBytes): void {
    const { place } = remote;
    // Nothing is moved for what does not fit anyway.
    if (place.bytes > this.#total) {
      throw new OutOfMemoryError(`Out of memory: ${place.bytes} bytes were wanted; ${this.holders()}`);
    }
    while (this.#isFull(place.bytes) && this.#moveOldest());
    this.makeRoom(() => library.cudaAllocate(this.#device, place.bytes, this.#handle));
    place.handle = this.#handle[0]!;
    this.#live += place.bytes;
    this.#present.add(place);
    collected.register(remote, place, place);
  }

  /** Calls the library, again while it finds no memory and a value can be moved away. */
  makeRoom(call: () => number): void {
    let status = call();
    if (foundNoMemory(status)) {
      const text = `${lastError()}; ${this.holders()}`;
      while (foundNoMemory(status) && this.#moveOldest()) status = call();
      if (foundNoMemory(status)) throw new OutOfMemoryError(text);
    }
    check(status);
  }

  /** Who has the memory, as a part of a sentence. */
  holders(): string {
    const kinds = new Map<string, { count: number; bytes: number }>();
    for (const { what, bytes } of this.#present) {
      const kind = kinds.get(what) ?? { count: 0, bytes: 0 };
      kinds.set(what, { count: kind.count + 1, bytes: kind.bytes + bytes });
    }
    const largest = [...kinds].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, MOST_NAMED);
    const named = largest.map(([what, { count, bytes }]) => `${what} (${bytes} bytes in ${count})`);
    const most = named.length === 0 ? "" : `, most of them ${named.join(", ")}`;
    return `values hold ${this.#live} bytes of cuda:${this.#device}${most}`;
  }

  /** Moves the value that was not used for longest to the process; false if there is none. */
  #moveOldest(): boolean {
    for (const place of this.#present) {
      const bytes = this.read(place, 0, place.bytes);
      if (place.moved === null) this.#moved(place, bytes);
      return true;
    }
    return false;
  }

  /** A place's bytes are in the process now. The registry would hold them, and has nothing to give back. */
  #moved(place: Place, bytes: Uint8Array<ArrayBuffer>): void {
    place.moved = bytes;
    collected.unregister(place);
    this.giveBack(place);
  }

  #bringBack(remote: RemoteBytes): void {
    const { place } = remote, bytes = place.moved!;
    this.#take(remote);
    try {
      this.#write(place, bytes);
    } catch (error) {
      collected.unregister(place);
      this.giveBack(place);
      throw error;
    }
    place.moved = null;
  }

  #write(place: Place, bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += MOST_AT_ONCE) {
      const part = bytes.subarray(at, at + MOST_AT_ONCE);
      check(library.cudaWrite(place.handle, at, part, part.length));
    }
  }
}
