/**
 * Module 1: derivatives of scalars.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  backpropagate,
  centralDifference,
  derivativeCheck,
  Module,
  operators,
  Parameter,
  Scalar,
  ScalarFunction,
  ScalarHistory,
  SGD,
  topologicalSort,
} from "@tensaur/tensaur/minitorch";
import { assertExact, assertNear, forAll, smallFloat, smallInt } from "./draw.ts";
import { ONE_ARGUMENT, smoothAt, smoothAtPair, TWO_ARGUMENTS } from "./functions.ts";
import type { CourseTest } from "./mark.ts";

/** x + y + 10. */
const F1 = new ScalarFunction({
  name: "F1",
  forward: (_, x, y) => x! + y! + 10,
  backward: (_, derivative) => [derivative, derivative],
});

/** x y + x. */
const F2 = new ScalarFunction({
  name: "F2",
  forward(ctx, x, y): number {
    ctx.saveForBackward(x!, y!);
    return x! * y! + x!;
  },
  backward(ctx, derivative): number[] {
    const [x, y] = ctx.savedValues;
    return [derivative * (y! + 1), derivative * x!];
  },
});

/** A layer of scalars. */
class ScalarLinear extends Module {
  readonly weights: readonly (readonly Parameter<Scalar>[])[];
  readonly biases: readonly Parameter<Scalar>[];

  constructor(inputs: number, outputs: number) {
    super();
    const row = (i: number): Parameter<Scalar>[] =>
      Array.from({ length: outputs }, (_, j) => this.addParameter(`weight${i}_${j}`, new Scalar(i + j)));
    this.weights = Array.from({ length: inputs }, (_, i) => row(i));
    this.biases = Array.from({ length: outputs }, (_, j) => this.addParameter(`bias${j}`, new Scalar(j)));
  }

  override forward(...inputs: Scalar[]): Scalar[] {
    return this.biases.map((bias, j) =>
      inputs.reduce((sum, x, i) => sum.add(x.mul(this.weights[i]![j]!.value)), bias.value)
    );
  }
}

const DIFFERENCES: readonly CourseTest[] = [
  {
    mark: "1_1",
    name: "central differences of id, add, mul and exp",
    run(): void {
      assertNear(centralDifference(operators.id, [5]), 1);
      assertNear(centralDifference(operators.add, [5, 10]), 1);
      assertNear(centralDifference(operators.mul, [5, 10], { arg: 0 }), 10);
      assertNear(centralDifference(operators.mul, [5, 10], { arg: 1 }), 5);
      assertNear(centralDifference(operators.exp, [2]), Math.exp(2));
    },
  },
];

const FUNCTIONS: readonly CourseTest[] = [
  ...ONE_ARGUMENT.map(({ name, on, onNumber }): CourseTest => ({
    mark: "1_2",
    name: `${name} of a scalar is that of its number`,
    run: () => forAll([smallFloat], (a) => assertNear(on(new Scalar(a)).data, onNumber(a))),
  })),
  ...TWO_ARGUMENTS.map(({ name, on, onNumbers }): CourseTest => ({
    mark: "1_2",
    name: `${name} of scalars is that of their numbers`,
    run: () =>
      forAll([smallFloat, smallFloat], (a, b) => {
        assertNear(on(new Scalar(a), new Scalar(b)).data, onNumbers(a, b));
      }),
  })),
  {
    mark: "unmarked 1",
    name: "add, mul and relu of scalars",
    run(): void {
      forAll([smallFloat, smallFloat], (a, b) => {
        assertExact(new Scalar(a).add(new Scalar(b)).data, a + b);
        assertExact(new Scalar(a).mul(new Scalar(b)).data, a * b);
        assertEquals(new Scalar(a).add(b).relu().data, operators.relu(a + b));
      });
    },
  },
];

const CHAIN: readonly CourseTest[] = [
  {
    mark: "1_3",
    name: "the chain rule has an entry for each input, the same one twice",
    run(): void {
      const x = new Scalar(0), history = new ScalarHistory(F1, undefined, [x, x]);
      assertEquals(new Scalar(0, { history }).chainRule(5).length, 2);
    },
  },
  {
    mark: "1_3",
    name: "the chain rule gives a sum's derivative to its inputs",
    run(): void {
      const x = new Scalar(0), history = new ScalarHistory(F1, undefined, [x, x]);
      const [[input, derivative]] = new Scalar(0, { history }).chainRule(5) as [[Scalar, number]];
      assert(input === x);
      assertEquals(derivative, 5);
    },
  },
  {
    mark: "1_3",
    name: "the chain rule with a constant",
    run(): void {
      const chain = F2.apply(10, new Scalar(5)).chainRule(5);
      assertEquals(chain.length, 2);
      assertEquals(chain[1]![1], 50);
      assert(chain[0]![0].isConstant());
    },
  },
  {
    mark: "1_3",
    name: "the chain rule with two variables",
    run(): void {
      const a = new Scalar(5), b = new Scalar(10);
      assertEquals(F2.apply(a, b).chainRule(5).map(([, derivative]) => derivative), [55, 25]);
    },
  },
];

const BACKPROPAGATION: readonly CourseTest[] = [
  {
    mark: "1_4",
    name: "a derivative goes back through one function",
    run(): void {
      const x = new Scalar(0);
      F1.apply(0, x).backward(5);
      assertEquals(x.derivative, 5);
    },
  },
  {
    mark: "1_4",
    name: "a derivative goes back through two",
    run(): void {
      const x = new Scalar(0);
      F1.apply(0, F1.apply(0, x)).backward(5);
      assertEquals(x.derivative, 5);
    },
  },
  {
    mark: "1_4",
    name: "derivatives of two ways add up",
    run(): void {
      const x = new Scalar(0);
      F1.apply(F1.apply(0, x), F1.apply(0, x)).backward(5);
      assertEquals(x.derivative, 10);
    },
  },
  {
    mark: "1_4",
    name: "two ways from a result are taken once each",
    run(): void {
      const x = new Scalar(0), y = F1.apply(0, x);
      backpropagate(F1.apply(F1.apply(0, y), F1.apply(0, y)), 5);
      assertEquals(x.derivative, 10);
    },
  },
  ...ONE_ARGUMENT.map((row): CourseTest => ({
    mark: "1_4",
    name: `the derivative of ${row.name}`,
    run: () =>
      forAll([smallFloat.filter((a) => smoothAt(row, a))], (a) => derivativeCheck(row.on, new Scalar(a))),
  })),
  ...TWO_ARGUMENTS.map(({ name, on, ...row }): CourseTest => ({
    mark: "1_4",
    name: `the derivatives of ${name}`,
    run(): void {
      forAll([smallFloat, smallFloat], (a, b) => {
        if (smoothAtPair({ name, on, ...row }, a, b)) {
          derivativeCheck((x, y) => on(x!, y!), new Scalar(a), new Scalar(b));
        }
      });
    },
  })),
];

const REST: readonly CourseTest[] = [
  {
    mark: "unmarked 1",
    name: "a linear layer of scalars has its shapes and counts",
    run(): void {
      forAll([smallInt, smallInt], (inputs, outputs) => {
        const layer = new ScalarLinear(inputs, outputs);
        const x = Array.from({ length: inputs }, () => new Scalar(1));
        assertEquals(layer.call(...x).length, outputs);
        assertEquals(layer.parameters().length, inputs * outputs + outputs);
      });
    },
  },
  {
    mark: "gaps",
    name: "derivatives of all uses add up, over several backwards too",
    run(): void {
      forAll([smallFloat, smallInt], (a, fan) => {
        const x = new Scalar(a);
        for (let backwards = 1; backwards <= 2; backwards++) {
          let sum = x.mul(0);
          for (let i = 1; i <= fan; i++) sum = sum.add(x.mul(x).mul(i));
          sum.backward();
          assertExact(x.derivative!, backwards * fan * (fan + 1) * a);
        }
        x.zeroGrad_();
        assertEquals(x.derivative, null);
      });
    },
  },
  {
    mark: "gaps",
    name: "a topological order has each variable once, before its inputs, and no constant",
    run(): void {
      const x = new Scalar(2), y = x.mul(3), z = y.add(x).mul(y), order = topologicalSort(z);
      assert(order[0] === z && order.at(-1) === x);
      assertEquals(new Set(order).size, order.length);
      order.forEach((variable, i) => {
        for (const parent of variable.parents) assert(parent.isConstant() || order.indexOf(parent) > i);
      });
      assertEquals(order.filter((variable) => variable.isConstant()), []);
    },
  },
  {
    mark: "gaps",
    name: "constants take no derivative, and a constant alone has no backward",
    run(): void {
      const constant = new Scalar(3, { history: null }), x = new Scalar(2);
      x.mul(constant).backward();
      assertEquals([x.derivative, constant.derivative], [3, null]);
      assertThrows(() => constant.backward(), Error, "requires a gradient");
      assertThrows(() => constant.chainRule(1), Error, "No function");
    },
  },
  {
    mark: "gaps",
    name: "a chain of 10,000 functions is no matter",
    run(): void {
      const x = new Scalar(1);
      let y = x;
      for (let i = 0; i < 10_000; i++) y = y.add(0);
      assertEquals(topologicalSort(y).length, 10_001);
      y.backward();
      assertEquals(x.derivative, 1);
    },
  },
  {
    mark: "gaps",
    name: "SGD goes down and makes leaves again",
    run(): void {
      const p = new Parameter(new Scalar(4), "p"), sgd = new SGD([p], 0.1);
      for (let step = 0; step < 100; step++) {
        sgd.zeroGrad();
        p.value.sub(1).mul(p.value.sub(1)).backward();
        sgd.step();
      }
      assert(p.value.isLeaf() && p.value.name === "p");
      assertExact(p.value.data, 1 + 3 * 0.8 ** 100);
    },
  },
];

/** The tests of module 1. */
export const MODULE1: readonly CourseTest[] = [
  ...DIFFERENCES,
  ...FUNCTIONS,
  ...CHAIN,
  ...BACKPROPAGATION,
  ...REST,
];
