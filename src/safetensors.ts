/**
 * Tensors in files, in the safetensors format: eight bytes with the length of a JSON header, the header, and the
 * elements of one tensor after the other.
 *
 * @module
 */
import { tensor } from "./create.ts";
import { type DType, DTYPES } from "./dtype.ts";
import { ArgumentError, DTypeError } from "./errors.ts";
import { describe, type Shape, sizeOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** The format's names of the dtypes. */
const FORMAT_NAMES: Readonly<Record<DType, string>> = {
  float64: "F64",
  float32: "F32",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};
const DTYPE_OF_NAME: ReadonlyMap<unknown, DType> = new Map(
  Object.entries(FORMAT_NAMES).map(([dtype, name]) => [name, dtype as DType]),
);
/** The bytes of the length of the header, and what a header is padded to. */
const WORD = 8;
/** The longest header that is read, as in the format's own library. */
const MAX_HEADER = 100_000_000;
/** The entry of a header that is no tensor. */
const METADATA = "__metadata__";

/** Where the header says that a tensor lies. */
interface Entry {
  name: string;
  dtype: DType;
  shape: Shape;
  start: number;
  end: number;
}

/**
 * Writes tensors to a file in the safetensors format. The file appears as a whole or not at all.
 *
 * @param path The file
 * @param tensors Tensors by name, such as a state dict
 *
 * @example
 * ```ts
 * import { loadTensors, nn, saveTensors } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const path = Deno.makeTempFileSync({ suffix: ".safetensors" });
 * const model = new nn.Linear(3, 2), copy = new nn.Linear(3, 2);
 * saveTensors(path, model.stateDict());
 * copy.loadStateDict(loadTensors(path));
 * assertEquals(copy.weight.toArray(), model.weight.toArray());
 * Deno.removeSync(path);
 * ```
 */
export function saveTensors(path: string | URL, tensors: Readonly<Record<string, Tensor>>): void {
  const bytes = encodeTensors(tensors);
  const temporary = path instanceof URL ? new URL(path) : `${path}.${crypto.randomUUID()}.tmp`;
  if (temporary instanceof URL) temporary.pathname += `.${crypto.randomUUID()}.tmp`;
  try {
    Deno.writeFileSync(temporary, bytes, { createNew: true });
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/**
 * Reads the tensors of a file in the safetensors format.
 *
 * @param path The file
 * @returns Tensors by name
 *
 * @example
 * ```ts
 * import { loadTensors, saveTensors, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const path = Deno.makeTempFileSync({ suffix: ".safetensors" });
 * saveTensors(path, { x: tensor([1, 2]) });
 * assertEquals(loadTensors(path).x?.toArray(), [1, 2]);
 * Deno.removeSync(path);
 * ```
 */
export function loadTensors(path: string | URL): Record<string, Tensor> {
  return decodeTensors(Deno.readFileSync(path));
}

/**
 * The bytes of tensors in the safetensors format.
 *
 * @param tensors Tensors by name
 * @returns What `saveTensors` writes
 *
 * @example
 * ```ts
 * import { decodeTensors, encodeTensors, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeTensors(encodeTensors({ x: tensor([1, 2]) })).x?.toArray(), [1, 2]);
 * ```
 */
export function encodeTensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  const named = checkTensors(tensors);
  const header: [string, unknown][] = [];
  let length = 0;
  for (const [name, { dtype, shape, size }] of named) {
    const end = length + size * DTYPES[dtype].size;
    header.push([name, { dtype: FORMAT_NAMES[dtype], shape, data_offsets: [length, end] }]);
    length = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(text.length / WORD) * WORD;
  const bytes = new Uint8Array(WORD + padded + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(" ".charCodeAt(0), WORD, WORD + padded);
  bytes.set(text, WORD);
  let position = WORD + padded;
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors in bytes of the safetensors format. The header is not trusted: the tensors must cover the bytes
 * behind it exactly, without a gap or an overlap.
 *
 * @param bytes What `encodeTensors` gave, or the content of a file
 * @returns Tensors by name
 *
 * @example
 * ```ts
 * import { ArgumentError, decodeTensors } from "@tensaur/tensaur";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodeTensors(new Uint8Array(4)), ArgumentError);
 * ```
 */
export function decodeTensors(bytes: Uint8Array): Record<string, Tensor> {
  if (!(bytes instanceof Uint8Array)) throw malformed(`want a Uint8Array, was ${describe(bytes)}`);
  if (bytes.length < WORD) throw malformed(`${bytes.length} bytes are too few for the length of a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true)), available = bytes.length - WORD;
  if (length > MAX_HEADER) {
    throw malformed(`a header of ${length} bytes is too large: at most ${MAX_HEADER} are read`);
  }
  if (length > available) throw malformed(`the header has ${length} bytes, only ${available} are there`);
  const body = bytes.subarray(WORD + length);
  const entries = Object.entries(parseHeader(bytes.subarray(WORD, WORD + length)))
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value));
  checkCover(entries, body.length);
  return Object.fromEntries(entries.map((entry) => [entry.name, readTensor(entry, body)]));
}

/** The tensors, the widest elements first, so that each is aligned; checks them. */
function checkTensors(tensors: unknown): [string, Tensor][] {
  if (typeof tensors !== "object" || tensors === null) {
    throw new ArgumentError(`Cannot save tensors: want an object of tensors, was ${describe(tensors)}`);
  }
  const named = Object.entries<Tensor>(tensors as Record<string, Tensor>);
  for (const [name, value] of named) {
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`Cannot save tensors: ${name} must be a tensor, was ${describe(value)}`);
    }
    if (name === METADATA) {
      throw new ArgumentError(`Cannot save tensors: the name ${METADATA} is not a tensor's`);
    }
  }
  return named.sort(([, a], [, b]) => DTYPES[b.dtype].size - DTYPES[a.dtype].size);
}

function parseHeader(bytes: Uint8Array): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("the header is not JSON");
  }
  if (!isRecord(header)) throw malformed(`the header must be an object, was ${describe(header)}`);
  return header;
}

function readEntry(name: string, value: unknown): Entry {
  if (!isRecord(value)) throw malformed(`the entry of ${name} must be an object, was ${describe(value)}`);
  const { dtype: formatName, shape, data_offsets: offsets } = value;
  const dtype = DTYPE_OF_NAME.get(formatName);
  if (dtype === undefined) {
    const known = [...DTYPE_OF_NAME.keys()].join(", ");
    throw new DTypeError(
      `Cannot load tensors: ${name} has dtype ${describe(formatName)}, known are ${known}`,
    );
  }
  if (!isLengths(shape)) throw malformed(`the shape of ${name} must be an array of lengths`);
  if (!isLengths(offsets) || offsets.length !== 2) {
    throw malformed(`the data_offsets of ${name} must be two positions`);
  }
  const [start = 0, end = 0] = offsets, wanted = sizeOf(shape) * DTYPES[dtype].size;
  if (end - start !== wanted) {
    throw malformed(`${name} takes ${wanted} bytes, its data_offsets [${start}, ${end}] span ${end - start}`);
  }
  return { name, dtype, shape, start, end };
}

/** Checks that the entries follow each other from the first byte to the last. */
function checkCover(entries: readonly Entry[], length: number): void {
  let position = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < position) throw malformed(`${name} overlaps the tensor before it at byte ${start}`);
    if (start > position) throw malformed(`nothing describes the bytes ${position} to ${start}`);
    position = end;
  }
  if (position > length) throw malformed(`the tensors take ${position} bytes, only ${length} are there`);
  if (position < length) throw malformed(`nothing describes the last ${length - position} bytes`);
}

function readTensor({ dtype, shape, start, end }: Entry, body: Uint8Array): Tensor {
  const { array, size } = DTYPES[dtype], bytes = body.slice(start, end);
  return tensor(new array(bytes.buffer, 0, bytes.length / size), { dtype }).reshape(shape);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLengths(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);
}

function malformed(what: string): ArgumentError {
  return new ArgumentError(`Cannot load tensors: ${what}`);
}

function removeIfThere(path: string | URL): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
