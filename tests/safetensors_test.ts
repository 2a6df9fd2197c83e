/**
 * Tensors in files: a round trip for every dtype, and headers that lie.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ArgumentError,
  decodeTensors,
  DTypeError,
  encodeTensors,
  loadTensors,
  nn,
  saveTensors,
  TensaurError,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";

const TENSORS: Record<string, Tensor> = {
  "bytes": tensor([1, 2, 255], { dtype: "uint8" }),
  "flags": tensor([true, false, true]),
  "float": tensor([[1.5, -0], [Infinity, 1e-40]]),
  "double": tensor([Math.PI], { dtype: "float64" }),
  "integer": tensor([[-(2 ** 31)], [2 ** 31 - 1]], { dtype: "int32" }),
  "scalar ü": tensor(7),
  "nothing": zeros([0, 3]),
};

/** Bytes with this header and body, as a program that does not know better might write them. */
function file(header: unknown, body = 0, length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + body);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function floats(start: number, end: number, shape = [1]): unknown {
  return { dtype: "F32", shape, data_offsets: [start, end] };
}

function assertSame(read: Record<string, Tensor>, wanted: Record<string, Tensor>): void {
  assertEquals(Object.keys(read).sort(), Object.keys(wanted).sort());
  for (const [name, tensor] of Object.entries(wanted)) {
    assertEquals([read[name]?.dtype, read[name]?.shape], [tensor.dtype, [...tensor.shape]]);
    assertEquals(read[name]?.data, tensor.data);
  }
}

Deno.test("every dtype and shape comes back bit for bit", () => {
  assertSame(decodeTensors(encodeTensors(TENSORS)), TENSORS);
});

Deno.test("bytes at an odd address are read", () => {
  const bytes = encodeTensors(TENSORS), moved = new Uint8Array(bytes.length + 1);
  moved.set(bytes, 1);
  assertSame(decodeTensors(moved.subarray(1)), TENSORS);
});

Deno.test("a view is written as the elements that it shows", () => {
  const view = tensor([[1, 2], [3, 4]]).mT().at(":", 0);
  assertEquals(decodeTensors(encodeTensors({ view })).view?.toArray(), [1, 2]);
});

Deno.test("the bytes are those of the format", () => {
  const bytes = encodeTensors({ x: tensor([1], { dtype: "uint8" }), y: tensor([2]) });
  const header =
    '{"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}';
  const length = Math.ceil(header.length / 8) * 8;
  assertEquals(new DataView(bytes.buffer).getBigUint64(0, true), BigInt(length));
  assertEquals(new TextDecoder().decode(bytes.subarray(8, 8 + length)), header.padEnd(length));
  assertEquals([...bytes.subarray(8 + length)], [0, 0, 0, 64, 1]);
});

Deno.test("metadata of other programs is passed over", () => {
  const read = decodeTensors(file({ __metadata__: { format: "pt" }, x: floats(0, 4) }, 4));
  assertEquals(Object.keys(read), ["x"]);
});

const LIES: [what: string, bytes: Uint8Array, message: string][] = [
  ["no length", new Uint8Array(7), "too few"],
  ["a header that is cut off", file({}, 0, 100), "100 bytes, only 2"],
  ["an enormous header", file({}, 0, 2 ** 52), "too large"],
  ["a header that is not JSON", file("{x}"), "not JSON"],
  ["a header that is not UTF-8", file("{}").fill(255, 8), "not JSON"],
  ["a header that is a list", file([]), "must be an object"],
  ["an entry that is a number", file({ x: 1 }), "entry of x"],
  ["a length below 0", file({ x: floats(0, 4, [-1]) }, 4), "shape of x"],
  ["a shape that is a text", file({ x: floats(0, 4, "1" as unknown as number[]) }, 4), "shape of x"],
  [
    "three positions",
    file({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, 4),
    "data_offsets of x",
  ],
  ["positions in the wrong order", file({ x: floats(4, 0) }, 4), "x takes 4 bytes"],
  ["a size that does not fit", file({ x: floats(0, 4, [2]) }, 4), "x takes 8 bytes"],
  ["a size without end", file({ x: floats(0, 4, [2 ** 40, 2 ** 40]) }, 4), "x takes"],
  ["an overlap", file({ x: floats(0, 4), y: floats(0, 4) }, 8), "y overlaps"],
  ["a gap", file({ x: floats(0, 4), y: floats(8, 12) }, 12), "bytes 4 to 8"],
  ["bytes that are cut off", file({ x: floats(0, 4) }, 3), "only 3"],
  ["bytes left over", file({ x: floats(0, 4) }, 5), "last 1 bytes"],
];

for (const [what, bytes, message] of LIES) {
  Deno.test(`${what} is refused`, () => {
    assertThrows(() => decodeTensors(bytes), ArgumentError, message);
  });
}

Deno.test("a dtype that is not known is refused with those that are", () => {
  const half = { dtype: "F16", shape: [1], data_offsets: [0, 2] };
  assertThrows(() => decodeTensors(file({ x: half }, 2)), DTypeError, "F64, F32, I32, U8, BOOL");
});

Deno.test("every cut of a file and every changed byte of its header is read or refused, never anything else", () => {
  const bytes = encodeTensors({ a: tensor([1, 2]), b: tensor([3], { dtype: "uint8" }) });
  for (let i = 0; i < bytes.length; i++) {
    assertThrows(() => decodeTensors(bytes.subarray(0, i)), TensaurError);
    const changed = bytes.slice();
    changed[i]! ^= 1 << (i % 8);
    try {
      decodeTensors(changed);
    } catch (error) {
      assert(error instanceof TensaurError, String(error));
    }
  }
});

Deno.test("only tensors can be written", () => {
  assertThrows(() => encodeTensors({ x: 1 as unknown as Tensor }), ArgumentError, "x must be a tensor");
  assertThrows(() => encodeTensors(null as unknown as Record<string, Tensor>), ArgumentError);
  assertThrows(() => encodeTensors({ __metadata__: tensor(1) }), ArgumentError, "__metadata__");
  assertThrows(() => decodeTensors("x" as unknown as Uint8Array), ArgumentError, "Uint8Array");
});

Deno.test("a model goes to a file and back", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/model.safetensors`;
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Linear(4, 2)),
      copy = new nn.Sequential(
        new nn.Linear(3, 4),
        new nn.Linear(4, 2),
      );
    saveTensors(path, {});
    saveTensors(path, model.stateDict());
    copy.loadStateDict(loadTensors(new URL(`file://${path}`)));
    assertSame(copy.stateDict(), model.stateDict());
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["model.safetensors"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a file that cannot be written leaves nothing behind", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/taken`);
    assertThrows(() => saveTensors(`${folder}/taken`, TENSORS));
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["taken"]);
    assertThrows(() => saveTensors(`${folder}/no/where`, TENSORS), Deno.errors.NotFound);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
