/**
 * Going through a dataset in batches.
 *
 * @module
 */
import { checkBoolean, checkInteger, checkOptions } from "../arguments.ts";
import { checkDevice } from "../backend/devices.ts";
import { tensor } from "../create.ts";
import { ArgumentError } from "../errors.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { rand } from "../random.ts";
import { describe, type Device } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Generator } from "./generator.ts";
import { type Batch, TensorDataset } from "./tensor_dataset.ts";

/** Options of `DataLoader`. */
export interface DataLoaderOptions {
  /** Samples in a batch (default 1). */
  batchSize?: number;
  /** Whether each epoch has its own random order (default false). */
  shuffle?: boolean;
  /** Whether a last batch that is not full is left out (default false). */
  dropLast?: boolean;
  /** What decides the orders (default: a number drawn from the generator that `manualSeed` seeds). */
  seed?: number;
  /** The device on which batches are given out (default: where the dataset is). */
  device?: Device;
  /**
   * How many batches are put on `device` ahead of the one that is given out (default 1): a GPU copies them beside its
   * work. They are there already, and this changes nothing, if the dataset is, or if its device shares memory with `device`.
   */
  prefetch?: number;
}

/** The names of the options. */
const OPTIONS = ["batchSize", "shuffle", "dropLast", "seed", "device", "prefetch"] as const;

/**
 * The batches of a dataset; iterating goes through one epoch. An epoch is put in order once, and its batches are
 * slices of that, so a training step on each of them runs the same plan.
 *
 * @example
 * ```ts
 * import { arange, data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset = new data.TensorDataset(arange(5), arange(5).mul(10));
 * const loader = new data.DataLoader(dataset, { batchSize: 2 });
 * const batches = Array.from(loader, ([x, y]) => [x.toArray(), y.toArray()]);
 * assertEquals(loader.length, 3);
 * assertEquals(batches, [[[0, 1], [0, 10]], [[2, 3], [20, 30]], [[4], [40]]]);
 * ```
 *
 * @example A dataset of the CPU on a GPU, if there is one: two batches are on their way while a step runs
 * ```ts
 * import { cudaAvailable, data, rand } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const device = cudaAvailable() ? "cuda" : "cpu";
 * const dataset = new data.TensorDataset(rand([100, 8]), rand([100, 1]));
 * for (const [x, y] of new data.DataLoader(dataset, { batchSize: 25, device, prefetch: 2 })) {
 *   assertEquals([x.device, y.shape], [device, [25, 1]]);
 * }
 * ```
 */
export class DataLoader<T extends readonly Tensor[]> implements Iterable<Batch<T>> {
  /** The dataset. */
  readonly dataset: TensorDataset<T>;
  /** Samples in a batch. */
  readonly batchSize: number;
  /** The number of batches of an epoch. */
  readonly length: number;
  readonly #shuffle: boolean;
  readonly #seed: number;
  /** Where batches go; null leaves them where they are. */
  readonly #device: Device | null;
  readonly #prefetch: number;
  /** The samples of an epoch that are in a batch. */
  readonly #samples: number;
  #epochs = 0;

  /**
   * Makes a loader.
   *
   * @param dataset The dataset
   * @param options `batchSize`, `shuffle`, `dropLast`, `seed`, `device`, `prefetch`
   * @throws {DeviceError} If the device cannot be used
   */
  constructor(dataset: TensorDataset<T>, options: DataLoaderOptions = {}) {
    if (!(dataset instanceof TensorDataset)) {
      throw new ArgumentError(`DataLoader takes a TensorDataset, was given ${describe(dataset)}`);
    }
    checkOptions("DataLoader", options, OPTIONS);
    const { batchSize = 1, shuffle = false, dropLast = false, seed = shuffle ? drawSeed() : 0 } = options;
    const { device, prefetch = 1 } = options;
    checkInteger("The batchSize of DataLoader", batchSize, 1);
    checkBoolean("The option shuffle of DataLoader", shuffle);
    checkBoolean("The option dropLast of DataLoader", dropLast);
    checkInteger("The seed of DataLoader", seed, 0);
    checkInteger("The prefetch of DataLoader", prefetch, 0);
    this.#device = device === undefined ? null : checkDevice(device);
    this.#prefetch = prefetch;
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.length = (dropLast ? Math.floor : Math.ceil)(dataset.length / batchSize);
    this.#shuffle = shuffle;
    this.#seed = seed;
    this.#samples = Math.min(this.length * batchSize, dataset.length);
  }

  /**
   * Goes through one epoch.
   *
   * @returns The batches
   */
  *[Symbol.iterator](): IterableIterator<Batch<T>> {
    const tensors = this.#shuffle ? this.#shuffled() : this.dataset.tensors;
    const columns = tensors.map((tensor) => new Rows(tensor)), device = this.#device;
    const isThere = device === null || tensors.every((tensor) => tensor.device === device);
    const ahead: Tensor[][] = [], most = isThere ? 0 : this.#prefetch;
    for (let start = 0, next = 0; start < this.#samples; start += this.batchSize) {
      for (; next < this.#samples && ahead.length <= most; next += this.batchSize) {
        const count = Math.min(this.batchSize, this.#samples - next);
        const batch = columns.map((rows) => rows.at(next, count));
        ahead.push(isThere ? batch : batch.map((tensor) => tensor.to(device!)));
      }
      yield ahead.shift() as unknown as Batch<T>;
    }
  }

  #shuffled(): Tensor[] {
    const count = this.dataset.length;
    const order = new Generator(this.#seed, this.#epochs++ * count).permutation(count);
    const index = tensor(order);
    const shuffled = this.dataset.tensors.map((rows) => takeRows(rows, index));
    evaluateNodes(shuffled);
    return shuffled;
  }
}

/** The rows of a tensor, to be taken batch by batch: slices as `at` would give them, without the checks. */
class Rows {
  readonly #tensor: Tensor;
  readonly #shape: number[];
  readonly #steps: readonly number[];

  constructor(tensor: Tensor) {
    this.#tensor = tensor;
    this.#shape = tensor.layout.shape.slice();
    this.#steps = this.#shape.map(() => 1);
  }

  /** So many rows that follow each other. */
  at(start: number, count: number): Tensor {
    const tensor = this.#tensor, shape = this.#shape;
    if (count === tensor.layout.shape[0]) return tensor;
    shape[0] = count;
    const starts = [start];
    while (starts.length < shape.length) starts.push(0);
    return tensor.sliced(shape, starts, this.#steps);
  }
}

/** The rows of a tensor in another order. */
function takeRows(rows: Tensor, order: Tensor): Tensor {
  const column = rows.shape.map((_, axis) => axis === 0 ? order.layout.size : 1);
  return rows.gather(0, order.to(rows.device).reshape(column).expand(rows.shape));
}

function drawSeed(): number {
  return Math.floor(rand([], { dtype: "float64" }).item() * 2 ** 32);
}
