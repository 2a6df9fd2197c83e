/**
 * Programs whose batches come from a loader, or change their shape.
 *
 * @module
 */
import { data, nn, type Tensor } from "@tensaur/tensaur";
import { recording } from "../../src/graph/pending.ts";
import { accuracy, sgd, Source, Training, weights } from "./data.ts";
import { type Program, program } from "./program.ts";

/** Training on the batches of a loader. */
function* epochs(
  training: Training,
  { samples, batchSize, count }: { samples: number; batchSize: number; count: number },
): Generator<Tensor> {
  const [x, y] = training.batch(samples);
  const loader = new data.DataLoader(new data.TensorDataset(x, y), { batchSize, shuffle: true, seed: 3 });
  for (let epoch = 0; epoch < count; epoch++) {
    for (const [points, labels] of loader) {
      const loss = nn.crossEntropy(training.model.forward(points), labels);
      training.minimize(loss);
      yield loss;
    }
  }
}

/** The programs. */
export const dataPrograms: readonly Program[] = [
  program("shuffled slices as batches", { kernels: 25, garbage: 256 }, function* (observe): Generator<void> {
    const training = new Training();
    for (const loss of epochs(training, { samples: 24, batchSize: 6, count: 10 })) {
      observe(loss.item());
      yield;
    }
    observe(weights(training.model));
  }),

  program(
    "a last batch of another size",
    { kernels: 25, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (const loss of epochs(training, { samples: 22, batchSize: 6, count: 10 })) {
        observe(loss.item());
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "batches of a shape of their own",
    { kernels: 26, garbage: 1280, plans: 2, bytes: 32 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < 40; i++) {
        const [x, y] = training.batch(2 + i);
        const logits = training.model.forward(x), loss = nn.crossEntropy(logits, y);
        training.minimize(loss);
        observe(loss.item(), accuracy(logits, y).item());
        yield;
      }
    },
  ),

  program("sequences of a length of their own, activations read after step", {
    kernels: 133,
    garbage: 4032,
    plans: 2,
    programs: 1,
    recomputed: 61,
    nodes: 11,
    bytes: 40,
  }, function* (observe): Generator<void> {
    const source = new Source(), recur = source.parameter(5, 5), optimizer = sgd([recur], 0.01);
    for (let i = 0; i < 40; i++) {
      optimizer.zeroGrad();
      let state = source.points(2, 5);
      for (let t = 0; t <= i; t++) state = state.matmul(recur).tanh();
      const loss = state.square().sum();
      loss.backward();
      optimizer.step();
      observe(loss.item(), state.toArray());
      yield;
    }
  }),

  program(
    "so few nodes may wait that steps are cut anywhere",
    { kernels: 31, garbage: 1472 },
    function* (observe): Generator<void> {
      recording.maxNodes = 37;
      const training = new Training();
      // Whole turns of the reads, so that the middle and the end are alike.
      for (let i = 0; i < 126; i++) {
        const [x, y] = training.batch();
        const logits = training.model.forward(x), loss = nn.crossEntropy(logits, y);
        training.minimize(loss);
        if (i % 7 === 3) {
          observe(loss.item(), accuracy(logits, y).item(), training.model.first.weight.grad!.toArray());
        }
        yield;
      }
      observe(weights(training.model));
    },
  ),
];
