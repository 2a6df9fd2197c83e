/**
 * The course's `run_scalar`: a network of scalars on 50 points, one number at a time.
 */
// deno-lint-ignore-file no-console
import { datasets, Module, Parameter, Scalar, SGD } from "@tensaur/tensaur/minitorch";

const [EPOCHS, HIDDEN, RATE] = [100, 3, 0.5];

/** A weight or a bias, uniform in [-1, 1). */
function start(): Parameter<Scalar> {
  return new Parameter(new Scalar(2 * (Math.random() - 0.5)));
}

class Linear extends Module {
  readonly biases: Parameter<Scalar>[];
  readonly weights: Parameter<Scalar>[][];

  constructor(inputs: number, outputs: number) {
    super();
    this.biases = Array.from({ length: outputs }, (_, j) => this.addParameter(`bias${j}`, start().value));
    this.weights = this.biases.map((_, j) =>
      Array.from({ length: inputs }, (_, i) => this.addParameter(`weight${i}_${j}`, start().value))
    );
  }

  override forward(...inputs: Scalar[]): Scalar[] {
    return this.weights.map((row, j) =>
      row.reduce((sum, weight, i) => sum.add(inputs[i]!.mul(weight.value)), this.biases[j]!.value)
    );
  }
}

class Network extends Module {
  layer1 = new Linear(2, HIDDEN);
  layer2 = new Linear(HIDDEN, HIDDEN);
  layer3 = new Linear(HIDDEN, 1);

  override forward(...point: Scalar[]): Scalar {
    const middle = this.layer1.forward(...point).map((h) => h.relu());
    return this.layer3.forward(...this.layer2.forward(...middle).map((h) => h.relu()))[0]!.sigmoid();
  }
}

const { N, X, y } = datasets.Simple(50), network = new Network(), sgd = new SGD(network.parameters(), RATE);
for (let epoch = 0; epoch <= EPOCHS; epoch++) {
  let loss = 0, correct = 0;
  sgd.zeroGrad();
  X.forEach((point, i) => {
    const [x1, x2] = point.map((x) => new Scalar(x, { history: null }));
    const out = network.forward(x1!, x2!), probability = y[i] === 1 ? out : out.neg().add(1);
    const error = probability.log().neg();
    error.div(N).backward();
    loss += error.data;
    if ((out.data > 0.5) === (y[i] === 1)) correct++;
  });
  sgd.step();
  if (epoch % 10 === 0) console.log(`Epoch  ${epoch}  loss  ${loss.toFixed(4)}  correct  ${correct}`);
}
