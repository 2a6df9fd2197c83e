/**
 * The course's `run_tensor`: 50 points at once, on loops or kernels; products of matrices are zips and sums.
 */
// deno-lint-ignore-file no-console
import {
  datasets,
  FastBackend,
  Module,
  Parameter,
  rand,
  SGD,
  SimpleBackend,
  type Tensor,
  tensor,
} from "@tensaur/tensaur/minitorch";

const [EPOCHS, HIDDEN, RATE] = [500, 10, 0.5];
const backend = Deno.args.includes("fast") ? FastBackend : SimpleBackend;

class Linear extends Module {
  weights: Parameter<Tensor>;
  bias: Parameter<Tensor>;

  constructor(inputs: number, outputs: number) {
    super();
    this.weights = new Parameter(rand([inputs, outputs], { backend }).sub(0.5).mul(2));
    this.bias = new Parameter(rand([outputs], { backend }).sub(0.5).mul(2));
  }

  override forward(x: Tensor): Tensor {
    const [points, inputs] = x.shape as [number, number], outputs = this.bias.value.size;
    const products = x.contiguous().view(points, inputs, 1).mul(this.weights.value.view(1, inputs, outputs));
    return products.sum(1).view(points, outputs).add(this.bias.value);
  }
}

class Network extends Module {
  layer1 = new Linear(2, HIDDEN);
  layer2 = new Linear(HIDDEN, HIDDEN);
  layer3 = new Linear(HIDDEN, 1);

  override forward(x: Tensor): Tensor {
    return this.layer3.forward(this.layer2.forward(this.layer1.forward(x).relu()).relu()).sigmoid();
  }
}

const { N, X, y } = datasets.Xor(50), points = tensor(X, { backend });
const labels = tensor(y, { backend }).view(N, 1), network = new Network();
const sgd = new SGD(network.parameters(), RATE);
for (let epoch = 0; epoch <= EPOCHS; epoch++) {
  const out = network.forward(points), right = out.mul(labels).add(out.sub(1).mul(labels.sub(1)));
  const loss = right.log().neg().sum(), correct = right.gt(0.5).sum();
  sgd.zeroGrad();
  loss.div(N).backward();
  sgd.step();
  if (epoch % 10 === 0) {
    console.log(`Epoch  ${epoch}  loss  ${loss.item().toFixed(4)}  correct  ${correct.item()}`);
  }
}
