/**
 * Every op through which gradients flow against central differences in float64: every input element, on inputs of
 * several layouts, with an upstream gradient that differs from element to element; the same for the gradients'
 * gradients; and what each gradient reads against what its row says.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  concat,
  type Device,
  gradcheck,
  GradientError,
  gradients,
  type Node,
  ones,
  type Tensor,
  tensor,
} from "@tensaur/tensaur";
import { OUTPUT_BIT } from "../src/ops/op.ts";
import { DEVICES } from "./devices.ts";
import { type Domain, GRADIENT_CASES, type GradientCase } from "./gradient_cases.ts";
import { numbers } from "./layouts.ts";

/** How an input of some shape is made of a leaf. */
interface LeafLayout {
  readonly name: string;
  readonly leafShape: (shape: readonly number[]) => readonly number[];
  readonly view: (leaf: Tensor, shape: readonly number[]) => Tensor;
}

const LAYOUTS: readonly LeafLayout[] = [
  { name: "contiguous", leafShape: (shape) => shape, view: (leaf) => leaf },
  {
    name: "permuted",
    leafShape: (shape) => shape.toReversed(),
    view: (leaf) => leaf.permute(leaf.shape.map((_, axis) => leaf.rank - 1 - axis)),
  },
  {
    name: "broadcast",
    leafShape: (shape) => shape.with(0, 1),
    view: (leaf, shape) => leaf.expand(shape),
  },
  {
    name: "sliced",
    leafShape: (shape) => shape.with(-1, shape.at(-1)! * 2 + 1),
    view: (leaf, shape) => leaf.at("...", [1, shape.at(-1)! * 2, 2]),
  },
];

function leafOf(shape: readonly number[], [low, high]: Domain, device: Device, seed: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const leaf = tensor(numbers(size, low, high, seed), { dtype: "float64", device });
  return leaf.reshape(shape).contiguous();
}

function shapesOf({ shapes, domains }: GradientCase): readonly (readonly number[])[] {
  return shapes ?? domains.map(() => [3, 4]);
}

/** Leaves of a layout for a case, and the case as a function of these. */
function prepare(
  test: GradientCase,
  layout: LeafLayout,
  device: Device,
): [(...xs: Tensor[]) => Tensor, Tensor[]] {
  const shapes = shapesOf(test);
  const leaves = test.domains.map((domain, i) => {
    return leafOf(layout.leafShape(shapes[i]!), domain, device, i + 1);
  });
  return [(...xs) => test.f(xs.map((x, i) => layout.view(x, shapes[i]!)), device), leaves];
}

for (const device of DEVICES) {
  for (const test of GRADIENT_CASES) {
    Deno.test(`${device}: the gradient of ${test.name} is the slope`, () => {
      for (const layout of LAYOUTS) {
        // Equal elements share the gradient of an extreme one, which central differences do not see.
        if (layout.name === "broadcast" && /^(max|min|norm with p Inf)/.test(test.name)) continue;
        const [f, leaves] = prepare(test, layout, device);
        assert(gradcheck(f, leaves), layout.name);
      }
    });

    if (!test.smooth) continue;
    Deno.test(`${device}: the second derivatives of ${test.name} are the slopes of the first`, () => {
      const [f, leaves] = prepare(test, LAYOUTS[0]!, device);
      const first = (...xs: Tensor[]): Tensor => {
        const y = f(...xs), weights = tensor(numbers(y.size, 0.5, 2), { dtype: "float64", device });
        // The square makes the gradients of linear ops depend on their inputs.
        const loss = y.square().mul(weights.reshape(y.shape)).sum();
        return concat(gradients(loss, xs, { createGraph: true }).map((g) => g.flatten()));
      };
      assert(gradcheck(first, leaves, { rtol: 1e-3, atol: 1e-5 }));
    });
  }
}

/** Which inputs a gradient is computed from, and whether the result is one of them. */
function readsOf(gradient: Tensor, inputs: readonly Node[], out: Node): number {
  const seen = new Set<Node>(), stack: Node[] = [gradient];
  let reads = 0;
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    const position = inputs.indexOf(node);
    if (node === out) reads |= OUTPUT_BIT;
    else if (position >= 0) reads |= 1 << position;
    else stack.push(...node.inputs ?? []);
  }
  return reads;
}

for (const test of GRADIENT_CASES) {
  if (!test.single) continue;
  Deno.test(`the gradient of ${test.name} reads what its row says`, () => {
    const leaves = test.domains.map((domain, i) => leafOf(shapesOf(test)[i]!, domain, "reference", i + 1));
    const out = test.f(leaves, "reference"), { op } = out, inputs = out.inputs as Tensor[];
    const g = ones(out.shape, { dtype: "float64", device: "reference" });
    for (const [i, input] of inputs.entries()) {
      if (input.dtype !== "float64") continue;
      const position = Math.min(i, op.gradients.length - 1);
      const gradient = op.gradients[position]!(g, inputs as unknown as [Tensor, Tensor, Tensor], out, i);
      assertEquals(readsOf(gradient, inputs, out), op.reads[position], `input ${i}`);
    }
  });
}

for (const device of DEVICES) {
  const options = { dtype: "float64", device, requiresGrad: true } as const;

  Deno.test(`${device}: the gradient of a product is right where factors are 0`, () => {
    for (const values of [[0, 2, 3, 4, 5], [0, 2, 0, 4, 5], [1, 0, 3], [0, 0], [7]]) {
      const x = tensor(values, options);
      assert(gradcheck((x) => x.prod(), [x]));
      x.prod().backward();
      const others = values.map((_, i) =>
        values.reduce((product, v, j) => i === j ? product : product * v, 1)
      );
      assertEquals(x.grad!.toArray(), others);
      const first = (x: Tensor): Tensor => gradients(x.prod(), [x], { createGraph: true })[0]!;
      if (values.length > 1) assert(gradcheck(first, [x]));
    }
  });

  Deno.test(`${device}: equal elements share the gradient of an extreme one`, () => {
    const x = tensor([3, 1, 3, 1], options);
    x.max().mul(6).add(x.min().mul(4)).backward();
    assertEquals(x.grad!.toArray(), [3, 2, 3, 2]);
    const a = tensor([1, 2], options), b = tensor([1, 1], options);
    a.maximum(b).sum().backward();
    assertEquals([a.grad!.toArray(), b.grad!.toArray()], [[0.5, 1], [0.5, 0]]);
  });

  Deno.test(`${device}: gradients at the edges of domains are finite where they can be`, () => {
    const gradientAt = (value: number, f: (x: Tensor) => Tensor): number => {
      const x = tensor([value], options);
      f(x).sum().backward();
      return x.grad!.at(0).item();
    };
    assertEquals(gradientAt(0, (x) => x.norm()), 0);
    assertEquals(gradientAt(0, (x) => x.pow(2)), 0);
    assertEquals(gradientAt(0, (x) => x.pow(0)), 0);
    assertEquals(gradientAt(0, (x) => x.relu()), 0);
    assertEquals(gradientAt(1, (x) => x.clamp(-1, 1)), 1);
    assertEquals(gradientAt(2, (x) => x.clamp(-1, 1)), 0);
    assertEquals(gradientAt(-Infinity, (x) => x.relu()), 0);
    assertEquals(gradientAt(1000, (x) => x.sigmoid()), 0);
    assertEquals(gradientAt(0, (x) => x.ge(0).to("float64").mul(x)), 1);
  });

  Deno.test(`${device}: no gradient flows through integers, comparisons and detach`, () => {
    const x = tensor([1, 2], options);
    for (const y of [x.to("int32"), x.gt(1), x.argmax(), x.detach(), x.floor(), x.sign(), x.any()]) {
      assertEquals(y.requiresGrad, false);
      assertThrows(() => y.to("float64").sum().backward(), GradientError);
    }
  });
}

Deno.test("gradcheck finds a wrong gradient and says where", () => {
  const x = tensor([1, 2], { dtype: "float64" });
  const wrong = (x: Tensor): Tensor => x.mul(x.detach());
  assertThrows(() => gradcheck(wrong, [x]), GradientError, "input 0 at element 0");
});
