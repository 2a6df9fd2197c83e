/**
 * Wrong arguments: each is a typed error whose text says the op, what was given and what was wanted.
 */
import { assert, assertEquals, assertIsError, assertStringIncludes } from "@std/assert";
import * as tensaur from "@tensaur/tensaur";
import {
  arange,
  ArgumentError,
  concat,
  DeviceError,
  DTypeError,
  eye,
  full,
  gradcheck,
  GradientError,
  gradients,
  IndexError,
  manualSeed,
  maximum,
  noGrad,
  ones,
  Parameter,
  profile,
  rand,
  scope,
  setDefaultDevice,
  setThreads,
  ShapeError,
  stack,
  sub,
  TensaurError,
  Tensor,
  tensor,
  uniform,
  where,
  zeros,
} from "@tensaur/tensaur";
import { DEVICE } from "./devices.ts";

const matrix = tensor([[1, 2, 3], [4, 5, 6]]);
const integers = tensor([[0, 1], [1, 0]], { dtype: "int32" });
const elsewhere = tensor([1], { device: "reference" });
const tracked = tensor([1, 2], { requiresGrad: true });
const circular: unknown[] = [];
circular.push(circular);

/** What happens, the class of the error, and parts of its text. */
type Case = readonly [call: () => unknown, error: typeof TensaurError, ...parts: string[]];

/** A value of a wrong type, for calls that the compiler would refuse. */
function wrong(value: unknown): never {
  return value as never;
}

const MAKING: readonly Case[] = [
  [() => tensor([[1, 2], [3]]), ShapeError, "entry [1]", "length 1", "length 2"],
  [() => tensor([1, [2]]), ShapeError, "entry [1]", "an array"],
  [() => tensor([[1], 2]), ShapeError, "entry [1]", "was 2".slice(4), "length 1"],
  [() => tensor([1, wrong("2")]), ArgumentError, "entry [1]", '"2"', "number"],
  [() => tensor([1, wrong(undefined)]), ArgumentError, "entry [1]", "undefined"],
  [() => tensor([1, true]), ArgumentError, "entry [1]", "true", "number"],
  [() => tensor([true, 1]), ArgumentError, "entry [1]", "1", "boolean"],
  [() => tensor(wrong(circular)), ShapeError, "axes", "16"],
  [() => tensor(wrong(new BigInt64Array(2))), DTypeError, "BigInt64Array", "Float32Array"],
  [() => tensor(wrong(new DataView(new ArrayBuffer(8)))), DTypeError, "DataView"],
  [() => tensor(wrong(matrix)), ArgumentError, "clone()"],
  [() => tensor(wrong(undefined)), ArgumentError, "undefined", "number"],
  [() => tensor(wrong({ length: 2 })), ArgumentError, "Object"],
  [() => tensor([1], { dtype: wrong("float16") }), DTypeError, '"float16"', "float32, float64, int32"],
  [() => tensor([1], { device: wrong("gpu") }), DeviceError, "gpu", "cpu"],
  [() => tensor([1], wrong({ dtyp: "int32" })), ArgumentError, '"dtyp"', "dtype"],
  [() => tensor([1], { requiresGrad: wrong(1) }), ArgumentError, "requiresGrad", "1"],
  [() => tensor([1], { dtype: "int32", requiresGrad: true }), DTypeError, "int32", "float"],
  [() => zeros(wrong(3)), ShapeError, "zeros", "3", "array"],
  [() => zeros([2, -1]), ShapeError, "zeros", "-1", "non-negative"],
  [() => zeros([NaN]), ShapeError, "zeros", "NaN"],
  [() => ones([1.5]), ShapeError, "ones", "1.5"],
  [() => ones([wrong("2")]), ShapeError, "ones", '"2"'],
  [() => ones([Infinity]), ShapeError, "ones", "Infinity"],
  [() => ones([2 ** 20, 2 ** 20]), ShapeError, "ones", "2^32"],
  [() => zeros(new Array(17).fill(1)), ShapeError, "zeros", "17", "16"],
  [() => full([1], wrong("1")), ArgumentError, "full", '"1"'],
  [() => arange(wrong("3")), ArgumentError, "arange", '"3"'],
  [() => arange(0, 1, 0), ArgumentError, "arange", "0"],
  [() => arange(0, 1, -1), ArgumentError, "arange", "-1"],
  [() => arange(NaN), ArgumentError, "arange", "NaN"],
  [() => arange(1e300), ShapeError, "arange"],
  [() => eye(-1), ShapeError, "eye", "-1"],
  [() => rand([2], { dtype: "int32" }), DTypeError, "rand", "int32", "float32"],
  [() => rand([-2]), ShapeError, "rand", "-2"],
  [() => uniform([2], 1, 0), ArgumentError, "uniform", "0"],
  [() => uniform([2], NaN, 1), ArgumentError, "uniform", "NaN"],
  [() => manualSeed(-1), ArgumentError, "seed", "-1"],
  [() => manualSeed(0.5), ArgumentError, "seed", "0.5"],
  [() => setDefaultDevice(wrong("tpu")), DeviceError, "tpu", "cpu"],
  [() => setThreads(-1), ArgumentError, "-1"],
  [() => new Parameter(wrong([1])), DTypeError, "parameter"],
  [() => new Parameter(integers), DTypeError, "int32", "float"],
  [() => new Parameter(matrix).assign(tensor([1])), ShapeError, "[1]", "[2, 3]"],
  [() => new Parameter(matrix).assign(matrix.to("float64")), DTypeError, "float64", "float32"],
];

const ELEMENTWISE: readonly Case[] = [
  [() => matrix.add(zeros([2])), ShapeError, "add", "[2, 3]", "[2]", "3 and 2"],
  [() => matrix.add(wrong("1")), ArgumentError, "add", '"1"', "tensor or a number"],
  [() => matrix.mul(wrong(undefined)), ArgumentError, "mul", "undefined"],
  [() => matrix.mul(wrong([1, 2, 3])), ArgumentError, "mul", "an array"],
  [() => matrix.eq(wrong(true)), ArgumentError, "eq", "true"],
  [() => matrix.sub(elsewhere), DeviceError, "sub", DEVICE, "reference", "to()"],
  [() => sub(1, wrong(2)), ArgumentError, "sub", "2", "tensor"],
  [() => maximum(wrong(null), matrix), ArgumentError, "maximum", "null"],
  [() => matrix.addcmul(wrong("1"), 1), ArgumentError, "addcmul", '"1"', "tensor or a number"],
  [() => matrix.addcmul(2, zeros([2])), ShapeError, "addcmul", "[2, 3]", "[2]", "3 and 2"],
  [() => matrix.addcmul(elsewhere, 1), DeviceError, "addcmul", DEVICE, "reference", "to()"],
  [() => tensaur.addcmul(1, 2, wrong(3)), ArgumentError, "addcmul", "3", "tensor"],
  [() => where(wrong(true), matrix, 0), ArgumentError, "where", "true"],
  [() => where(matrix.gt(0), zeros([4]), 0), ShapeError, "where", "[4]", "[2, 3]"],
  [() => where(matrix.gt(0), matrix, elsewhere), DeviceError, "where", "reference"],
  [() => matrix.clamp(wrong("0")), ArgumentError, "clamp", '"0"'],
  [() => matrix.clamp(NaN), ArgumentError, "clamp", "NaN"],
  [() => matrix.to(wrong("float16")), DeviceError, "float16"],
  [() => matrix.to(wrong(3)), ArgumentError, "3", "float32", "cpu"],
  [() => matrix.to(wrong("cuda:99")), DeviceError, "cuda"],
];

const REDUCTIONS: readonly Case[] = [
  [() => matrix.sum(2), IndexError, "sum", "axis 2", "2 axes"],
  [() => matrix.sum(-3), IndexError, "sum", "axis -3"],
  [() => matrix.sum([0, -2]), IndexError, "sum", "axis 0", "twice"],
  [() => matrix.sum(0.5), IndexError, "sum", "0.5", "integer"],
  [() => matrix.sum(wrong("0")), IndexError, "sum", '"0"'],
  [() => matrix.mean(wrong(null)), IndexError, "mean", "null"],
  [() => matrix.sum(0, wrong({ keepDim: true })), ArgumentError, "sum", '"keepDim"', "keepdim"],
  [() => matrix.sum(0, { keepdim: wrong("yes") }), ArgumentError, "keepdim", '"yes"'],
  [() => matrix.sum(0, wrong(true)), ArgumentError, "sum", "true"],
  [() => matrix.argmax(wrong([0, 1])), IndexError, "argmax", "several"],
  [() => matrix.norm(0, { p: wrong(3) }), ArgumentError, "norm", "3", "Infinity"],
  [() => zeros([0]).max(), ShapeError, "max", "[0]", "no element"],
  [() => zeros([2, 0]).argmin(1), ShapeError, "argmin", "[2, 0]"],
  [() => matrix.softmax(5), IndexError, "softmax", "axis 5"],
  [() => tensor(1).softmax(), IndexError, "softmax", "-1"],
  [() => matrix.logSoftmax(wrong("x")), IndexError, "logSoftmax", '"x"'],
];

const MOVES: readonly Case[] = [
  [() => matrix.reshape([4]), ShapeError, "reshape", "[2, 3]", "[4]", "6"],
  [() => matrix.reshape([-1, 4]), ShapeError, "reshape", "[-1, 4]", "6"],
  [() => matrix.reshape([-1, -1]), ShapeError, "reshape", "-1"],
  [() => zeros([0]).reshape([0, -1]), ShapeError, "reshape", "-1"],
  [() => matrix.reshape(wrong(6)), ShapeError, "reshape", "6", "array"],
  [() => matrix.permute([0]), ShapeError, "permute", "[2, 3]", "[0]"],
  [() => matrix.permute([0, 0]), IndexError, "permute", "[0, 0]", "twice"],
  [() => matrix.permute([0, 2]), IndexError, "permute", "axis 2"],
  [() => matrix.permute(wrong(1)), ShapeError, "permute", "1"],
  [() => matrix.transpose(0, 2), IndexError, "transpose", "axis 2"],
  [() => matrix.transpose(wrong(undefined), 1), IndexError, "transpose", "undefined"],
  [() => tensor([1]).mT(), ShapeError, "mT", "[1]", "2 axes"],
  [() => matrix.expand([2]), ShapeError, "expand", "[2, 3]", "[2]"],
  [() => matrix.expand([4, 3]), ShapeError, "expand", "[2, 3]", "[4, 3]"],
  [() => matrix.expand([-1, 2, 3]), ShapeError, "expand"],
  [() => matrix.expand(wrong("x")), ShapeError, "expand", '"x"'],
  [() => matrix.squeeze(0), ShapeError, "squeeze", "axis 0", "was 2"],
  [() => matrix.squeeze(7), IndexError, "squeeze", "axis 7"],
  [() => matrix.unsqueeze(4), IndexError, "unsqueeze", "axis 4"],
  [() => matrix.unsqueeze(wrong(undefined)), IndexError, "unsqueeze", "undefined"],
  [() => matrix.flatten(1, 0), ArgumentError, "flatten", "axis 1", "axis 0"],
  [() => matrix.flatten(3), IndexError, "flatten", "axis 3"],
  [() => matrix.at(2), IndexError, "index 2", "axis 0", "length 2"],
  [() => matrix.at(0, -4), IndexError, "index -4", "axis 1", "length 3"],
  [() => matrix.at(0, 0, 0), IndexError, "3 indices", "[2, 3]", "2 axes"],
  [() => matrix.at(0.5), IndexError, "0.5"],
  [() => matrix.at(NaN), IndexError, "NaN"],
  [() => matrix.at([0, 1, 0]), IndexError, "step", "0"],
  [() => matrix.at([0, 1.5]), IndexError, "1.5"],
  [() => matrix.at(wrong([1])), IndexError, "an array of 1"],
  [() => matrix.at(wrong("1")), IndexError, '"1"'],
  [() => matrix.at("...", "..."), IndexError, '"..."'],
  [() => matrix.at(wrong(integers)), IndexError, "Tensor"],
  [() => matrix.at(wrong(undefined)), IndexError, "undefined"],
  [() => concat([]), ArgumentError, "concat", "empty"],
  [() => concat(wrong(matrix)), ArgumentError, "concat", "Tensor", "array"],
  [() => concat([matrix, wrong(1)]), ArgumentError, "concat", "1"],
  [() => concat([matrix, zeros([2, 2])]), ShapeError, "concat", "[2, 3]", "[2, 2]", "axis 0"],
  [() => concat([matrix, matrix], 2), IndexError, "concat", "axis 2"],
  [() => concat([tensor([1]), elsewhere]), DeviceError, "concat", "reference"],
  [() => stack([matrix, zeros([3, 2])]), ShapeError, "stack", "[2, 3]", "[3, 2]"],
  [() => stack([matrix], 4), IndexError, "stack", "axis 4"],
  [() => matrix.gather(0, matrix), DTypeError, "gather", "float32", "int32"],
  [() => matrix.gather(2, integers), IndexError, "gather", "axis 2"],
  [() => matrix.gather(1, tensor([0], { dtype: "int32" })), ShapeError, "gather", "[1]", "[2, 3]"],
  [() => tensor([[1]]).gather(1, integers), ShapeError, "gather", "[2, 2]", "[1, 1]"],
  [() => matrix.gather(0, wrong([0])), ArgumentError, "gather", "an array"],
  [() => tensor([1, 2]).gather(0, tensor([5], { dtype: "int32" })).data, IndexError, "5", "2"],
  [() => matrix.matmul(matrix), ShapeError, "matmul", "[2, 3]", "3 and 2"],
  [() => matrix.matmul(tensor(1)), ShapeError, "matmul", "[]", "1 axis"],
  [() => zeros([2, 3, 4]).matmul(zeros([5, 4, 3])), ShapeError, "matmul", "[2]", "[5]"],
  [() => matrix.matmul(wrong(2)), ArgumentError, "matmul", "2"],
  [() => matrix.mT().matmul(elsewhere), DeviceError, "matmul"],
];

const GRADIENTS: readonly Case[] = [
  [() => matrix.item(), ShapeError, "item", "[2, 3]", "6"],
  [() => matrix.sum().backward(), GradientError, "backward"],
  [() => tracked.mul(2).backward(), GradientError, "backward", "[2]"],
  [() => tracked.mul(2).backward(tensor([1])), ShapeError, "[1]", "[2]"],
  [() => tracked.mul(2).backward(wrong([1, 1])), ArgumentError, "backward", "an array"],
  [
    () => tracked.sum().backward(undefined, wrong({ retain: true })),
    ArgumentError,
    '"retain"',
    "retainGraph",
  ],
  [() => gradients(tracked.sum(), [matrix]), GradientError, "input 0"],
  [() => gradients(tracked.sum(), wrong(tracked)), ArgumentError, "array"],
  [() => gradients(wrong(1), [tracked]), ArgumentError, "1"],
  [() => gradients(tracked.sum(), [tracked], wrong({ create: true })), ArgumentError, '"create"'],
  [() => gradcheck((x) => x, [matrix]), DTypeError, "float32", "float64"],
  [() => gradcheck(wrong(1), []), ArgumentError, "1", "function"],
  [() => noGrad(wrong(1)), ArgumentError, "noGrad", "1", "function"],
  [() => noGrad(() => Promise.resolve(1)), ArgumentError, "noGrad", "asynchronous"],
  [() => scope(wrong("x")), ArgumentError, "scope", '"x"', "function"],
  [() => profile(wrong("x")), ArgumentError, "profile", '"x"', "function"],
  [() => profile(() => Promise.resolve(1)), ArgumentError, "profile", "asynchronous"],
];

const FAMILIES = { MAKING, ELEMENTWISE, REDUCTIONS, MOVES, GRADIENTS };

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

for (const [family, cases] of Object.entries(FAMILIES)) {
  Deno.test(`${family.toLowerCase()}: wrong arguments are typed errors that say what is wrong`, () => {
    for (const [call, errorClass, ...parts] of cases) {
      const error = thrownBy(call), place = String(call).slice(6);
      assertIsError(error, errorClass, undefined, place);
      for (const part of parts) assertStringIncludes(error.message, part, place);
      assert(/^[A-Z]/.test(error.message) && !error.message.endsWith("."), error.message);
    }
  });
}

const JUNK: readonly unknown[] = [
  undefined,
  null,
  true,
  "text",
  NaN,
  -1,
  1.5,
  1e300,
  1n,
  Symbol("symbol"),
  {},
  Object.create(null),
  [],
  [null],
  [[]],
  new Date(0),
  new Map(),
  new Float64Array(2),
  () => 1,
];

/** Calls that are right, of every function and method that takes arguments. */
const CALLS: readonly (readonly [f: (...args: never[]) => unknown, ...args: unknown[]])[] = [
  [tensor, [1, 2], { dtype: "float32" }],
  [zeros, [2], {}],
  [ones, [2], {}],
  [full, [2], 1, {}],
  [tensaur.zerosLike, matrix, {}],
  [tensaur.onesLike, matrix, {}],
  [arange, 0, 3, 1, {}],
  [eye, 2, 2, {}],
  [rand, [2], {}],
  [tensaur.randn, [2], {}],
  [uniform, [2], 0, 1, {}],
  [concat, [matrix], 0],
  [stack, [matrix], 0],
  [where, matrix, matrix, 1],
  [tensaur.add, matrix, 1],
  [tensaur.addcmul, matrix, matrix, 1],
  [tensaur.evaluate, matrix],
  [tensaur.explain, matrix.add(1)],
  [gradients, tracked.sum(), [tracked], { retainGraph: true }],
  [gradcheck, (x: Tensor) => x, [tensor([1], { dtype: "float64" })], {}],
  [noGrad, () => 1],
  [scope, () => 1],
  [profile, () => 1],
  ...methods("add", matrix),
  ...methods("where", matrix, 1),
  ...methods("addcmul", matrix, 1),
  ...methods("clamp", 0, 1),
  ...methods("to", "float64"),
  ...methods("sum", 0, {}),
  ...methods("argmax", 0, {}),
  ...methods("mean", 0, {}),
  ...methods("norm", 0, {}),
  ...methods("softmax", 0),
  ...methods("logSoftmax", 0),
  ...methods("reshape", [3, 2]),
  ...methods("permute", [1, 0]),
  ...methods("transpose", 0, 1),
  ...methods("expand", [2, 3]),
  ...methods("squeeze", []),
  ...methods("unsqueeze", 0),
  ...methods("flatten", 0, 1),
  ...methods("at", 0, [0, 1]),
  ...methods("gather", 0, tensor([[0, 1, 1]], { dtype: "int32" })),
  ...methods("matmul", tensor([1, 2, 3])),
  ...methods("backward", tensor([[1]]), {}),
];

function methods(name: keyof Tensor, ...args: unknown[]): [[(...args: never[]) => unknown, ...unknown[]]] {
  const call = (...given: never[]): unknown => (matrix[name] as (...args: never[]) => unknown)(...given);
  Object.defineProperty(call, "name", { value: name });
  return [[call, ...args]];
}

Deno.test("no argument of any function makes it fail otherwise than with a typed error", () => {
  for (const [f, ...args] of CALLS) {
    for (let i = 0; i < args.length; i++) {
      for (const junk of JUNK) {
        const error = thrownBy(() => read(f(...args.with(i, junk) as never[])));
        if (error === undefined || error instanceof TensaurError) continue;
        throw new Error(`${f.name} with ${Deno.inspect(junk)} as argument ${i} threw ${error}`, {
          cause: error,
        });
      }
    }
  }
});

function read(result: unknown): void {
  for (const x of [result].flat()) if (x instanceof Tensor) x.toString();
}

Deno.test("a mistake leaves no trace: the next call is right", () => {
  const before = matrix.mul(2).toArray();
  for (const [call] of Object.values(FAMILIES).flat()) thrownBy(call);
  assertEquals(matrix.mul(2).toArray(), before);
  const x = tensor([1, 2], { requiresGrad: true });
  x.square().sum().backward();
  assertEquals(x.grad!.toArray(), [2, 4]);
});
