/**
 * Programs that read losses, metrics, gradients and parameters at different moments of a step.
 *
 * @module
 */
import { nn, type Tensor } from "@tensaur/tensaur";
import { accuracy, norm, Source, Training, weights } from "./data.ts";
import { type Program, program, unlessStale } from "./program.ts";

const STEPS = 24;

/** The programs. */
export const readingPrograms: readonly Program[] = [
  program("the loss is read every step", { kernels: 24, garbage: 256 }, function* (observe): Generator<void> {
    const training = new Training();
    for (let i = 0; i < STEPS; i++) {
      const loss = training.loss();
      training.minimize(loss);
      observe(loss.item());
      yield;
    }
    observe(weights(training.model));
  }),

  program(
    "the loss is read every 50 steps",
    { kernels: 24, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < 200; i++) {
        const loss = training.loss();
        training.minimize(loss);
        if (i % 50 === 49) observe(loss.item());
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "the loss is read before backward",
    { kernels: 24, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const loss = training.loss();
        observe(loss.item());
        training.minimize(loss);
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "the loss is read between backward and step",
    { kernels: 26, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        observe(loss.item());
        training.optimizer.step();
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "accuracy from the logits, made and read after step",
    { kernels: 26, garbage: 448 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = training.batch();
        const logits = training.model.forward(x);
        const loss = nn.crossEntropy(logits, y);
        training.minimize(loss);
        observe(loss.item(), accuracy(logits, y).item());
        yield;
      }
    },
  ),

  program(
    "accuracy made before step, read after",
    { kernels: 26, garbage: 320 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = training.batch();
        const logits = training.model.forward(x);
        const loss = nn.crossEntropy(logits, y), correct = accuracy(logits, y);
        training.minimize(loss);
        observe(correct.item(), loss.item());
        yield;
      }
    },
  ),

  program(
    "accuracy read between backward and step",
    { kernels: 29, garbage: 320 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const [x, y] = training.batch();
        const logits = training.model.forward(x);
        const loss = nn.crossEntropy(logits, y);
        loss.backward();
        observe(accuracy(logits, y).item());
        training.optimizer.step();
        observe(loss.item());
        yield;
      }
    },
  ),

  program(
    "a gradient and its norm read before step",
    { kernels: 29, garbage: 896 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { first, second } = training.model;
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        training.loss().backward();
        observe(first.weight.grad!.toArray(), norm(second.weight.grad!).item());
        training.optimizer.step();
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "a gradient and its norm read after step",
    { kernels: 29, garbage: 1024 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { first, second } = training.model;
      for (let i = 0; i < STEPS; i++) {
        training.minimize(training.loss());
        observe(first.weight.grad!.toArray(), norm(second.weight.grad!).item());
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "norms of the parameters before and after step",
    { kernels: 37, garbage: 1024 },
    function* (observe): Generator<void> {
      const training = new Training();
      const norms = (): number[] => training.model.parameters().map((parameter) => norm(parameter).item());
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        observe(norms());
        training.optimizer.step();
        observe(norms(), loss.item());
        yield;
      }
    },
  ),

  program("all weights read every step", { kernels: 24, garbage: 256 }, function* (observe): Generator<void> {
    const training = new Training();
    for (let i = 0; i < STEPS; i++) {
      training.minimize(training.loss());
      observe(weights(training.model));
      yield;
    }
  }),

  program(
    "a norm made before step, read one and three steps later",
    { kernels: 25, garbage: 320 },
    function* (observe): Generator<void> {
      const training = new Training();
      const norms: Tensor[] = [];
      for (let i = 0; i < STEPS; i++) {
        const loss = training.loss();
        norms.push(norm(training.model.first.weight));
        training.minimize(loss);
        if (i % 3 === 2) observe(norms.splice(0).map((x) => x.item()));
        yield;
      }
    },
  ),

  program(
    "hidden activations read after step, the loss before backward",
    { kernels: 24, garbage: 384 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model } = training;
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = training.batch();
        const hidden = model.hidden(x);
        const loss = nn.crossEntropy(model.last.forward(hidden), y);
        observe(loss.item());
        training.minimize(loss);
        observe(hidden.toArray());
        yield;
      }
    },
  ),

  program(
    "a different read each step",
    { kernels: 27, garbage: 896 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model, optimizer } = training;
      for (let i = 0; i < 240; i++) {
        optimizer.zeroGrad();
        const [x, y] = training.batch();
        const hidden = model.hidden(x), logits = model.last.forward(hidden);
        const loss = nn.crossEntropy(logits, y);
        if (i % 2 === 1) observe(loss.item());
        loss.backward();
        if (i % 3 === 1) observe(logits.toArray());
        optimizer.step();
        if (i % 4 === 2) observe(hidden.toArray());
        if (i % 5 === 3) observe(model.second.weight.grad!.toArray());
        observe(loss.item());
        yield;
      }
    },
  ),

  ...[true, false].map((products) =>
    program(
      `a dropped chain of ${products ? "products" : "maps"} read backwards`,
      { kernels: 40, garbage: 1408 },
      function* (observe): Generator<void> {
        const training = new Training();
        const { first, second } = training.model;
        for (let i = 0; i < STEPS; i++) {
          const chain = [first.forward(training.batch()[0])];
          for (let k = 0; k < 8; k++) {
            const last = chain[chain.length - 1]!;
            chain.push(products ? second.forward(last) : last.tanh());
          }
          training.minimize(chain[8]!.square().mean());
          observe(chain.reverse().map((x) => x.toArray()));
          yield;
        }
      },
    )
  ),

  program(
    "views of parameters in forward",
    { kernels: 19, garbage: 256 },
    function* (observe): Generator<void> {
      const source = new Source();
      const training = new Training();
      const { model } = training;
      for (let i = 0; i < STEPS; i++) {
        const hidden = source.points().matmul(model.first.weight.reshape([5, 4]).mT())
          .add(model.first.bias!.reshape([1, 5])).tanh();
        const loss = nn.crossEntropy(hidden.matmul(model.last.weight.mT()), source.labels());
        training.minimize(loss);
        observe(loss.item());
        yield;
      }
    },
  ),

  program(
    "logits read two steps later",
    { kernels: 24, garbage: 384, stale: 3 },
    function* (observe): Generator<void> {
      const training = new Training();
      const kept: Tensor[] = [];
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = training.batch();
        const logits = training.model.forward(x);
        training.minimize(nn.crossEntropy(logits, y));
        kept.push(logits);
        if (kept.length > 2) observe(unlessStale(() => kept.shift()!.toArray()));
        yield;
      }
    },
  ),
];
