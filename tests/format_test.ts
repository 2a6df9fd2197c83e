/**
 * Tensors as text.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { arange, full, ones, tensor, zeros } from "@tensaur/tensaur";

function assertPrinted(x: unknown, wanted: string): void {
  assertEquals(`${x}`, wanted);
  assertEquals(Deno.inspect(x), wanted);
}

Deno.test("whole floats end in a point, others have four digits", () => {
  assertPrinted(tensor([[1, 2], [3, 4]]), "tensor([[1., 2.],\n        [3., 4.]])");
  assertPrinted(tensor([0.5, 1]), "tensor([0.5000, 1.0000])");
  assertPrinted(tensor(2), "tensor(2.)");
  assertPrinted(tensor(0.25), "tensor(0.2500)");
});

Deno.test("columns are aligned", () => {
  assertPrinted(tensor([[1, -20], [300, 4]]), "tensor([[  1., -20.],\n        [300.,   4.]])");
  assertPrinted(tensor([-1.5, 10.25]), "tensor([-1.5000, 10.2500])");
});

Deno.test("very large and very small numbers have an exponent", () => {
  assertPrinted(tensor([1e-5, 1]), "tensor([1.0000e-05, 1.0000e+00])");
  assertPrinted(tensor([1e10, -1]), "tensor([ 1.0000e+10, -1.0000e+00])");
  assertPrinted(tensor([12345678]), "tensor([12345678.])");
});

Deno.test("infinities, NaN and the negative zero are shown", () => {
  assertPrinted(tensor([1, Infinity, -Infinity, NaN]), "tensor([  1.,  inf, -inf,  nan])");
  assertPrinted(tensor([-0, 0]), "tensor([-0.,  0.])");
});

Deno.test("what is not the default is named", () => {
  assertPrinted(tensor([1, 22], { dtype: "int32" }), "tensor([ 1, 22], dtype=int32)");
  assertPrinted(tensor([1, 2], { dtype: "float64" }), "tensor([1., 2.], dtype=float64)");
  assertPrinted(tensor([true, false]), "tensor([ true, false])");
  assertPrinted(tensor([1], { device: "reference" }), "tensor([1.], device=reference)");
  assertPrinted(tensor([1], { requiresGrad: true }), "tensor([1.], requiresGrad=true)");
});

Deno.test("empty tensors show their shape if it is not plain", () => {
  assertPrinted(tensor([]), "tensor([])");
  assertPrinted(zeros([2, 0]), "tensor([], shape=[2, 0])");
});

Deno.test("more axes are set apart by empty lines", () => {
  const wanted = "tensor([[[0., 1.],\n         [2., 3.]],\n\n        [[4., 5.],\n         [6., 7.]]])";
  assertPrinted(arange(8).reshape([2, 2, 2]), wanted);
});

Deno.test("long rows are broken", () => {
  const lines = `${arange(30)}`.split("\n");
  assertEquals(lines.length, 3);
  assertStringIncludes(lines[1]!, "       ");
  for (const line of lines) assertEquals(line.length <= 80, true);
});

Deno.test("more than 1000 elements are summarised", () => {
  assertPrinted(arange(1001), "tensor([   0.,    1.,    2., ...,  998.,  999., 1000.])");
  const matrix = `${arange(10000).reshape([100, 100])}`.split("\n");
  assertEquals(matrix.length, 7);
  assertEquals(matrix[0], "tensor([[   0.,    1.,    2., ...,   97.,   98.,   99.],");
  assertEquals(matrix[3], "        ...,");
  assertEquals(`${full([1000], 1)}`.includes("..."), false);
});

Deno.test("views print their own elements", () => {
  assertPrinted(tensor([[1, 2], [3, 4]]).mT(), "tensor([[1., 3.],\n        [2., 4.]])");
  assertPrinted(ones([1]).expand([3]), "tensor([1., 1., 1.])");
});
