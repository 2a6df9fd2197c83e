/**
 * Programs that infer without training: caches that grow, results that nobody reads.
 *
 * @module
 */
import { concat, nn, noGrad, type Tensor, tensor } from "@tensaur/tensaur";
import { recording } from "../../src/graph/pending.ts";
import { Source, Training } from "./data.ts";
import { type Program, program } from "./program.ts";

/** A model that makes one row after another, each from all before. */
class Writer {
  readonly source = new Source();
  readonly embed = this.source.parameter(4, 5);
  readonly key = this.source.parameter(5, 5);
  readonly out = this.source.parameter(5, 4);
  x = this.source.points(1, 4);

  /** The activations of the last row. */
  activations(): Tensor {
    return this.x.matmul(this.embed).tanh();
  }

  /** The next row, from the keys of all before. */
  next(activations: Tensor, keys: Tensor): number[] {
    const attention = activations.matmul(keys.mT()).softmax(1);
    const row = [...attention.matmul(keys).matmul(this.out).data];
    this.x = tensor([row.map((x) => Math.sin(x * 9))]);
    return row;
  }
}

/** Runs a function with or without gradients recorded. */
function recorded<T>(gradients: boolean, f: () => T): T {
  return gradients ? f() : noGrad(f);
}

/** The programs. */
export const inferencePrograms: readonly Program[] = [
  ...[false, true].map((gradients) =>
    program(`a cache that grows by a row each step${gradients ? ", gradients recorded" : ""}`, {
      kernels: 11,
      garbage: 16640,
      plans: 1,
      nodes: 5,
      bytes: 1548,
    }, function* (observe): Generator<void> {
      const writer = new Writer();
      let keys: Tensor | null = null;
      for (let i = 0; i < (gradients ? 100 : 1000); i++) {
        recorded(gradients, () => {
          const activations = writer.activations(), key = activations.matmul(writer.key);
          keys = keys === null ? key : concat([keys, key]);
          observe(writer.next(activations, keys));
        });
        yield;
      }
    })
  ),

  program("a cache kept as a list", {
    kernels: 13,
    garbage: 320,
    plans: 1,
    recomputed: 3,
    nodes: 1,
    bytes: 20,
  }, function* (observe): Generator<void> {
    const writer = new Writer(), keys: Tensor[] = [];
    for (let i = 0; i < 60; i++) {
      noGrad(() => {
        const activations = writer.activations();
        keys.push(activations.matmul(writer.key));
        observe(writer.next(activations, concat(keys)));
      });
      yield;
    }
  }),

  ...[false, true].map((gradients) =>
    program(
      `results that nobody reads${gradients ? ", gradients recorded" : ""}`,
      { kernels: 4, garbage: 320 },
      function* (observe): Generator<void> {
        recording.maxNodes = 1000;
        const { model, source } = new Training();
        let last = source.points();
        for (let i = 0; i < 1000; i++) {
          last = recorded(gradients, () => model.forward(source.points(2)));
          yield;
        }
        observe(last.toArray());
      },
    )
  ),

  program(
    "one of two results is read",
    { kernels: 5, garbage: 256, nodes: 1, bytes: 4 },
    function* (observe): Generator<void> {
      recording.maxNodes = 500;
      const { model, source } = new Training();
      for (let i = 0; i < 1000; i++) {
        noGrad(() => {
          const hidden = model.hidden(source.points(2));
          model.last.forward(hidden).exp();
          const total = hidden.sum().item();
          if (i % 100 === 0) observe(total);
        });
        yield;
      }
    },
  ),

  program(
    "a statistic of the input that nobody reads, beside training",
    { kernels: 3, garbage: 256, nodes: 1, bytes: 4 },
    function* (observe): Generator<void> {
      recording.maxNodes = 500;
      const training = new Training();
      for (let i = 0; i < 1000; i++) {
        const [x, y] = training.batch(2);
        x.square().mean();
        if (i % 200 === 0) {
          const loss = nn.crossEntropy(training.model.forward(x), y);
          training.minimize(loss);
          observe(loss.item());
        } else observe(training.model.last.bias!.sum().item());
        yield;
      }
    },
  ),

  program("a state that nobody reads", { kernels: 4, garbage: 128 }, function* (observe): Generator<void> {
    recording.maxNodes = 500;
    const source = new Source();
    const recur = source.parameter(5, 5), out = source.parameter(5, 3);
    let state = source.points(2, 5);
    for (let i = 0; i < 1000; i++) {
      noGrad(() => {
        state = state.matmul(recur).tanh().neg();
        state.matmul(out).exp().sum();
      });
      yield;
    }
    observe(state.toArray());
  }),
];
