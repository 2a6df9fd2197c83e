/**
 * Programs with more than one model or optimizer, and with evaluation beside training.
 *
 * @module
 */
import { nn, noGrad, optim } from "@tensaur/tensaur";
import { accuracy, FEATURES, Mlp, sgd, Source, Training, weights } from "./data.ts";
import { type Program, program } from "./program.ts";

const STEPS = 24;

/** A generator and a discriminator with an optimizer each. */
class Rivals {
  readonly source = new Source();
  readonly generator = new Mlp(FEATURES, FEATURES);
  readonly discriminator = new Mlp();
  readonly generatorOptimizer: optim.Optimizer;
  readonly discriminatorOptimizer: optim.Optimizer;

  constructor(makeOptimizer: (parameters: nn.Parameter[]) => optim.Optimizer) {
    this.generatorOptimizer = makeOptimizer(this.generator.parameters());
    this.discriminatorOptimizer = makeOptimizer(this.discriminator.parameters());
  }
}

/** The programs. */
export const modelPrograms: readonly Program[] = [
  ...["descent", "Adam"].map((name) =>
    program(
      `rivals that step in turn, ${name}`,
      { kernels: 88, garbage: 2880 },
      function* (observe): Generator<void> {
        const rivals = new Rivals((p) => name === "Adam" ? new optim.Adam(p, { lr: 0.02 }) : sgd(p, 0.02));
        const { source, generator, discriminator, generatorOptimizer, discriminatorOptimizer } = rivals;
        for (let i = 0; i < STEPS; i++) {
          const y = source.labels(), fake = generator.forward(source.points());
          discriminatorOptimizer.zeroGrad();
          const real = nn.crossEntropy(discriminator.forward(source.points()), y);
          const criticism = real.add(nn.crossEntropy(discriminator.forward(fake.detach()), y));
          criticism.backward();
          discriminatorOptimizer.step();
          generatorOptimizer.zeroGrad();
          const deceit = nn.crossEntropy(discriminator.forward(fake), y);
          deceit.backward();
          generatorOptimizer.step();
          observe(deceit.item(), criticism.item());
          yield;
        }
        observe(weights(generator), weights(discriminator));
      },
    )
  ),

  program(
    "rivals, both backwards before both steps",
    { kernels: 90, garbage: 3456 },
    function* (observe): Generator<void> {
      const { source, generator, discriminator, generatorOptimizer, discriminatorOptimizer } = new Rivals((
        p,
      ) => sgd(p, 0.02));
      for (let i = 0; i < STEPS; i++) {
        const y = source.labels(), fake = generator.forward(source.points());
        generatorOptimizer.zeroGrad();
        const real = nn.crossEntropy(discriminator.forward(source.points()), y);
        const criticism = real.add(nn.crossEntropy(discriminator.forward(fake.detach()), y));
        const deceit = nn.crossEntropy(discriminator.forward(fake), y);
        deceit.backward();
        discriminatorOptimizer.zeroGrad();
        criticism.backward();
        discriminatorOptimizer.step();
        generatorOptimizer.step();
        observe(criticism.item(), deceit.item());
        yield;
      }
      observe(weights(generator), weights(discriminator));
    },
  ),

  ...[true, false].map((plain) =>
    program(`evaluation in the middle of an epoch${plain ? "" : ", gradients recorded"}`, {
      kernels: 27,
      garbage: 448,
    }, function* (observe): Generator<void> {
      const training = new Training();
      const { model, optimizer } = training;
      const [x, y] = training.batch(8);
      const evaluate = (): void => {
        const logits = model.forward(x);
        observe(nn.crossEntropy(logits, y).item(), accuracy(logits, y).item());
      };
      for (let i = 0; i < 40; i++) {
        optimizer.zeroGrad();
        training.loss().backward();
        if (i % 5 === 2) plain ? noGrad(evaluate) : evaluate();
        optimizer.step();
        yield;
      }
      observe(weights(model));
    })
  ),

  program(
    "two models that share a layer",
    { kernels: 53, garbage: 1216 },
    function* (observe): Generator<void> {
      const one = new Training(sgd), shared = new Mlp();
      Object.assign(shared, { second: one.model.second });
      const other = new Training(sgd, shared);
      for (let i = 0; i < STEPS; i++) {
        const [x, y] = one.batch();
        one.optimizer.zeroGrad();
        other.optimizer.zeroGrad();
        const first = nn.crossEntropy(one.model.forward(x), y),
          second = nn.crossEntropy(other.model.forward(x), y);
        first.backward();
        one.optimizer.step();
        const logits = other.model.forward(x);
        second.backward();
        other.optimizer.step();
        observe(second.item(), first.item(), logits.toArray());
        yield;
      }
      observe(weights(one.model), weights(other.model));
    },
  ),

  program(
    "an optimizer that steps every fourth time",
    { kernels: 25, garbage: 384 },
    function* (observe): Generator<void> {
      const training = new Training();
      const { model } = training;
      const often = sgd([...model.first.parameters(), ...model.second.parameters()], 0.05);
      const seldom = sgd(model.last.parameters(), 0.02);
      for (let i = 0; i < 40; i++) {
        often.zeroGrad();
        const loss = training.loss();
        loss.backward();
        often.step();
        if (i % 4 === 3) {
          seldom.step();
          seldom.zeroGrad();
        }
        observe(loss.item());
        yield;
      }
      observe(weights(model));
    },
  ),

  program("two models in turn", { kernels: 50, garbage: 1024 }, function* (observe): Generator<void> {
    const one = new Training(), other = new Training((p) => new optim.Adam(p, { lr: 0.01 }));
    for (let i = 0; i < STEPS; i++) {
      const loss = one.loss(), otherLoss = other.loss();
      one.optimizer.zeroGrad();
      other.optimizer.zeroGrad();
      otherLoss.backward();
      loss.backward();
      one.optimizer.step();
      observe(otherLoss.item());
      other.optimizer.step();
      observe(loss.item());
      yield;
    }
    observe(weights(one.model), weights(other.model));
  }),
];
