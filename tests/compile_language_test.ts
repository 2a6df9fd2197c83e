/**
 * The words of the language of `compile`, each on its own, and what is remembered of functions.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { compile, CompileError, map, rand, stats, type Tensor, tensor } from "@tensaur/tensaur";
import { textsParsed } from "../src/compile/parse.ts";
import { functionOf, points } from "./random_function.ts";

/** What is no function of numbers that always gives the same: chance, and the sum of a list. */
const LEFT_OUT = new Set(["random", "sumPrecise"]);

Deno.test("every real-valued function of Math is compiled", () => {
  const { x: xs, y: ys } = points();
  const names = Object.getOwnPropertyNames(Math).filter((name) =>
    typeof Math[name as keyof Math] === "function" && !LEFT_OUT.has(name)
  );
  assert(names.length >= 34, `${names}`);
  for (const name of names) {
    const real = functionOf(`(x, y) => Math.${name}(x${Math[name as "pow"].length > 1 ? ", y" : ""})`);
    const { data } = compile(real)(tensor(xs, { dtype: "float64" }), tensor(ys, { dtype: "float64" }));
    xs.forEach((x, i) => {
      const want = real(x, ys[i]!), near = Math.abs(data[i]! - want) <= 4 * 2 ** -52 * Math.abs(want);
      assert(near || Object.is(data[i], want), `${name}(${x}, ${ys[i]}): ${data[i]}, want ${want}`);
    });
  }
});

Deno.test("every number of Math and Number is known", () => {
  for (const owner of ["Math", "Number"]) {
    const object = owner === "Math" ? Math : Number;
    for (const name of Object.getOwnPropertyNames(object)) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== "number" || ["length"].includes(name)) continue;
      const found = compile(functionOf(`(x) => ${owner}.${name}`))(tensor([0], { dtype: "float64" }));
      assertEquals(found.item(), value, name);
    }
  }
});

/** A word of the language, and what a function that uses it gives for 2 and 3. */
const WORDS: Readonly<Record<string, readonly [text: string, wanted: number]>> = {
  "a number": ["() => 1.5e1", 15],
  "a default": ["(x, y, z = x * 10) => y + z", 23],
  "a default of a default": ["(x, y, z = x, w = z + 1) => w", 3],
  "+": ["(x, y) => x + y", 5],
  "-": ["(x, y) => x - y", -1],
  "*": ["(x, y) => x * y", 6],
  "/": ["(x, y) => y / x", 1.5],
  "%": ["(x, y) => -y % x", -1],
  "**": ["(x, y) => x ** y", 8],
  "unary": ["(x, y) => -x + +y", 1],
  "comparisons": ["(x, y) => (x < y) + (x <= y) + (x > y) + (x >= y) + (x === y) + (x !== y)", 3],
  "&&": ["(x, y) => x && y", 3],
  "||": ["(x, y) => x - 2 || y", 3],
  "!": ["(x, y) => !(x - 2) + !y", 1],
  "?:": ["(x, y) => x > y ? x : y * 10", 30],
  "if and else": ["(x, y) => { if (x > y) return 1; else if (x < y) return 2; return 3; }", 2],
  "const and let": ["(x, y) => { const a = x, b = y; let c = a; c += b; c *= 2; c--; return c; }", 9],
  "reassignment in a branch": ["(x, y) => { let a = 1; if (y > x) { a = 2; } return a; }", 2],
  "shadowing": ["(x, y) => { let a = 1; { let a = x; a++; } return a; }", 1],
  "for": ["(x, y) => { let s = 0; for (let i = 1; i <= 4; i++) s += x * i; return s; }", 20],
  "for in for": [
    "(x) => { let s = 0; for (let i = 0; i < 3; i++) for (let j = i; j < 3; j++) s += x; return s; }",
    12,
  ],
  "an array": ["(x, y) => { const [a, [b]] = [y, [x]]; return a - b; }", 1],
  "Number.isNaN": ["(x, y) => Number.isNaN(x - NaN) ? y : x", 3],
  "Number.isFinite": ["(x, y) => Number.isFinite(x / 0) ? y : x", 2],
  "Number.isInteger": ["(x, y) => Number.isInteger(y / x) ? y : x", 2],
};

for (const [word, [text, wanted]] of Object.entries(WORDS)) {
  Deno.test(`the language has ${word}`, () => {
    const f = functionOf(text), found = compile(f)(tensor([2]), tensor([3]));
    assertEquals([found.item(), Number(f(2, 3))], [wanted, wanted]);
  });
}

Deno.test("the limit of loops is named in the error", () => {
  const long = functionOf("(x) => { for (let i = 0; i < 1025; i++) x += i; return x; }");
  const error = assertThrows(() => compile(long), CompileError);
  assertStringIncludes(error.message, "1024 is the limit");
  compile(functionOf("(x) => { for (let i = 0; i < 1024; i++) x += i; return x; }"));
});

Deno.test("what is left out of Math is refused by name", () => {
  for (const name of LEFT_OUT) {
    const error = assertThrows(() => compile(functionOf(`(x) => Math.${name}(x)`)), CompileError);
    assertStringIncludes(error.message, `Math.${name}`);
  }
});

Deno.test("helpers of the same name and other sources are other functions", () => {
  const x = tensor([3]);
  const apply = (helper: (v: number) => number): number =>
    map(x, (v) => helper(v) + 1, { with: { helper } }).item();
  const found = [(v: number) => v * 2, (v: number) => v * v, Math.sqrt, (v: number) => v * 2].map(apply);
  assertEquals(found, [7, 10, Math.fround(Math.sqrt(3)) + 1, 7].map(Math.fround));
});

Deno.test("one text with two constants is parsed once and is one program, and each gives its own result", () => {
  const x = rand([7]), text = "(v) => v * factor";
  const scaled = (factor: number): Tensor =>
    map(x, new Function("factor", `return ${text}`)(factor), { with: { factor } });
  x.data;
  const before = scaled(2).data[0]!;
  const parsed = textsParsed(), { programs } = stats();
  const after = scaled(-4).data[0]!;
  assertEquals([textsParsed(), stats().programs, after], [parsed, programs, -2 * before]);
});
