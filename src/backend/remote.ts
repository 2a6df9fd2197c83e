/**
 * Bytes in the memory of a GPU, behind handles of the library.
 *
 * The collector knows nothing of that memory and never runs inside a synchronous loop, so values that nobody gives back
 * would fill it. Above a watermark those that were not used for longest move to the process's own memory, where the
 * collector can take them; whoever uses one brings it back.
 *
 * @module
 */
import { DeviceError, KernelError, OutOfMemoryError } from "../errors.ts";
import { lastError, library } from "./library.ts";
import { NO_BLOCK, type Remote, Storage } from "./storage.ts";

/** The statuses of the library that say more than that a call was refused. */
const OUT_OF_MEMORY = 4, DEVICE_FAILED = 5;
/** The share of a GPU's memory that values may take. */
const WATERMARK = 0.8;
/** How many bytes one call copies. */
const MOST_AT_ONCE = 2 ** 30;

/** Throws what the library said about a call that failed. */
export function failRemote(status: number): never {
  if (status === OUT_OF_MEMORY) throw new OutOfMemoryError(lastError());
  throw status === DEVICE_FAILED ? new DeviceError(lastError()) : new KernelError(lastError());
}

function check(status: number): void {
  if (status !== 0) failRemote(status);
}

/** Gives back memory of values that were collected. */
const collected = new FinalizationRegistry((place: Place): void => place.drop());

/** Where a value's bytes are: on the GPU, or, if it was moved away, in the process. */
class Place {
  /** Stands for the memory; 0 if there is none now. */
  handle = 0;
  /** The bytes while they are in the process. */
  moved: Uint8Array<ArrayBuffer> | null = null;

  constructor(readonly memory: RemoteMemory, readonly bytes: number) {}

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
    collected.unregister(this);
    this.place.drop();
  }

  read(offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.place.memory.read(this.place, offset, bytes);
  }
}

/** The memory of one GPU. */
export class RemoteMemory {
  readonly #device: number;
  /** The places on the GPU, the one that was used last at the end. */
  readonly #present = new Set<Place>();
  readonly #handle = new Uint32Array(1);
  #live = 0;
  #most: number;

  /** The memory of the GPU of a number, which has so many bytes. */
  constructor(device: number, bytes: number) {
    this.#device = device;
    this.#most = WATERMARK * bytes;
  }

  /** How many bytes of values are on the GPU. */
  get live(): number {
    return this.#live;
  }

  /** Bytes with no particular content. */
  allocate(bytes: number): Storage {
    const place = new Place(this, bytes), remote = new RemoteBytes(place);
    this.#take(place);
    collected.register(remote, place, remote);
    return new Storage(NO_BLOCK, bytes, remote);
  }

  /** A value of these bytes. */
  store(bytes: Uint8Array<ArrayBuffer>): Storage {
    const storage = this.allocate(bytes.byteLength);
    this.#write((storage.remote as RemoteBytes).place, bytes);
    return storage;
  }

  /** The handle of a value of this GPU, whose bytes are there from now on until something else needs the memory. */
  handleOf(storage: Storage): number {
    const { place } = storage.remote as RemoteBytes;
    if (place.handle === 0) this.#bringBack(place);
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
    return to;
  }

  /** Gives a place's memory back. */
  giveBack(place: Place): void {
    library.cudaFree(place.handle);
    place.handle = 0;
    this.#live -= place.bytes;
    this.#present.delete(place);
  }

  /** Sets from how many bytes on values are moved away, for tests; returns what it was. */
  setWatermark(bytes: number): number {
    const before = this.#most;
    this.#most = bytes;
    return before;
  }

  #take(place: Place): void {
    while (this.#live + place.bytes > this.#most && this.#moveOldest());
    let status = this.#tryToTake(place);
    while (status === OUT_OF_MEMORY && this.#moveOldest()) status = this.#tryToTake(place);
    check(status);
    place.handle = this.#handle[0]!;
    this.#live += place.bytes;
    this.#present.add(place);
  }

  #tryToTake(place: Place): number {
    return library.cudaAllocate(this.#device, place.bytes, this.#handle);
  }

  /** Moves the value that was not used for longest to the process; false if there is none. */
  #moveOldest(): boolean {
    for (const place of this.#present) {
      place.moved = this.read(place, 0, place.bytes);
      this.giveBack(place);
      return true;
    }
    return false;
  }

  #bringBack(place: Place): void {
    const bytes = place.moved!;
    this.#take(place);
    this.#write(place, bytes);
    place.moved = null;
  }

  #write(place: Place, bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += MOST_AT_ONCE) {
      const part = bytes.subarray(at, at + MOST_AT_ONCE);
      check(library.cudaWrite(place.handle, at, part, part.length));
    }
  }
}
