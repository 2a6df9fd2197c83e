/**
 * Programs that hold values over steps: losses, predictions, snapshots of parameters.
 *
 * @module
 */
import { nn, noGrad, type Tensor, tensor } from "@tensaur/tensaur";
import { accuracy, sgd, Training, weights } from "./data.ts";
import { type Program, program, unlessStale } from "./program.ts";

const STEPS = 24;

/** A value taken in each step, kept in an array, and read at the end. */
function kept(
  name: string,
  limits: Parameters<typeof program>[1],
  take: (training: Training) => Tensor,
): Program {
  return program(name, limits, function* (observe): Generator<void> {
    const training = new Training(), taken: Tensor[] = [];
    for (let i = 0; i < STEPS; i++) {
      taken.push(take(training));
      yield;
    }
    for (const value of taken) observe(unlessStale(() => value.data));
    observe(weights(training.model));
  });
}

/** A step whose logits are seen before and after it. */
function step(training: Training, before: (logits: Tensor) => void): [logits: Tensor, labels: Tensor] {
  const [x, y] = training.batch();
  const logits = training.model.forward(x);
  before(logits);
  training.minimize(nn.crossEntropy(logits, y));
  return [logits, y];
}

/** The programs. */
export const heldPrograms: readonly Program[] = [
  kept("losses kept in an array", { kernels: 24, garbage: 256, nodes: 1, bytes: 4 }, (training) => {
    const loss = training.loss();
    training.minimize(loss);
    return loss;
  }),

  kept(
    "logits kept in an array",
    { kernels: 24, garbage: 256, nodes: 18, bytes: 96, stale: 23 },
    (training) => step(training, () => {})[0],
  ),

  kept(
    "logits detached before step, kept in an array",
    { kernels: 24, garbage: 384, nodes: 1, bytes: 72 },
    (training) => {
      let detached: Tensor | undefined;
      step(training, (logits) => detached = logits.detach());
      return detached!;
    },
  ),

  kept(
    "predictions made after step, kept in an array",
    { kernels: 27, garbage: 640, nodes: 18, bytes: 408 },
    (training) => {
      const [x, y] = training.batch();
      training.minimize(nn.crossEntropy(training.model.forward(x), y));
      return training.model.forward(x);
    },
  ),

  kept(
    "accuracies made after step, kept in an array",
    { kernels: 26, garbage: 448, nodes: 1, bytes: 4 },
    (training) => {
      return accuracy(...step(training, () => {}));
    },
  ),

  kept(
    "hidden activations kept in an array",
    { kernels: 24, garbage: 256, nodes: 13, bytes: 96, stale: 23 },
    (training) => {
      const [x, y] = training.batch(), { model } = training;
      const hidden = model.hidden(x);
      training.minimize(nn.crossEntropy(model.last.forward(hidden), y));
      return hidden;
    },
  ),

  ...[false, true].map((detached) =>
    program(
      `losses summed${detached ? ", detached" : ""}`,
      { kernels: 25, garbage: 384, nodes: 2, bytes: 12 },
      function* (observe): Generator<void> {
        const training = new Training();
        let total = tensor(0);
        for (let i = 0; i < 60; i++) {
          const loss = training.loss();
          training.minimize(loss);
          total = total.add(detached ? loss.detach() : loss);
          if (i % 20 === 19) observe(total.item());
          yield;
        }
        observe(weights(training.model));
      },
    )
  ),

  program(
    "losses summed before step, with their graph",
    { kernels: 24, garbage: 320, nodes: 2, bytes: 8 },
    function* (observe): Generator<void> {
      const training = new Training();
      let total = tensor(0);
      for (let i = 0; i < 60; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        total = total.add(loss);
        training.optimizer.step();
        if (i % 20 === 19) observe(total.item());
        yield;
      }
    },
  ),

  program(
    "data, detach() and a view of parameters held over steps",
    { kernels: 24, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { first, second, last } = training.model;
      const data = first.weight.data, detached = second.weight.detach(), view = last.weight.reshape([15]);
      view.toArray();
      for (let i = 0; i < STEPS; i++) {
        training.minimize(training.loss());
        observe(data.slice(), detached.toArray(), view.toArray());
        yield;
      }
    },
  ),

  program(
    "detach() of a parameter computed with, then held over steps",
    { kernels: 25, garbage: 320 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { second } = training.model;
      const before = second.weight.detach();
      for (let i = 0; i < STEPS; i++) {
        const drift = noGrad(() => second.weight.sub(before).square().sum());
        training.minimize(training.loss());
        observe(drift.item(), before.toArray());
        yield;
      }
    },
  ),

  program(
    "a state dict each epoch",
    { kernels: 24, garbage: 384, nodes: 2, bytes: 60 },
    function* (observe): Generator<void> {
      const training = new Training(), dicts: nn.StateDict[] = [];
      for (let i = 0; i < 40; i++) {
        training.minimize(training.loss());
        if (i % 5 === 4) dicts.push(training.model.stateDict());
        yield;
      }
      for (const dict of dicts) observe(Object.values(dict).map((value) => value.data));
    },
  ),

  program(
    "frozen first layers, a metric pending for three steps",
    { kernels: 19, garbage: 576 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model, source } = training;
      const optimizer = sgd(model.last.parameters()), metrics: Tensor[] = [];
      for (let i = 0; i < STEPS; i++) {
        optimizer.zeroGrad();
        const hidden = model.hidden(source.points()).detach();
        nn.crossEntropy(model.last.forward(hidden), source.labels()).backward();
        metrics.push(hidden.sum());
        optimizer.step();
        if (i % 3 === 2) observe(metrics.splice(0).map((metric) => metric.item()));
        yield;
      }
    },
  ),

  program(
    "a pending result whose version is gone",
    { kernels: 24, garbage: 384 },
    function* (observe): Generator<void> {
      const training = new Training();
      let old: Tensor | null = null;
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = training.batch();
        const logits = training.model.forward(x), loss = nn.crossEntropy(logits, y);
        training.minimize(loss);
        if (i === 5) old = logits;
        if (i === 9) noGrad(() => old!.argmax(1));
        observe(loss.item());
        yield;
      }
      observe(weights(training.model));
    },
  ),
];
