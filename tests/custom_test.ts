/**
 * Functions that bring their own gradient.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { customFunction, gradcheck, gradients, ones, type Tensor, tensor } from "@tensaur/tensaur";

Deno.test("a custom function has the gradient that it brings", () => {
  let scale = 1;
  const cube = customFunction({
    forward: (x) => x.mul(x).mul(x),
    backward: (g, [x]) => g.mul(x!.square()).mul(3 * scale),
  });
  const x = tensor([1, 2], { requiresGrad: true, dtype: "float64" });
  assert(gradcheck((x) => cube(x.exp()).mul(2), [x]));
  for (scale = 1; scale < 5; scale++) {
    x.grad = null;
    cube(x).sum().backward();
    assertEquals(x.grad!.toArray(), [3 * scale, 12 * scale]);
  }
  scale = 1;
  const [first] = gradients(cube(x).sum(), [x], { createGraph: true });
  assertEquals(gradients(first!.sum(), [x])[0]!.toArray(), [6, 12]);
  assertEquals(cube(x.detach()).requiresGrad, false);
});

Deno.test("a custom function whose backward hands a gradient on is asked again where it arrives", () => {
  const positive = customFunction({
    forward: (x) => x.relu(),
    backward: (g, [x]) => x!.min().item() > 0 ? g : g.mul(x!.gt(0)),
  });
  const x = tensor([-1, 2], { requiresGrad: true });
  positive(positive(x).add(1)).sum().backward();
  assertEquals(x.grad!.toArray(), [0, 1]);
});

Deno.test("a custom function of several tensors sums over what it broadcasts", () => {
  const product = customFunction({
    forward: (x, y) => x.mul(y),
    backward: (g, [x, y]) => [g.mul(y!), g.mul(x!)],
  });
  const x = tensor([1, 2, 3], { dtype: "float64" }), y = tensor([[1], [2]], { dtype: "float64" });
  assert(gradcheck((x, y) => product(x, y).sin(), [x, y]));
  const first = customFunction({ forward: (x) => x, backward: (g) => [g, null] });
  const a = tensor([1, 2], { requiresGrad: true }), b = tensor([3, 4], { requiresGrad: true });
  first(a, b).sum().backward();
  assertEquals([a.grad!.toArray(), b.grad!.toArray()], [[1, 1], [0, 0]]);
  const wrong = customFunction({ forward: (x) => x.mul(2), backward: (g) => [g, g] });
  assertThrows(() => wrong(a).sum().backward(), Error, "must return 1 gradients");
  const shaped = customFunction({ forward: (x) => x.mul(2), backward: () => ones([5]) });
  assertThrows(() => shaped(a).sum().backward(), Error, "shape [5]");
  assertThrows(() => customFunction({ forward: (x: Tensor) => x } as never), Error, "forward and backward");
});
