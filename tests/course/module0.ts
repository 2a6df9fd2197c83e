/**
 * Module 0: operators, properties, lists, modules.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Module, operators, Parameter } from "@tensaur/tensaur/minitorch";
import fc from "fast-check";
import { assertNear, forAll, mediumInt, smallFloat } from "./draw.ts";
import { ONE_ARGUMENT, TWO_ARGUMENTS } from "./functions.ts";
import type { CourseTest } from "./mark.ts";

const { add, addLists, eq, exp, id, inv, invBack, isClose, log, logBack, lt, max, mul, neg, negList } =
  operators;
const { prod, relu, reluBack, sigmoid, sum, zipWith } = operators;

const five = fc.array(smallFloat, { minLength: 5, maxLength: 5 });

class Inner extends Module {
  p2 = new Parameter(10);
}

class Innermost extends Module {
  p3 = new Parameter(15);
}

class Middle extends Module {
  c = new Innermost();
}

/** Three levels with a parameter on each way. */
class Stacked extends Module {
  p1 = new Parameter(5);
  a = new Inner();
  b = new Middle();
}

/** A module with three parameters of its own, two of which are added by name, and others that are numbered. */
class Numbered extends Module {
  declare parameterA: Parameter<number>;
  declare parameterB: Parameter<number>;
  nonParameter = 10;
  moduleC = new Leaf();

  constructor(size: number) {
    super();
    this.addParameter("parameterA", 50);
    this.addParameter("parameterB", 100);
    for (let i = 0; i < size; i++) this.addParameter(`extra${i}`, 0);
  }
}

class Leaf extends Module {
  parameterC = new Parameter(0);
}

class Pair extends Module {
  p = new Parameter(0);
  a: Numbered;
  b: Numbered;

  constructor(sizeA: number, sizeB: number) {
    super();
    this.a = new Numbered(sizeA);
    this.b = new Numbered(sizeB);
  }
}

class Constant extends Module {
  override forward(): number {
    return 10;
  }
}

const OPERATORS: readonly CourseTest[] = [
  {
    mark: "0_1",
    name: "the operators are JavaScript's",
    run(): void {
      forAll([smallFloat, smallFloat], (x, y) => {
        assertNear(mul(x, y), x * y);
        assertNear(add(x, y), x + y);
        assertNear(neg(x), -x);
        assertNear(max(x, y), Math.max(x, y));
        if (Math.abs(x) > 1e-5) assertNear(inv(x), 1 / x);
        assertEquals(isClose(x, x + 0.009), 1);
        assertEquals(isClose(x, x + 0.011), 0);
      });
    },
  },
  {
    mark: "0_1",
    name: "relu and its derivative",
    run(): void {
      forAll([smallFloat, smallFloat], (x, d) => {
        assertEquals(relu(x), x > 0 ? x : 0);
        assertEquals(reluBack(x, d), x > 0 ? d : 0);
      });
      assertEquals(reluBack(0, 5), 0);
    },
  },
  {
    mark: "0_1",
    name: "id gives what it is given",
    run: () => forAll([smallFloat], (x) => assert(Object.is(id(x), x))),
  },
  {
    mark: "0_1",
    name: "lt, max and eq are exact",
    run(): void {
      forAll([smallFloat], (x) => {
        assertEquals([lt(x - 1, x), lt(x, x - 1)], [1, 0]);
        assertEquals([max(x - 1, x), max(x, x - 1)], [x, x]);
        assertEquals([eq(x, x), eq(x, x - 1), eq(x, x + 1)], [1, 0, 0]);
      });
    },
  },
];

const PROPERTIES: readonly CourseTest[] = [
  {
    mark: "0_2",
    name: "sigmoid is a rising function from 0 to 1, symmetric around its middle",
    run(): void {
      assertEquals(sigmoid(0), 0.5);
      forAll([smallFloat, smallFloat], (x, y) => {
        assert(sigmoid(x) >= 0 && sigmoid(x) <= 1);
        assertNear(1 - sigmoid(x), sigmoid(-x));
        assert(sigmoid(Math.min(x, y)) <= sigmoid(Math.max(x, y)));
      });
      // Where the neighbours of 1 do not hide it, it rises strictly.
      forAll([fc.double({ min: -15, max: 15, noNaN: true })], (x) => assert(sigmoid(x) < sigmoid(x + 0.1)));
    },
  },
  {
    mark: "0_2",
    name: "lt is transitive",
    run: () =>
      forAll([smallFloat, smallFloat, smallFloat], (x, y, z) => {
        if (lt(x, y) && lt(y, z)) assertEquals(lt(x, z), 1);
      }),
  },
  {
    mark: "0_2",
    name: "mul is symmetric",
    run: () => forAll([smallFloat, smallFloat], (x, y) => assertEquals(mul(x, y), mul(y, x))),
  },
  {
    mark: "0_2",
    name: "mul distributes over add",
    run(): void {
      forAll([smallFloat, smallFloat, smallFloat], (x, y, z) => {
        assertNear(mul(z, add(x, y)), add(mul(z, x), mul(z, y)));
      });
    },
  },
  {
    mark: "0_2",
    name: "the larger of two is neither less",
    run: () =>
      forAll([smallFloat, smallFloat], (x, y) => {
        assertEquals([lt(max(x, y), x), lt(max(x, y), y)], [0, 0]);
      }),
  },
];

const LISTS: readonly CourseTest[] = [
  {
    mark: "0_3",
    name: "zipWith and addLists",
    run(): void {
      forAll([smallFloat, smallFloat, smallFloat, smallFloat], (x1, x2, y1, y2) => {
        assertEquals(addLists([x1, x2], [y1, y2]), [x1 + y1, x2 + y2]);
        assertEquals(zipWith(mul)([x1, x2], [y1, y2]), [x1 * y1, x2 * y2]);
      });
    },
  },
  {
    mark: "0_3",
    name: "a sum of lists has the sum of the sums",
    run: () => forAll([five, five], (a, b) => assertNear(sum(a) + sum(b), sum(addLists(a, b)))),
  },
  {
    mark: "0_3",
    name: "sum and prod",
    run(): void {
      forAll([fc.array(smallFloat)], (list) => assertNear(sum(list), list.reduce((a, b) => a + b, 0)));
      forAll([smallFloat, smallFloat, smallFloat], (x, y, z) => assertNear(prod([x, y, z]), x * y * z));
    },
  },
  {
    mark: "0_3",
    name: "negList",
    run: () => forAll([fc.array(smallFloat)], (list) => assertEquals(negList(list), list.map((x) => -x))),
  },
];

const MODULES: readonly CourseTest[] = [
  {
    mark: "0_4",
    name: "parameters of three levels have dotted names",
    run(): void {
      const named = new Stacked().namedParameters();
      assertEquals(named.map(([name]) => name), ["p1", "a.p2", "b.c.p3"]);
      assertEquals(named.map(([, { value }]) => value), [5, 10, 15]);
    },
  },
  {
    mark: "0_4",
    name: "a module counts its parameters, and trains and evaluates with its modules",
    run(): void {
      forAll([mediumInt], (size) => {
        const module = new Numbered(size);
        assertEquals(module.parameters().length, size + 3);
        module.eval();
        assertEquals([module.training, module.moduleC.training], [false, false]);
        module.train();
        assertEquals([module.training, module.moduleC.training], [true, true]);
        const values = new Map(module.namedParameters().map(([name, { value }]) => [name, value]));
        assertEquals(values.get("parameterA"), 50);
        assertEquals(values.get("parameterB"), 100);
        assertEquals(values.get("moduleC.parameterC"), 0);
        assertEquals(module.nonParameter, 10);
      });
    },
  },
  {
    mark: "0_4",
    name: "modules of modules count all of them",
    run(): void {
      forAll([mediumInt, mediumInt], (a, b) => {
        const pair = new Pair(a, b);
        assertEquals(pair.parameters().length, 1 + (a + 3) + (b + 3));
        assertEquals(pair.modules(), [pair.a, pair.b]);
        pair.eval();
        assert(!pair.a.training && !pair.b.moduleC.training);
      });
    },
  },
  {
    mark: "0_4",
    name: "a module without forward fails, and calling one is its forward",
    run(): void {
      assertThrows(() => new Module().forward(), Error, "no forward");
      assertEquals(new Constant().call(), new Constant().forward());
    },
  },
  {
    mark: "0_4",
    name: "a module prints as a tree",
    run(): void {
      assertEquals(
        `${new Stacked()}`,
        "Stacked(\n  (a): Inner()\n  (b): Middle(\n    (c): Innermost()\n  )\n)",
      );
    },
  },
  {
    mark: "unmarked 0",
    name: "a parameter has its value track gradients, at first and after an update",
    run(): void {
      const mock = (): { tracks: boolean; name?: string; requiresGrad_(flag: boolean): void } => ({
        tracks: false,
        requiresGrad_(flag): void {
          this.tracks = flag;
        },
      });
      const first = mock(), second = mock();
      const parameter = new Parameter(first, "p");
      assertEquals([first.tracks, first.name], [true, "p"]);
      parameter.update(second);
      assertEquals([second.tracks, second.name, parameter.value === second], [true, "p", true]);
    },
  },
  {
    mark: "unmarked 0",
    name: "the functions of one and two numbers, and the derivatives, run",
    run(): void {
      forAll([smallFloat, smallFloat], (a, b) => {
        for (const { onNumber } of ONE_ARGUMENT) assert(typeof onNumber(a) === "number");
        for (const { onNumbers } of TWO_ARGUMENTS) assert(typeof onNumbers(a, b) === "number");
        assertNear(reluBack(a, b), a > 0 ? b : 0);
        if (Math.abs(a + 2.4) > 1e-2) assertNear(invBack(a + 2.4, b), -b / (a + 2.4) ** 2);
        assertNear(logBack(Math.abs(a) + 4, b), b / (Math.abs(a) + 4));
        assertNear(log(exp(a / 100)), a / 100);
      });
    },
  },
];

/** The tests of module 0. */
export const MODULE0: readonly CourseTest[] = [...OPERATORS, ...PROPERTIES, ...LISTS, ...MODULES];
