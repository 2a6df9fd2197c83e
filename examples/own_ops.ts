/**
 * A student's own backend: map, zip, reduce and the product of matrices as plain loops. The course's tests run on it
 * (`deno task course --backend examples/own_ops.ts`), and so does training: run this file.
 */
// deno-lint-ignore-file no-console
import {
  datasets,
  indexToPosition,
  Parameter,
  rand,
  SGD,
  shapeBroadcast,
  type Tensor,
  tensor,
  TensorBackend,
} from "@tensaur/tensaur/minitorch";

/** The position of the element of `t` that an index of a result means: axes of length 1 stand still. */
function at(t: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - t.dims);
  return indexToPosition(own.map((place, axis) => t.shape[axis] === 1 ? 0 : place), t.strides);
}

/** Writes each element of `out`, given its index. */
function fill(out: Tensor, element: (index: readonly number[]) => number): Tensor {
  const { data } = out;
  for (const index of data.indices()) data.set(index, element(index));
  return out;
}

export const backend: TensorBackend = new TensorBackend({
  map: (fn) => (a, out = a.zeros()) => {
    const [x] = a.tuple();
    return fill(out, (index) => fn(x[at(a, index)]!));
  },
  zip: (fn) => (a, b) => {
    const [x] = a.tuple(), [y] = b.tuple(), out = a.zeros(shapeBroadcast(a.shape, b.shape));
    return fill(out, (index) => fn(x[at(a, index)]!, y[at(b, index)]!));
  },
  reduce: (fn, start) => (a, dim) => {
    const [x] = a.tuple(), out = a.zeros(a.shape.with(dim, 1));
    return fill(out, (index) => {
      let result = start;
      for (let i = 0; i < a.shape[dim]!; i++) result = fn(result, x[at(a, index.with(dim, i))]!);
      return result;
    });
  },
  matrixMultiply: (a, b) => {
    const [x] = a.tuple(), [y] = b.tuple();
    const batch = shapeBroadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return fill(a.zeros([...batch, a.shape.at(-2)!, b.shape.at(-1)!]), (index) => {
      let sum = 0;
      for (let k = 0; k < a.shape.at(-1)!; k++) {
        sum += x[at(a, index.with(-1, k))]! * y[at(b, index.with(-2, k))]!;
      }
      return sum;
    });
  },
});

if (import.meta.main) {
  const { N, X, y } = datasets.Diag(50), points = tensor(X, { backend });
  const labels = tensor(y, { backend }).view(N, 1);
  const parameters = [[2, 10], [10], [10, 1], [1]].map((shape) =>
    new Parameter(rand(shape, { backend }).sub(0.5).mul(2))
  );
  const sgd = new SGD(parameters, 0.5);
  for (let epoch = 0; epoch <= 200; epoch++) {
    const [w1, b1, w2, b2] = parameters.map(({ value }) => value);
    const out = points.matmul(w1!).add(b1!).relu().matmul(w2!).add(b2!).sigmoid();
    const right = out.mul(labels).add(out.sub(1).mul(labels.sub(1))), loss = right.log().neg().sum();
    sgd.zeroGrad();
    loss.div(N).backward();
    sgd.step();
    const correct = right.gt(0.5).sum().item();
    if (epoch % 20 === 0) {
      console.log(`Epoch  ${epoch}  loss  ${loss.item().toFixed(4)}  correct  ${correct}`);
    }
  }
}
