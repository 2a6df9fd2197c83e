/**
 * Programs that do more with gradients than one backward a step.
 *
 * @module
 */
import { evaluate, GradientError, gradients, nn, noGrad, type Tensor, zeros } from "@tensaur/tensaur";
import { accuracy, type Mlp, norm, sgd, Training, weights } from "./data.ts";
import { type Program, program } from "./program.ts";

const STEPS = 24;

/** The losses of four micro-batches, each with its backward. */
function microBatches(training: Training, seen: (loss: Tensor) => void): Tensor[] {
  training.optimizer.zeroGrad();
  return Array.from({ length: 4 }, () => {
    const loss = training.loss().mul(0.25);
    loss.backward();
    seen(loss);
    return loss;
  });
}

/** The model's outputs with other weights than its own. */
function forwardWith(parameters: readonly Tensor[], x: Tensor): Tensor {
  const [w1, b1, w2, b2, w3, b3] = parameters as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const hidden = x.matmul(w1.mT()).add(b1).tanh().matmul(w2.mT()).add(b2).relu();
  return hidden.matmul(w3.mT()).add(b3);
}

/** The loss of a model after two steps of its own on other batches, differentiable through them. */
function adaptedLoss({ model, source }: Training): Tensor {
  let adapted: Tensor[] = model.parameters();
  for (let i = 0; i < 2; i++) {
    const loss = nn.crossEntropy(forwardWith(adapted, source.points()), source.labels());
    const slopes = gradients(loss, adapted, { createGraph: true });
    adapted = adapted.map((weight, j) => weight.sub(slopes[j]!.mul(0.1)));
  }
  return nn.crossEntropy(forwardWith(adapted, source.points()), source.labels());
}

/** The programs. */
export const gradientPrograms: readonly Program[] = [
  program(
    "gradients of four micro-batches",
    { kernels: 96, garbage: 1024 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const losses = microBatches(training, () => {});
        training.optimizer.step();
        observe(losses.map((loss) => loss.item()));
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "gradients of four micro-batches, each loss read",
    { kernels: 98, garbage: 1024 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        microBatches(training, (loss) => observe(loss.item()));
        training.optimizer.step();
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "gradients of four micro-batches, losses read backwards before step",
    { kernels: 98, garbage: 2560 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const losses = microBatches(training, () => {});
        observe(losses.reverse().map((loss) => loss.item()));
        training.optimizer.step();
        yield;
      }
      observe(weights(training.model));
    },
  ),

  ...[false, true].map((read) =>
    program(`gradients clipped by their global norm${read ? ", which is read" : ""}`, {
      kernels: 34,
      garbage: 640,
    }, function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        const length = nn.clipGradNorm(training.model.parameters(), 0.1);
        if (read) observe(length.item());
        training.optimizer.step();
        observe(loss.item());
        yield;
      }
      observe(weights(training.model));
    })
  ),

  program(
    "gradients that are never zeroed",
    { kernels: 26, garbage: 1408 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const loss = training.loss();
        loss.backward();
        training.optimizer.step();
        observe(loss.item());
        yield;
      }
    },
  ),

  program("gradients set by the user", { kernels: 25, garbage: 512 }, function* (observe): Generator<void> {
    const training = new Training();
    const { first, last } = training.model, { source } = training;
    for (let i = 0; i < STEPS; i++) {
      training.optimizer.zeroGrad();
      first.weight.grad = source.points(5, 4);
      const loss = training.loss();
      loss.backward();
      first.bias!.grad = noGrad(() => first.bias!.grad!.mul(2));
      last.weight.grad = source.points(3, 5);
      training.optimizer.step();
      observe(loss.item());
      yield;
    }
    observe(weights(training.model));
  }),

  ...[false, true].map((read) =>
    program(
      `two backwards with retainGraph${read ? ", a read between" : ""}`,
      { kernels: 38, garbage: 384 },
      function* (observe): Generator<void> {
        const training = new Training();
        for (let i = 0; i < STEPS; i++) {
          training.optimizer.zeroGrad();
          const loss = training.loss();
          loss.backward(undefined, { retainGraph: true });
          if (read) observe(training.model.first.weight.grad!.toArray());
          loss.backward();
          training.optimizer.step();
          observe(loss.item());
          yield;
        }
        observe(weights(training.model));
      },
    )
  ),

  program(
    "a second backward without retainGraph throws",
    { kernels: 24, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      const again = (loss: Tensor): boolean => {
        try {
          loss.backward();
          return true;
        } catch (error) {
          if (error instanceof GradientError) return false;
          throw error;
        }
      };
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        observe(again(loss));
        training.optimizer.step();
        observe(again(loss), loss.item());
        yield;
      }
    },
  ),

  program(
    "two losses over one trunk, a backward each",
    { kernels: 32, garbage: 448 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model, source, optimizer } = training;
      for (let i = 0; i < STEPS; i++) {
        optimizer.zeroGrad();
        const hidden = model.hidden(source.points());
        const size = hidden.square().mean(),
          fit = nn.crossEntropy(model.last.forward(hidden), source.labels());
        size.backward(undefined, { retainGraph: true });
        fit.backward();
        optimizer.step();
        observe(fit.item(), size.item());
        yield;
      }
      observe(weights(model));
    },
  ),

  program(
    "gradients of parameters that no optimizer has",
    { kernels: 24, garbage: 640 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model } = training, optimizer = sgd(model.last.parameters());
      for (let i = 0; i < STEPS; i++) {
        optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        optimizer.step();
        observe(loss.item());
        yield;
      }
      observe(model.first.weight.grad!.toArray(), weights(model));
    },
  ),

  program("gradients of inputs", { kernels: 34, garbage: 576 }, function* (observe): Generator<void> {
    const training = new Training();
    const { model, source } = training;
    for (let i = 0; i < STEPS; i++) {
      const x = source.points(6, 4, { requiresGrad: true });
      training.minimize(nn.crossEntropy(model.forward(x), source.labels()));
      observe(x.grad!.toArray());
      const total = model.forward(x).sum();
      observe(gradients(total, [x]).map((slope) => slope.toArray()), total.item());
      yield;
    }
  }),

  program("a penalty on gradients", { kernels: 44, garbage: 384 }, function* (observe): Generator<void> {
    const training = new Training();
    const { model, source } = training;
    for (let i = 0; i < STEPS; i++) {
      const x = source.points(6, 4, { requiresGrad: true });
      const loss = nn.crossEntropy(model.forward(x), source.labels());
      const [slope] = gradients(loss, [x], { createGraph: true });
      const total = loss.add(slope!.square().sum());
      training.minimize(total);
      observe(total.item());
      yield;
    }
    observe(weights(model));
  }),

  program(
    "an inner loop with second derivatives",
    { kernels: 231, garbage: 1920 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        const one = adaptedLoss(training), other = adaptedLoss(training);
        if (i % 3 === 1) observe(one.item());
        const total = one.add(other);
        training.minimize(total);
        observe(total.item());
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "an exception of the user between backward and step",
    { kernels: 24, garbage: 320 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.zeroGrad();
        const loss = training.loss();
        loss.backward();
        try {
          if (i % 7 === 3) throw new RangeError("user");
          training.optimizer.step();
          observe(loss.item());
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "gradient descent by assign, accuracies kept",
    { kernels: 29, garbage: 832, nodes: 1, bytes: 4 },
    function* (observe): Generator<void> {
      const { model, source } = new Training(), accuracies: Tensor[] = [];
      for (let i = 0; i < STEPS; i++) {
        model.zeroGrad();
        const [x, y] = [source.points(), source.labels()];
        const logits = model.forward(x), loss = nn.crossEntropy(logits, y);
        loss.backward();
        accuracies.push(accuracy(logits, y));
        descend(model);
        observe(loss.item());
        yield;
      }
      observe(accuracies.map((value) => value.item()), weights(model));
    },
  ),

  program(
    "gradient descent by assign, nothing read until the end",
    { kernels: 0, garbage: 192, nodes: 89, bytes: 120 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < 60; i++) {
        training.model.zeroGrad();
        training.loss().backward();
        descend(training.model);
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "the backward of a loss that is two assignments old",
    { kernels: 35, garbage: 768 },
    function* (observe): Generator<void> {
      const { model, source } = new Training();
      const parameters = model.parameters();
      const shrink = (factor: number): void =>
        noGrad(() => parameters.forEach((parameter) => parameter.assign(parameter.mul(factor))));
      for (let i = 0; i < 12; i++) {
        model.zeroGrad();
        const loss = nn.crossEntropy(model.forward(source.points()), source.labels());
        loss.item();
        shrink(0.99);
        evaluate(...parameters);
        shrink(0.98);
        loss.backward();
        const gradient = model.first.weight.grad!;
        evaluate(...parameters, gradient);
        observe(gradient.toArray(), weights(model));
        yield;
      }
    },
  ),

  program(
    "gradients held over zeroGrad",
    { kernels: 29, garbage: 896 },
    function* (observe): Generator<void> {
      const training = new Training();
      let mean = zeros([5, 4]), last: Tensor | null = null;
      for (let i = 0; i < STEPS; i++) {
        training.minimize(training.loss());
        const gradient = training.model.first.weight.grad!;
        mean = noGrad(() => mean.mul(0.9).add(gradient.mul(0.1)));
        if (last !== null) observe(norm(last).item());
        last = gradient;
        yield;
      }
      observe(mean.toArray());
    },
  ),
];

/** One step of gradient descent without an optimizer. */
function descend(model: Mlp): void {
  noGrad(() => {
    for (const parameter of model.parameters()) parameter.assign(parameter.sub(parameter.grad!.mul(0.1)));
  });
}
