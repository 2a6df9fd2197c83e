/**
 * Errors in the middle of a step: afterwards everything is as before, and the next step as if it had not been.
 */
import { assertEquals, assertThrows } from "@std/assert";
import {
  type Buffer,
  evaluate,
  IndexError,
  nn,
  noGrad,
  optim,
  rand,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "@tensaur/tensaur";
import { recording } from "../src/graph/pending.ts";
import { openBackwards, openLosses, takeAllPending } from "../src/graph/sinks.ts";
import { accuracy, FEATURES, Mlp, ROWS, sgd, Source, Training, weights } from "./oracle/data.ts";
import { FailingPlans, InjectedFailure } from "./oracle/failure.ts";
import { inMode } from "./oracle/run.ts";

/** A model that counts in its forward, as running statistics do. */
class CountingMlp extends Mlp {
  readonly total: Buffer = this.registerBuffer("total", zeros([]));

  override forward(x: Tensor): Tensor {
    const logits = super.forward(x);
    noGrad(() => this.total.assign(this.total.add(logits.detach().sum())));
    return logits;
  }
}

/** What goes wrong in the middle of some steps. It must draw from a source of its own. */
type Incident = (training: Training) => void;

/** The losses, the weights and the count of a training with an incident before some of its steps. */
async function train(incident: Incident, makeOptimizer = adam): Promise<unknown> {
  return await inMode(false, () => {
    const training = new Training(makeOptimizer, new CountingMlp()), losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      if (i === 1 || i % 4 === 2) incident(training);
      const loss = training.loss();
      training.minimize(loss);
      losses.push(loss.item());
    }
    assertEquals([recording.gradients, recording.made], [true, null]);
    assertEquals([takeAllPending().length, openLosses.size, openBackwards.size], [0, 0, 0]);
    return [losses, weights(training.model), training.model.buffers().map((buffer) => buffer.item())];
  });
}

function adam(parameters: Iterable<nn.Parameter>): optim.Optimizer {
  return new optim.Adam(parameters, { lr: 0.01 });
}

/** A batch whose first sample is picked by an index that does not exist; the kernel finds out. */
function badBatch(): Tensor {
  const index = tensor(new Int32Array(ROWS * FEATURES).fill(99)).reshape([ROWS, FEATURES]);
  return new Source(3).points().gather(0, index);
}

const badLabels = (): Tensor => tensor(new Int32Array(ROWS).fill(99));
const goodLabels = (): Tensor => new Source(4).labels();

/** What must leave no trace, by what it is. */
const INCIDENTS: Readonly<Record<string, Incident>> = {
  "an exception of the user in noGrad and scope": ({ optimizer }) => {
    const fail = (): never => {
      optimizer.zeroGrad();
      tensor([1]).add(1).item();
      throw new RangeError("user");
    };
    assertThrows(() => noGrad(fail), RangeError);
    assertThrows(() => scope(fail), RangeError);
    assertThrows(() => noGrad(() => scope(fail)), RangeError);
    assertThrows(() => scope(() => noGrad(fail)), RangeError);
  },

  "a kernel that fails when a loss is read": ({ model }) => {
    const loss = nn.crossEntropy(model.forward(badBatch()), goodLabels());
    assertThrows(() => loss.item(), IndexError, "99");
    assertThrows(() => loss.item(), IndexError, "99");
  },

  "a kernel that fails when a loss is read after backward": ({ model }) => {
    const loss = nn.crossEntropy(model.forward(badBatch()), badLabels());
    loss.backward();
    assertThrows(() => loss.item(), IndexError, "99");
  },

  "a kernel that fails when a metric is read in noGrad": ({ model }) => {
    assertThrows(
      () => noGrad(() => accuracy(model.forward(badBatch()), goodLabels()).item()),
      IndexError,
      "99",
    );
  },

  "a kernel that fails in a scope": ({ model }) => {
    assertThrows(() => scope(() => model.forward(badBatch()).sum().item()), IndexError, "99");
    assertThrows(() => scope(() => model.forward(badBatch()).sum()), IndexError, "99");
  },

  "a kernel that fails in step()": ({ model, optimizer }) => {
    optimizer.zeroGrad();
    nn.crossEntropy(model.forward(badBatch()), goodLabels()).backward();
    assertThrows(() => optimizer.step(), IndexError, "99");
  },

  "a kernel that fails in a second step(), the gradients being the same": ({ model, optimizer }) => {
    optimizer.zeroGrad();
    nn.crossEntropy(model.forward(badBatch()), badLabels()).backward();
    assertThrows(() => optimizer.step(), IndexError, "99");
    assertThrows(() => optimizer.step(), IndexError, "99");
  },

  "a result that nobody reads and no kernel can make": ({ model, optimizer }) => {
    noGrad(() => Mlp.prototype.forward.call(model, badBatch()).sum());
    optimizer.zeroGrad();
    model.first.weight.sum().mul(0).backward();
    assertThrows(() => optimizer.step(), IndexError, "99");
  },
};

for (const [name, incident] of Object.entries(INCIDENTS)) {
  for (const makeOptimizer of [sgd, adam]) {
    Deno.test(`${name} leaves no trace (${makeOptimizer.name})`, async () => {
      assertEquals(await train(incident, makeOptimizer), await train(() => {}, makeOptimizer));
    });
  }
}

for (const device of ["cpu", "reference"] as const) {
  Deno.test(`${device}: after a read that failed, what still waits fails nobody but its reader`, () => {
    const { maxBytes } = recording;
    recording.maxBytes = 1000;
    try {
      const x = rand([16, 16], { device }), given = new Array(16).fill(new Array(16).fill(99));
      evaluate(x);
      const picked = x.gather(0, tensor(given, { dtype: "int32", device })),
        waiting = picked.exp(),
        other = x.sub(1);
      assertThrows(() => picked.mul(2).toArray(), IndexError, "99");
      const sums = Array.from({ length: 4 }, (_, i) => x.mul(i));
      assertEquals(sums.map((sum) => sum.sum().item()), [0, 1, 2, 3].map((i) => x.mul(i).sum().item()));
      assertThrows(() => waiting.toArray(), IndexError, "99");
      assertThrows(() => waiting.toArray(), IndexError, "99");
      assertEquals(other.add(1).shape, [16, 16]);
      takeAllPending();
      assertEquals(recording.bytes, 0);
    } finally {
      recording.maxBytes = maxBytes;
    }
  });

  Deno.test(`${device}: too much that waits and fails, unasked, fails its readers; a lost assignment is told`, () => {
    const { maxBytes } = recording;
    recording.maxBytes = 4000;
    try {
      const x = rand([16, 16], { device }), given = new Array(16).fill(new Array(16).fill(99));
      evaluate(x);
      const bad = x.gather(0, tensor(given, { dtype: "int32", device }));
      const good = Array.from({ length: 9 }, (_, i) => x.add(i));
      assertThrows(() => bad.toArray(), IndexError, "99");
      good.forEach((y, i) => assertEquals(y.at(3, 4).item(), x.add(i).at(3, 4).item()));
      const cell = new nn.Parameter(zeros([16, 16], { device }));
      assertThrows(
        () => {
          noGrad(() => cell.assign(x.gather(0, tensor(given, { dtype: "int32", device }))));
          for (let i = 0; i < 9; i++) x.add(i);
        },
        IndexError,
        "99",
      );
      assertEquals(cell.sum().item(), 0);
      takeAllPending();
    } finally {
      recording.maxBytes = maxBytes;
    }
  });
}

Deno.test("a step whose plan fails in its last kernel can be taken again", async () => {
  using failing = new FailingPlans();
  const expected = await train(() => {});
  const learned = await inMode(false, () => {
    const training = new Training(adam, new CountingMlp()), losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      training.optimizer.zeroGrad();
      const loss = training.loss(), before = weights(training.model);
      loss.backward();
      if (i % 3 === 1) {
        failing.countdown = 1;
        assertThrows(() => training.optimizer.step(), InjectedFailure);
        assertEquals(weights(training.model), before);
      }
      training.optimizer.step();
      losses.push(loss.item());
    }
    return [losses, weights(training.model), training.model.buffers().map((buffer) => buffer.item())];
  });
  assertEquals(learned, expected);
});
