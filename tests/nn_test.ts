/**
 * Layers and models: each layer of the table is tested for its shapes, its gradients, its state dict and its
 * results on every device.
 */
import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  ArgumentError,
  type Device,
  type DType,
  DTypeError,
  manualSeed,
  nn,
  noGrad,
  ones,
  randn,
  setDefaultDevice,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { DEVICE } from "./devices.ts";
import { assertClose, checkGradients } from "./numeric.ts";

interface LayerCase {
  name: string;
  make: (dtype: DType) => nn.Module;
  input: number[];
  output: number[];
}

const LAYERS: LayerCase[] = [
  { name: "Linear", make: (dtype) => new nn.Linear(3, 2, { dtype }), input: [4, 3], output: [4, 2] },
  { name: "Linear of a vector", make: (dtype) => new nn.Linear(3, 2, { dtype }), input: [3], output: [2] },
  {
    name: "Linear of batches",
    make: (dtype) => new nn.Linear(3, 2, { dtype }),
    input: [2, 4, 3],
    output: [2, 4, 2],
  },
  {
    name: "Linear without bias",
    make: (dtype) => new nn.Linear(3, 2, { bias: false, dtype }),
    input: [4, 3],
    output: [4, 2],
  },
  { name: "ReLU", make: () => new nn.ReLU(), input: [4, 3], output: [4, 3] },
  { name: "Sigmoid", make: () => new nn.Sigmoid(), input: [4, 3], output: [4, 3] },
  { name: "Tanh", make: () => new nn.Tanh(), input: [4, 3], output: [4, 3] },
  { name: "GELU", make: () => new nn.GELU(), input: [4, 3], output: [4, 3] },
  { name: "Dropout", make: () => new nn.Dropout(0.4), input: [4, 3], output: [4, 3] },
  { name: "Dropout of everything", make: () => new nn.Dropout(1), input: [4, 3], output: [4, 3] },
  {
    name: "Sequential",
    make: (dtype) =>
      new nn.Sequential(
        new nn.Linear(3, 5, { dtype }),
        new nn.Tanh(),
        new nn.Dropout(0.2),
        new nn.Linear(5, 2, { dtype }),
      ),
    input: [4, 3],
    output: [4, 2],
  },
];

for (const { name, make, input, output } of LAYERS) {
  Deno.test(`${name} gives the shape of the table`, () => {
    assertEquals(make("float32").forward(zeros(input)).shape, output);
  });

  Deno.test(`${name} has the gradients of central differences`, () => {
    manualSeed(1);
    const layer = make("float64"), x = new nn.Parameter(randn(input, { dtype: "float64" }));
    const upstream = randn(output, { dtype: "float64" });
    checkGradients([x, ...layer.parameters()], () => {
      manualSeed(2);
      return layer.forward(x).mul(upstream).sum();
    });
  });

  Deno.test(`${name} is the same layer after its state dict was loaded`, () => {
    const from = make("float32").eval(), to = make("float32").eval(), x = randn(input);
    to.loadStateDict(from.stateDict());
    assertEquals(to.forward(x).toArray(), from.forward(x).toArray());
  });

  Deno.test(`${name} gives the same result on every device`, () => {
    const onCpu = make("float32").eval(), x = randn(input), state = onCpu.stateDict();
    const onReference = onDevice("reference", () => make("float32").eval());
    onReference.loadStateDict(state);
    const result = onReference.forward(x.to("reference"));
    assertEquals(result.device, "reference");
    assertClose(result, onCpu.forward(x), 1e-6);
  });
}

function onDevice<T>(device: Device, f: () => T): T {
  setDefaultDevice(device);
  try {
    return f();
  } finally {
    setDefaultDevice(DEVICE);
  }
}

/** Holds parameters in every way that the walk knows. */
class Holder extends nn.Module {
  first = new nn.Parameter(zeros([1]));
  list = [new nn.Linear(1, 1, { bias: false }), [new nn.Parameter(zeros([2]))]];
  byName = new Map<string, unknown>([["a", new nn.Parameter(zeros([3]))], ["b", 5]]);
  plain = { inner: { weight: new nn.Parameter(zeros([4])) }, none: null };
  shared = this.first;
  self: nn.Module = this;
  constant = zeros([9]);
  running = this.registerBuffer("running", zeros([5]));

  override forward(x: Tensor): Tensor {
    return x;
  }
}

Deno.test("parameters are found in arrays, maps and plain objects, in the order of the fields, each once", () => {
  const names = [...new Holder().namedParameters().keys()];
  assertEquals(names, ["first", "list.0.weight", "list.1.0", "byName.a", "plain.inner.weight"]);
});

Deno.test("parameters and buffers are told apart", () => {
  const holder = new Holder();
  assertEquals(holder.parameters().length, 5);
  assertEquals([...holder.namedBuffers().keys()], ["running"]);
  assertEquals(holder.buffers(), [holder.running]);
  assertInstanceOf(holder.running, nn.Buffer);
});

Deno.test("modules come each once, the module itself first", () => {
  const holder = new Holder();
  assertEquals(holder.modules().length, 2);
  assert(holder.modules()[0] === holder);
});

Deno.test("a module that contains itself prints", () => {
  assertEquals(new Holder().toString(), "Holder(\n  (list.0): Linear(1, 1, bias: false)\n)");
});

Deno.test("a tree prints each module on a line", () => {
  const model = new nn.Sequential(new nn.Sequential(new nn.Dropout(0.25)), new nn.Linear(2, 1));
  const lines = [
    "Sequential(",
    "  (layers.0): Sequential(",
    "    (layers.0): Dropout(0.25)",
    "  )",
    "  (layers.1): Linear(2, 1)",
    ")",
  ];
  assertEquals(model.toString(), lines.join("\n"));
});

Deno.test("train and eval reach every module", () => {
  const model = new nn.Sequential(new nn.Sequential(new nn.Dropout()), new nn.ReLU());
  model.eval();
  assertEquals(model.modules().map((module) => module.training), [false, false, false, false]);
  model.train();
  assertEquals(model.modules().map((module) => module.training), [true, true, true, true]);
});

Deno.test("zeroGrad forgets all gradients", () => {
  const layer = new nn.Linear(2, 1);
  layer.forward(ones([2])).sum().backward();
  assert(layer.parameters().every((parameter) => parameter.grad !== null));
  layer.zeroGrad();
  assert(layer.parameters().every((parameter) => parameter.grad === null));
});

Deno.test("a buffer changes when it is assigned to and is part of the state dict", () => {
  const holder = new Holder();
  holder.running.assign(holder.running.add(2));
  const copy = new Holder();
  copy.loadStateDict(holder.stateDict());
  assertEquals(copy.running.toArray(), [2, 2, 2, 2, 2]);
});

Deno.test("registerBuffer refuses a name that is taken, and what is no tensor", () => {
  const holder = new Holder();
  assertThrows(() => holder.registerBuffer("forward", zeros([1])), ArgumentError);
  assertThrows(() => holder.registerBuffer("a.b", zeros([1])), ArgumentError);
  assertThrows(() => holder.registerBuffer("mean", 5 as unknown as Tensor), ArgumentError);
});

Deno.test("a state dict is a snapshot", () => {
  const layer = new nn.Linear(1, 1), state = layer.stateDict(), before = layer.weight.toArray();
  layer.weight.assign(layer.weight.add(1));
  assertEquals(state.weight?.toArray(), before);
  assert(!state.weight?.requiresGrad);
});

Deno.test("loading names what is missing and what is unexpected", () => {
  const layer = new nn.Linear(1, 1), dict = { weight: zeros([1, 1]), extra: zeros([]) };
  assertThrows(() => layer.loadStateDict(dict), ArgumentError, "missing bias; unexpected extra");
  assertEquals(layer.loadStateDict(dict, { strict: false }), { missing: ["bias"], unexpected: ["extra"] });
  assertEquals(layer.weight.toArray(), [[0]]);
});

Deno.test("loading changes nothing if one tensor does not fit", () => {
  const layer = new nn.Linear(1, 2), before = layer.weight.toArray();
  const wrongShape = { weight: ones([2, 1]), bias: ones([3]) };
  const wrongDType = { weight: ones([2, 1]), bias: ones([2], { dtype: "int32" }) };
  assertThrows(() => layer.loadStateDict(wrongShape), ShapeError, "bias has shape [3], want [2]");
  assertThrows(() => layer.loadStateDict(wrongDType), DTypeError, "bias is int32, want float32");
  assertThrows(() => layer.loadStateDict({ weight: 1 as unknown as Tensor }), ArgumentError, "weight");
  assertThrows(() => layer.loadStateDict(null as unknown as Record<string, Tensor>), ArgumentError);
  assertEquals(layer.weight.toArray(), before);
});

Deno.test("tied weights count once and get the sum of both gradients", () => {
  class Tied extends nn.Module {
    a = new nn.Linear(2, 2, { bias: false });
    b = new nn.Linear(2, 2, { bias: false });
    constructor() {
      super();
      this.b.weight = this.a.weight;
    }
    override forward(x: Tensor): Tensor {
      return this.b.forward(this.a.forward(x));
    }
  }
  const model = new Tied();
  assertEquals([...model.namedParameters().keys()], ["a.weight"]);
  model.a.weight.assign(tensor([[1, 2], [3, 4]]));
  model.forward(tensor([[1, 1]])).sum().backward();
  // d sum(W W x) / dW = 1 (W x)^T + W^T 1 x^T
  assertEquals(model.a.weight.grad?.toArray(), [[7, 11], [9, 13]]);
});

Deno.test("Linear starts uniform in one over the root of its inputs", () => {
  manualSeed(3);
  const layer = new nn.Linear(100, 200), data = [...layer.weight.data, ...layer.bias!.data];
  assert(data.every((x) => Math.abs(x) <= 0.1));
  assert(Math.max(...data) > 0.099 && Math.min(...data) < -0.099);
});

Deno.test("Linear refuses sizes and options that make no sense", () => {
  assertThrows(() => new nn.Linear(1.5, 2), ArgumentError, "inFeatures");
  assertThrows(() => new nn.Linear(1, -2), ArgumentError, "outFeatures");
  assertThrows(() => new nn.Linear(1, 1, { bais: false } as nn.LinearOptions), ArgumentError, '"bais"');
  assertThrows(() => new nn.Linear(2, 1).forward(zeros([3])), ShapeError);
  assertThrows(() => new nn.Linear(2, 1).forward([1, 2] as unknown as Tensor), ArgumentError);
});

Deno.test("Dropout keeps the expected share, scales it, and draws a new mask each time", () => {
  manualSeed(4);
  const dropout = new nn.Dropout(0.25), x = ones([10_000]);
  const first = dropout.forward(x).data, second = dropout.forward(x).data;
  const kept = first.filter((value) => value !== 0);
  assert(kept.every((value) => value === Math.fround(4 / 3)));
  assert(Math.abs(kept.length - 7500) < 250);
  assert(first.some((value, i) => value !== second[i]));
  assertThrows(() => new nn.Dropout(1.1), ArgumentError);
});

Deno.test("Sequential refuses what is no module", () => {
  assertThrows(() => new nn.Sequential((() => 0) as unknown as nn.Module), ArgumentError, "a function");
});

Deno.test("clipGradNorm shortens long gradients and leaves short ones alone", () => {
  const a = new nn.Parameter(tensor([3])),
    b = new nn.Parameter(tensor([4])),
    unused = new nn.Parameter(tensor([1]));
  const norm = (): number => noGrad(() => a.grad!.square().add(b.grad!.square()).sqrt().item());
  a.square().add(b.square()).sum().backward();
  assertEquals(nn.clipGradNorm([a, b, unused], 5).item(), 10);
  assert(Math.abs(norm() - 5) < 1e-5);
  const before = a.grad?.item();
  nn.clipGradNorm([a, b], 100);
  assertEquals(a.grad?.item(), before);
  assertEquals(unused.grad, null);
  assertEquals(nn.clipGradNorm([unused], 1).item(), 0);
  assertThrows(() => nn.clipGradNorm([a], NaN), ArgumentError);
  assertThrows(() => nn.clipGradNorm([zeros([1])] as unknown as nn.Parameter[], 1), ArgumentError);
});
