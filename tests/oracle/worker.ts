/**
 * A worker that trains a model as soon as it starts, and posts the weights.
 *
 * @module
 */
import { learn } from "./data.ts";

// The types of a worker's globals would replace those of the tests.
const worker = self as unknown as { postMessage(message: unknown): void };
worker.postMessage(learn());
