/**
 * The course's `run_fast_tensor`: mini-batches of 10 through a network of 100 hidden units, on kernels.
 */
// deno-lint-ignore-file no-console
import { datasets, Module, Parameter, rand, SGD, type Tensor, tensor } from "@tensaur/tensaur/minitorch";

const [EPOCHS, HIDDEN, RATE, BATCH] = [500, 100, 0.05, 10];

class Linear extends Module {
  weights: Parameter<Tensor>;
  bias: Parameter<Tensor>;

  constructor(inputs: number, outputs: number) {
    super();
    this.weights = new Parameter(rand([inputs, outputs]).sub(0.5));
    this.bias = new Parameter(tensor(new Array<number>(outputs).fill(0.1)));
  }

  override forward(x: Tensor): Tensor {
    return x.matmul(this.weights.value).add(this.bias.value);
  }
}

class Network extends Module {
  layer1 = new Linear(2, HIDDEN);
  layer2 = new Linear(HIDDEN, HIDDEN);
  layer3 = new Linear(HIDDEN, 1);

  override forward(x: Tensor): Tensor {
    const middle = this.layer2.forward(this.layer1.forward(x).relu()).relu();
    return this.layer3.forward(middle).sigmoid();
  }
}

/** The probability that the network gives to each point's own class. */
function probabilities(network: Network, X: readonly (readonly number[])[], y: readonly number[]): Tensor {
  const out = network.forward(tensor(X)), labels = tensor(y).view(y.length, 1);
  return out.mul(labels).add(out.sub(1).mul(labels.sub(1)));
}

const name = (Deno.args[0] ?? "Simple") as keyof typeof datasets, { N, X, y } = datasets[name](50);
const network = new Network(), sgd = new SGD(network.parameters(), RATE), started = performance.now();
for (let epoch = 0; epoch <= EPOCHS; epoch++) {
  const order = X.map((_, i) => [Math.random(), i] as const).sort(([a], [b]) => a - b).map(([, i]) => i);
  let total = 0;
  for (let first = 0; first < N; first += BATCH) {
    const batch = order.slice(first, first + BATCH);
    const loss = probabilities(network, batch.map((i) => X[i]!), batch.map((i) => y[i]!)).log().neg();
    sgd.zeroGrad();
    loss.mean().backward();
    sgd.step();
    total += loss.sum().item();
  }
  if (epoch % 10 !== 0) continue;
  const correct = probabilities(network, X, y).gt(0.5).sum().item();
  console.log(`Epoch  ${epoch}  loss  ${total.toFixed(4)}  correct  ${correct}`);
}
console.log(`${((performance.now() - started) / (EPOCHS + 1)).toFixed(2)} ms per epoch`);
