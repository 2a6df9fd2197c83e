/**
 * `scope` and `using`: what they free, what they keep, and what they say about a tensor that is gone.
 */
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import {
  ArgumentError,
  Buffer,
  DisposedError,
  manualSeed,
  nn,
  noGrad,
  optim,
  Parameter,
  rand,
  randn,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { memoryCounters } from "../src/backend/storage.ts";
import { recording } from "../src/graph/pending.ts";
import { sgd, Training, weights } from "./oracle/data.ts";

/** Elements of the tensors whose bytes are counted. */
const MANY = 100_000;

/** How many bytes a function leaves in use. */
function bytesLeft(f: () => unknown): number {
  const before = memoryCounters().live;
  f();
  return memoryCounters().live - before;
}

Deno.test("a scope frees what was made in it, but for what it returns", () => {
  const x = zeros([MANY]);
  let result: Tensor | undefined;
  const left = bytesLeft(() => {
    result = scope(() => {
      const one = x.add(1), two = one.mul(2);
      one.toArray();
      two.toArray();
      return two.sum();
    });
  });
  assertEquals(result?.item(), 2 * MANY);
  assertLessOrEqual(left, 4096);
});

Deno.test("tensors are returned in arrays, maps and objects", () => {
  const kept = scope(() => {
    const [a, b, c] = [tensor([1]).add(1), tensor([2]).add(1), tensor([3]).add(1)];
    return { a, list: [b], map: new Map([["c", { c }]]), data: a.data, none: null };
  });
  assertEquals([kept.a.item(), kept.list[0]!.item(), kept.map.get("c")!.c.item()], [2, 3, 4]);
  assertEquals([...kept.data], [2]);
});

Deno.test("what a returned tensor still needs is computed before it is freed", () => {
  const parameter = new Parameter(tensor([1, 2]));
  const y = scope(() => parameter.mul(2).exp().log());
  noGrad(() => parameter.assign(tensor([5, 6])));
  assertEquals(Array.from(y.data, Math.round), [2, 4]);
});

Deno.test("what waits for a freed tensor is computed first", () => {
  const x = tensor([1, 2, 3]), buffer = new Buffer(zeros([3]));
  const inside = x.mul(2), reader = inside.add(1);
  inside[Symbol.dispose]();
  assertEquals(reader.toArray(), [3, 5, 7]);
  scope(() => buffer.assign(x.mul(3)));
  assertEquals(buffer.toArray(), [3, 6, 9]);
});

Deno.test("a tensor that escapes a scope says that it was disposed", () => {
  let escaped: Tensor | undefined, computed: Tensor | undefined;
  scope(() => {
    escaped = tensor([1]).add(1);
    computed = tensor([2]).add(1);
    computed.item();
  });
  for (const gone of [escaped!, computed!]) {
    assertThrows(() => gone.item(), DisposedError);
    assertThrows(() => gone.add(1), DisposedError, "add");
    assertThrows(() => tensor([1]).mul(gone), DisposedError, "mul");
    assertThrows(() => gone.reshape([1, 1]), DisposedError);
  }
});

Deno.test("a backward through what a scope freed says so", () => {
  const parameter = new Parameter(tensor([1, 2]));
  const loss = scope(() => parameter.square().exp().sum());
  assertThrows(() => loss.backward(), DisposedError);
  assertEquals(parameter.grad, null);
});

Deno.test("gradients and versions of live parameters outlive the scope in which they were made", () => {
  const inScope = new Training(), without = new Training();
  for (
    const [parameter, other] of inScope.model.parameters().map((p, i) => [p, without.model.parameters()[i]!])
  ) {
    noGrad(() => other!.assign(parameter!.detach()));
  }
  for (let i = 0; i < 6; i++) {
    scope(() => inScope.minimize(inScope.loss()));
    without.minimize(without.loss());
    const gradients = (training: Training): (number[] | undefined)[] =>
      training.model.parameters().map(({ grad }) => grad === null ? undefined : [...grad.data]);
    assertEquals(gradients(inScope), gradients(without));
    assertEquals(weights(inScope.model), weights(without.model));
  }
});

Deno.test("a backward in a scope, and the step after it", () => {
  const parameter = new Parameter(tensor([1, 2])), optimizer = sgd([parameter], 0.5);
  scope(() => parameter.square().sum().backward());
  assertEquals(parameter.grad?.toArray(), [2, 4]);
  optimizer.step();
  assertEquals(parameter.toArray(), [0, 0]);
});

Deno.test("a scope holds many steps, whose losses nobody reads", () => {
  const train = (steps: number, around: (f: () => void) => void): readonly number[] => {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 1));
    const optimizer = new optim.Adam(model.parameters(), { lr: .1 }), x = randn([5, 3]);
    around(() => {
      for (let step = 0; step < steps; step++) {
        optimizer.zeroGrad();
        model.forward(x).sum().backward();
        optimizer.step();
      }
    });
    return model.parameters().flatMap((parameter) => [...parameter.data]);
  };
  for (const steps of [1, 2, 3, 40]) assertEquals(train(steps, scope), train(steps, (f) => f()));
});

Deno.test("a parameter that is made in a scope stays", () => {
  let parameter: Parameter | undefined;
  scope(() => {
    parameter = new Parameter(tensor([1, 2]));
    noGrad(() => parameter!.assign(parameter!.add(1)));
  });
  assertEquals(parameter!.toArray(), [2, 3]);
});

Deno.test("scopes nest: what an inner one returns belongs to the outer one", () => {
  let inner: Tensor | undefined;
  const outer = scope(() => {
    inner = scope(() => tensor([1]).add(1));
    assertEquals(inner.item(), 2);
    return inner.mul(2);
  });
  assertEquals(outer.item(), 4);
  assertThrows(() => inner!.item(), DisposedError);
});

Deno.test("a view that a scope returns keeps its bytes, and a view of freed bytes is gone", () => {
  const row = scope(() => {
    const x = tensor([[1, 2], [3, 4]]).add(1);
    x.toArray();
    return x.at(1);
  });
  for (let i = 0; i < 50; i++) zeros([2, 2]).add(7).toArray();
  assertEquals(row.toArray(), [4, 5]);

  const base = rand([4, 4]).add(1), view = base.at([0, 2]);
  const before = view.toArray();
  base[Symbol.dispose]();
  for (let i = 0; i < 50; i++) zeros([4, 4]).add(7).toArray();
  assertEquals(view.toArray(), before);
});

Deno.test("using frees a tensor at the end of its block, and twice is once", () => {
  let seen: Tensor;
  {
    using x = tensor([1, 2]).add(1);
    seen = x;
    assertEquals(x.toArray(), [2, 3]);
  }
  assertThrows(() => seen.toArray(), DisposedError);
  seen[Symbol.dispose]();
});

Deno.test("data that was read stays after its tensor was freed", () => {
  for (const count of [3, MANY]) {
    const data = scope(() => zeros([count]).add(3).data);
    for (let i = 0; i < 5; i++) zeros([count]).add(9).sum().item();
    assertEquals([data[0], data[count - 1]], [3, 3]);
  }
});

Deno.test("a scope that throws frees what was made, passes the error on and is left", () => {
  let made: Tensor | undefined;
  assertThrows(
    () =>
      scope(() => {
        made = tensor([1]).add(1);
        throw new RangeError("user");
      }),
    RangeError,
    "user",
  );
  assertEquals(recording.made, null);
  assertThrows(() => made!.item(), DisposedError);
});

Deno.test("scope and noGrad refuse asynchronous functions", () => {
  assertThrows(() => scope(() => Promise.resolve(1)), ArgumentError, "asynchronous");
  assertThrows(() => noGrad(() => Promise.resolve(1)), ArgumentError, "asynchronous");
  assertEquals([recording.made, recording.gradients], [null, true]);
  assert(new Parameter(tensor([1])).mul(2).requiresGrad);
});
