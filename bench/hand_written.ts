/**
 * The course's training step as one would write it by hand over typed arrays: loops, and every array made once.
 * It is what `bench:train` compares the library with, and what its loss is checked by.
 *
 * @module
 */

/** A layer's numbers and what is kept of them between forward and backward. */
class Dense {
  readonly output: Float32Array;
  /** The gradient of the output; after `backward`, it has been used up. */
  readonly gradient: Float32Array;
  readonly #weightGradient: Float32Array;
  readonly #biasGradient: Float32Array;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    batch: number,
    /** One row of `inputs` numbers for each output. */
    readonly weight: Float32Array,
    readonly bias: Float32Array,
  ) {
    this.output = new Float32Array(batch * outputs);
    this.gradient = new Float32Array(batch * outputs);
    this.#weightGradient = new Float32Array(outputs * inputs);
    this.#biasGradient = new Float32Array(outputs);
  }

  forward(x: Float32Array, rows: number): void {
    const { inputs, outputs, weight, bias, output } = this;
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o]!;
        for (let i = 0; i < inputs; i++) sum += x[r * inputs + i]! * weight[o * inputs + i]!;
        output[r * outputs + o] = sum;
      }
    }
  }

  /** Finds the gradients of weight and bias and, where it is asked for, of the input. */
  backward(x: Float32Array, rows: number, inputGradient: Float32Array | undefined): void {
    const { inputs, outputs, weight, gradient } = this;
    const weightGradient = this.#weightGradient.fill(0);
    const biasGradient = this.#biasGradient.fill(0);
    inputGradient?.fill(0);
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        const g = gradient[r * outputs + o]!;
        biasGradient[o]! += g;
        for (let i = 0; i < inputs; i++) weightGradient[o * inputs + i]! += g * x[r * inputs + i]!;
        if (inputGradient === undefined) continue;
        for (let i = 0; i < inputs; i++) inputGradient[r * inputs + i]! += g * weight[o * inputs + i]!;
      }
    }
  }

  update(rate: number): void {
    for (let i = 0; i < this.weight.length; i++) this.weight[i]! -= rate * this.#weightGradient[i]!;
    for (let i = 0; i < this.bias.length; i++) this.bias[i]! -= rate * this.#biasGradient[i]!;
  }
}

function relu(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.max(0, values[i]!);
}

function reluBackward(values: Float32Array, gradient: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (values[i]! <= 0) gradient[i] = 0;
}

/** The network 2 → hidden → hidden → 1 and its training by gradient descent. */
export class HandWrittenNetwork {
  readonly #first: Dense;
  readonly #second: Dense;
  readonly #third: Dense;
  readonly #rate: number;

  /** Takes copies of the parameters: weight and bias of each layer, a weight having a row for each output. */
  constructor(parameters: readonly Float32Array[], hidden: number, batch: number, rate: number) {
    const copies = parameters.map((parameter) => parameter.slice());
    const [w1, b1, w2, b2, w3, b3] = copies as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    this.#first = new Dense(2, hidden, batch, w1, b1);
    this.#second = new Dense(hidden, hidden, batch, w2, b2);
    this.#third = new Dense(hidden, 1, batch, w3, b3);
    this.#rate = rate;
  }

  /** One step on a batch of points and their labels; the mean loss. */
  step(x: Float32Array, y: Float32Array): number {
    const rows = y.length;
    const [first, second, third] = [this.#first, this.#second, this.#third];
    first.forward(x, rows);
    relu(first.output);
    second.forward(first.output, rows);
    relu(second.output);
    third.forward(second.output, rows);

    let loss = 0;
    for (let r = 0; r < rows; r++) {
      const o = 1 / (1 + Math.exp(-third.output[r]!));
      const p = o * y[r]! + (o - 1) * (y[r]! - 1);
      loss -= Math.log(p) / rows;
      third.gradient[r] = -(2 * y[r]! - 1) / p / rows * o * (1 - o);
    }

    third.backward(second.output, rows, second.gradient);
    reluBackward(second.output, second.gradient);
    second.backward(first.output, rows, first.gradient);
    reluBackward(first.output, first.gradient);
    first.backward(x, rows, undefined);
    first.update(this.#rate);
    second.update(this.#rate);
    third.update(this.#rate);
    return loss;
  }
}
