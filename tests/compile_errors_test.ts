/**
 * Functions outside of the language of `compile`: each is refused where it leaves it. `@` marks the place.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { compile, CompileError, map, ones, reduce, zip } from "@tensaur/tensaur";

const EXPRESSIONS = [
  "@x & 1",
  "@x | 0",
  "@x ^ 1",
  "@x << 2",
  "@x >> 2",
  "@x >>> 2",
  "@~x",
  "@free",
  "@free * x",
  "x * @free",
  "@free(x)",
  "@Math.random()",
  "@Date.now()",
  "@console.log(x)",
  "@parseInt(x)",
  "@Math.foo(x)",
  "@Math.sumPrecise(x)",
  '@Math["sin"](x)',
  "@Math.atan2(x)",
  "@Math.sin()",
  "@Math",
  "@Math.sin",
  '@"text"',
  "@`text`",
  "@free`text`",
  "@/text/",
  "@null",
  "@undefined",
  "@1n",
  "(@() => 1)()",
  "(@function () {})",
  "(@class {})",
  "(@{ a: 1 })",
  "@this.a",
  "@new Date()",
  "@typeof x",
  "@void x",
  "@delete x.a",
  "@x ?? 1",
  "(@x = 2)",
  "(@x++)",
  "(@x, 1)",
  "@x?.a",
  "@x.a",
  "@x(1)",
  "@x instanceof Number",
  '@"a" in x',
  "@[1, x]",
  "@[1, x].map(x)",
  "[1, 2][@x]",
  "@[1, 2][5]",
  "Math.max(@...[x])",
  "Math.sin(@[x])",
  "@[1, , 2][0]",
  "[@...[x]][0]",
  '@import("a")',
  "@x === true",
  "@(x > 0) !== 1",
  "@(x > 0 ? true : 1) === true",
];

const STATEMENTS = [
  "@while (x > 0) {}",
  "@do {} while (x > 0)",
  "@for (const a in x) {}",
  "@for (const a of [x]) {}",
  "@switch (x) {}",
  "@throw x;",
  "@try {} finally {}",
  "@function f() {}",
  "@class A {}",
  "@label: x;",
  "@debugger;",
  "@var a = 1;",
  "@return;",
  "@x + 1;",
  "@Math.sin(x);",
  "const a = 1; @a = 2;",
  "@free = 1;",
  "@x.a = 1;",
  "@[x] = [1];",
  "@x &= 1;",
  "@x ??= 1;",
  "@x &&= 1;",
  "const @{ a } = x;",
  "const @[a] = x;",
  "let a; x = @a;",
  "@for (;;) {}",
  "for (let i = 0; @i < x; i++) {}",
  "@for (let i = 0; i < 5000; i++) {}",
  "for (let i = 0; i < 2; i++) { @break; }",
  "for (let i = 0; i < 2; i++) { @continue; }",
  "for (let i = 0; i < 2; @i | 1) {}",
];

const FUNCTIONS = [
  "@async (x) => x",
  "@async function (x) { return x; }",
  "@function* (x) { return x; }",
  "@(x) => {}",
  "@(x) => { if (x > 0) return 1; }",
  "@(x) => { if (x > 0) return 1; if (x <= 0) return 2; }",
  "(@{ a }) => a",
  "(@...x) => 1",
  "@class A {}",
  "(x, [a, @...b]) => a",
];

const AROUND_EXPRESSIONS: readonly ((part: string) => string)[] = [
  (part) => `(x) => ${part}`,
  (part) => `(x) => {\n  const a = 1;\n  return a + Math.abs(${part});\n}`,
  (part) => `function (x) {\n  if (${part}) return 1;\n  return 2;\n}`,
  (part) => `(x, y = 1 * (${part})) => x + y`,
];

const AROUND_STATEMENTS: readonly ((part: string) => string)[] = [
  (part) => `(x) => {\n  // First.\n  ${part}\n  return x;\n}`,
  (part) => `function named(x) {\n  if (x > 1) {\n    x -= 1;\n  } else { ${part} }\n  return x;\n}`,
];

const OUTSIDE = [
  ...EXPRESSIONS.flatMap((part) => AROUND_EXPRESSIONS.map((around) => around(part))),
  ...STATEMENTS.flatMap((part) => AROUND_STATEMENTS.map((around) => around(part))),
  ...FUNCTIONS,
];

function functionOf(text: string): (x: number) => number {
  return new Function(`return ${text}`)();
}

Deno.test(`each of ${OUTSIDE.length} functions outside of the language is refused at its place`, () => {
  assert(OUTSIDE.length >= 200);
  for (const text of OUTSIDE) {
    const before = text.slice(0, text.indexOf("@")).split("\n"), source = text.replace("@", "");
    const error = assertThrows(() => compile(functionOf(source)), CompileError, "Cannot compile", source);
    assertEquals(
      [error.line, error.column],
      [before.length, before.at(-1)!.length + 1],
      `${source}\n${error}`,
    );
    assertEquals(error.sourceLine, source.split("\n")[error.line - 1]);
  }
});

Deno.test("the error shows the line with a caret and says what works", () => {
  const error = assertThrows(() => compile(functionOf("(x) => {\n  return x & 1;\n}")), CompileError);
  assertStringIncludes(error.message, "use && for conditions");
  assertStringIncludes(error.message, "  2 |   return x & 1;\n    |          ^");
});

Deno.test("what is wrong in a helper is shown in the helper", () => {
  const helper = functionOf("function odd(v) {\n  return v & 1;\n}");
  const error = assertThrows(
    () => compile((x) => helper(x), { with: { helper } }),
    CompileError,
    "odd, 2:10",
  );
  assertEquals([error.line, error.column], [2, 10]);
});

Deno.test("helpers that call each other for ever are refused", () => {
  const again = (x: number): number => again(x);
  assertThrows(() => compile((x) => again(x), { with: { again } }), CompileError, "functions deep");
});

Deno.test("functions without a source of their own are refused", () => {
  assertThrows(() => compile(Math.sin.bind(null)), CompileError, "no source");
  assertThrows(
    () => map(ones([1]), parseFloat as unknown as (x: number) => number),
    CompileError,
    "no source",
  );
});

Deno.test("a function that sees something else than it was given is refused", () => {
  let factor = 2;
  const times = (x: number): number => x * factor;
  map(ones([1]), times, { with: { factor } });
  assertThrows(() => map(ones([1]), times, { with: { factor: 3 } }), CompileError, "its source says");
  factor = 3;
  map(ones([1]), times, { with: { factor } });
  const missing = functionOf("(x) => x * missing");
  assertThrows(
    () => map(ones([1]), missing, { with: { missing: 1 } }),
    CompileError,
    "it throws ReferenceError",
  );
});

Deno.test("functions of too few arguments, too many ops and too long rounds are refused", () => {
  assertThrows(() => map(ones([1]), Math.atan2 as never), CompileError, "give it 2");
  assertThrows(() => map(ones([1]), ((x: number, y: number) => x + y) as never), CompileError, "y before");
  const text = `(x) => { for (let i = 0; i < 1000; i++) x = ${"Math.sin(".repeat(11)}x${
    ")".repeat(11)
  }; return x; }`;
  assertThrows(() => compile(functionOf(text)), CompileError, "more than 10000 ops");
  const round = `(a, v) => { for (let i = 0; i < 200; i++) a = a * 0.5 + v; return a; }`;
  assertThrows(
    () => reduce(ones([2]), functionOf(round) as never, 0),
    CompileError,
    "a round of it comes to",
  );
});

Deno.test("the arguments of map, zip and reduce are checked", () => {
  const x = ones([2]);
  assertThrows(() => map(x, 3 as never), Error, "want a function");
  assertThrows(() => map([1] as never, Math.exp), Error, "want a tensor");
  assertThrows(() => zip(x, 2 as never, Math.max), Error, "want a tensor");
  assertThrows(() => zip(x, ones([3]), Math.max), Error, "shapes [2] and [3]");
  assertThrows(() => compile((x) => x)(1), Error, "at least one tensor");
  assertThrows(() => compile((x) => x)("1" as never), Error, "want tensors, numbers or arrays");
  assertThrows(() => map(x, (v) => v, { with: { a: "b" } as never }), Error, "wants numbers");
  assertThrows(() => map(x, (v) => v, { width: {} } as never), Error, "with");
  assertThrows(() => reduce(x, Math.max, "0" as never), Error, "start of reduce");
  assertThrows(() => reduce(x, Math.max, 0, { axis: 1 }), Error, "axis 1");
});
