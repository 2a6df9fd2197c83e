/**
 * Datasets and the loader that goes through them in batches.
 *
 * @example
 * ```ts
 * import { data } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const { points, labels } = data.datasets.circle(50);
 * const loader = new data.DataLoader(new data.TensorDataset(points, labels), { batchSize: 10, shuffle: true });
 * for (const [x, y] of loader) assertEquals([x.shape, y.shape], [[10, 2], [10]]);
 * ```
 *
 * @module
 */
export * from "./data_loader.ts";
export * as datasets from "./datasets.ts";
export * from "./tensor_dataset.ts";
