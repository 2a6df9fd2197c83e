/**
 * Programs with state beside the weights: averages, running statistics, carried states, state dicts, moments.
 *
 * @module
 */
import { Buffer, nn, noGrad, ones, optim, type Tensor, tensor, zeros } from "@tensaur/tensaur";
import { HIDDEN, Mlp, sgd, Source, Training, weights } from "./data.ts";
import { type Limits, type Observe, type Program, program, unlessStale } from "./program.ts";

const STEPS = 24;

/** A model whose hidden activations are normalised, with running statistics for evaluation. */
class NormedMlp extends Mlp {
  readonly mean: Buffer = this.registerBuffer("mean", zeros([HIDDEN]));
  readonly variance: Buffer = this.registerBuffer("variance", ones([HIDDEN]));

  override forward(x: Tensor): Tensor {
    const hidden = this.hidden(x);
    if (!this.training) return this.last.forward(this.normed(hidden, this.mean, this.variance));
    const mean = hidden.mean(0), variance = hidden.sub(mean).square().mean(0);
    noGrad(() => {
      this.mean.assign(this.mean.mul(0.9).add(mean.detach().mul(0.1)));
      this.variance.assign(this.variance.mul(0.9).add(variance.detach().mul(0.1)));
    });
    return this.last.forward(this.normed(hidden, mean, variance));
  }

  normed(x: Tensor, mean: Tensor, variance: Tensor): Tensor {
    return x.sub(mean).div(variance.add(1e-5).sqrt());
  }
}

/** Training with running statistics, evaluated now and then. */
function* normedTraining(observe: Observe, microBatches: number): Generator<void> {
  const source = new Source(), model = new NormedMlp(), optimizer = sgd(model.parameters());
  for (let i = 0; i < 36; i++) {
    optimizer.zeroGrad();
    let loss = tensor(0);
    for (let k = 0; k < microBatches; k++) {
      loss = nn.crossEntropy(model.forward(source.points()), source.labels());
      loss.backward();
    }
    optimizer.step();
    observe(loss.item());
    if (i % 6 === 5) {
      observe(noGrad(() => model.eval().forward(source.points()).sum()).item(), model.mean.toArray());
      model.train();
    }
    yield;
  }
}

/** How a carried state is cut off from the graph of the steps before. */
type Cut = "before step" | "after step" | "never, and no backward";

/** A recurrent net whose state is carried over the steps. */
function recurrent(cut: Cut, limits: Partial<Limits> & Pick<Limits, "kernels" | "garbage">): Program {
  return program(`a carried state, detached ${cut}`, limits, function* (observe): Generator<void> {
    const source = new Source();
    const recur = source.parameter(5, 5), read = source.parameter(3, 5), out = source.parameter(5, 2);
    const optimizer = sgd([recur, read, out], 0.05);
    let state = source.points(2, 5);
    for (let i = 0; i < STEPS; i++) {
      optimizer.zeroGrad();
      let loss = tensor(0);
      for (let t = 0; t < 4; t++) {
        state = state.matmul(recur).add(source.points(2, 3).matmul(read)).tanh();
        loss = loss.add(state.matmul(out).square().sum());
      }
      if (cut !== "never, and no backward") loss.backward();
      if (cut === "before step") state = state.detach();
      optimizer.step();
      if (cut === "after step") state = state.detach();
      observe(loss.item());
      yield;
    }
    observe(state.toArray());
  });
}

/** Training with another optimizer or model; the loss is read each step. */
function trainingWith(
  name: string,
  limits: Partial<Limits> & Pick<Limits, "kernels" | "garbage">,
  make: () => Training,
): Program {
  return program(name, limits, function* (observe): Generator<void> {
    const training = make();
    for (let i = 0; i < STEPS; i++) {
      const loss = training.loss();
      training.minimize(loss);
      observe(loss.item());
      yield;
    }
    observe(weights(training.model));
  });
}

/** A model that drops a part of its hidden activations. */
class DroppingMlp extends Mlp {
  readonly dropout = new nn.Dropout(0.3);

  override hidden(x: Tensor): Tensor {
    return this.dropout.forward(super.hidden(x));
  }
}

/** The programs. */
export const statePrograms: readonly Program[] = [
  ...[0, 10].map((every) =>
    program(`an average of the weights, read ${every === 0 ? "at the end" : "every ten steps"}`, {
      kernels: 30,
      garbage: 768,
    }, function* (observe): Generator<void> {
      const training = new Training();
      let averages: Tensor[] = training.model.parameters().map((parameter) => parameter.detach());
      for (let i = 0; i < 60; i++) {
        training.minimize(training.loss());
        averages = noGrad(() =>
          training.model.parameters().map((parameter, j) => averages[j]!.mul(0.9).add(parameter.mul(0.1)))
        );
        if (i % every === 9) observe(averages[2]!.toArray());
        yield;
      }
      observe(averages.map((average) => average.toArray()));
    })
  ),

  program(
    "an average of the weights in buffers",
    { kernels: 30, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      const parameters = training.model.parameters();
      const averages = parameters.map((parameter) => new Buffer(zeros(parameter.shape)));
      for (let i = 0; i < 40; i++) {
        training.minimize(training.loss());
        noGrad(() =>
          averages.forEach((average, j) => average.assign(average.mul(0.9).add(parameters[j]!.mul(0.1))))
        );
        yield;
      }
      observe(averages.map((average) => average.toArray()));
    },
  ),

  program("running statistics", { kernels: 37, garbage: 384 }, (observe) => normedTraining(observe, 1)),

  program(
    "running statistics over four micro-batches",
    { kernels: 140, garbage: 1152 },
    (observe) => normedTraining(observe, 4),
  ),

  program(
    "running statistics without training",
    { kernels: 9, garbage: 256 },
    function* (observe): Generator<void> {
      const source = new Source(), model = new NormedMlp();
      for (let i = 0; i < STEPS; i++) {
        noGrad(() => model.forward(source.points()));
        observe(model.mean.toArray(), model.variance.toArray());
        yield;
      }
    },
  ),

  program(
    "running statistics, outputs kept in an array",
    { kernels: 16, garbage: 448, nodes: 1, bytes: 4 },
    function* (observe): Generator<void> {
      const source = new Source(), model = new NormedMlp(), outputs: Tensor[] = [];
      for (let i = 0; i < STEPS; i++) {
        outputs.push(noGrad(() => model.eval().forward(source.points()).sum()));
        noGrad(() => model.train().forward(source.points()));
        observe(model.mean.toArray());
        yield;
      }
      observe(outputs.map((output) => output.item()));
    },
  ),

  recurrent("before step", { kernels: 38, garbage: 448 }),
  recurrent("after step", { kernels: 38, garbage: 448 }),
  recurrent("never, and no backward", { kernels: 18, garbage: 896, nodes: 20, bytes: 256 }),

  program(
    "a state dict loaded while graphs are pending",
    { kernels: 39, garbage: 2176, stale: 1 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model, source } = training;
      const one = model.stateDict(), other = new Mlp().stateDict();
      for (let i = 0; i < STEPS; i++) {
        const logits = model.forward(source.points()), loss = nn.crossEntropy(logits, source.labels());
        model.loadStateDict(other);
        const second = model.forward(source.points());
        model.loadStateDict(one);
        const third = model.forward(source.points());
        model.loadStateDict(other);
        if (i % 2 === 1) {
          observe(model.first.weight.toArray());
          model.loadStateDict(one);
          observe(model.first.bias!.toArray());
        }
        observe(third.toArray(), loss.item(), second.toArray());
        // After two loads that were read, the old loss's backward would find its weights gone.
        training.minimize(i % 2 === 1 ? training.loss() : loss);
        observe(unlessStale(() => logits.toArray()), model.first.weight.toArray());
        yield;
      }
      observe(Object.values(one).map((value) => value.data), Object.values(other).map((value) => value.data));
    },
  ),

  program(
    "a learning rate that changes every step",
    { kernels: 24, garbage: 256 },
    function* (observe): Generator<void> {
      const training = new Training();
      for (let i = 0; i < STEPS; i++) {
        training.optimizer.lr = 0.2 / (i + 1);
        training.minimize(training.loss());
        yield;
      }
      observe(weights(training.model));
    },
  ),

  program(
    "the best weights so far, loaded at the end",
    { kernels: 34, garbage: 576 },
    function* (observe): Generator<void> {
      const training = new Training(), [x, y] = training.batch(8);
      let best = Infinity, dict: nn.StateDict = {};
      for (let i = 0; i < 40; i++) {
        training.minimize(training.loss());
        const loss = noGrad(() => nn.crossEntropy(training.model.forward(x), y)).item();
        if (loss < best) [best, dict] = [loss, training.model.stateDict()];
        observe(loss);
        yield;
      }
      training.model.loadStateDict(dict);
      observe(nn.crossEntropy(training.model.forward(x), y).item(), best, weights(training.model));
    },
  ),

  program("tied weights", { kernels: 21, garbage: 256 }, function* (observe): Generator<void> {
    const source = new Source();
    const embed = source.parameter(4, 5), mix = source.parameter(5, 5), optimizer = sgd([embed, mix]);
    for (let i = 0; i < STEPS; i++) {
      optimizer.zeroGrad();
      const logits = source.points().matmul(embed).tanh().matmul(mix).tanh().matmul(embed.mT());
      const loss = nn.crossEntropy(logits, source.labels(6, 4));
      loss.backward();
      optimizer.step();
      observe(loss.item());
      yield;
    }
    observe(embed.toArray());
  }),

  trainingWith(
    "Adam",
    { kernels: 24, garbage: 256 },
    () => new Training((p) => new optim.Adam(p, { lr: 0.01 })),
  ),
  trainingWith(
    "momentum and weight decay",
    { kernels: 24, garbage: 256 },
    () => new Training((p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, weightDecay: 0.01 })),
  ),
  trainingWith("dropout", { kernels: 24, garbage: 256 }, () => new Training(sgd, new DroppingMlp())),
];
