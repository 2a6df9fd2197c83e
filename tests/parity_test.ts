/**
 * Lists that stand in two places agree: what TypeScript and Rust call the ops, and what users call them.
 */
import { assertEquals } from "@std/assert";
import * as tensaur from "@tensaur/tensaur";
import { library, NATIVE_COMBINES } from "../src/backend/library.ts";
import { ROWS } from "../src/ops/elementwise.ts";
import { OPCODES } from "../src/ops/opcodes.ts";
import { REDUCTIONS } from "../src/ops/reduce.ts";

const nativeOps = new Deno.UnsafePointerView(library.ops()!).getCString().split("\n").filter(Boolean);

Deno.test("the opcodes are the rows of kernels/ops.rs", () => {
  assertEquals(OPCODES.map(({ name }) => name).sort(), nativeOps.toSorted());
  const source = Deno.readTextFileSync("kernels/ops.rs");
  assertEquals(nativeOps.filter((name) => !source.includes(`"${name}"`)), []);
});

Deno.test("the reductions are the combines of the native library", () => {
  assertEquals(Object.keys(REDUCTIONS).sort(), NATIVE_COMBINES.toSorted());
});

Deno.test("each row of the elementwise ops and of the reductions is a method of Tensor", () => {
  const rows = [...Object.keys(ROWS), ...Object.keys(REDUCTIONS)];
  assertEquals(rows.filter((name) => !(name in tensaur.Tensor.prototype)), []);
});

Deno.test("each elementwise op of several operands is a function too, for numbers on the left", () => {
  const rows = Object.entries(ROWS).filter(([, row]) => row.f.length > 1).map(([name]) => name);
  assertEquals(rows.filter((name) => !(name in tensaur)), []);
});
