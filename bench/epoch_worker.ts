/**
 * A training in a thread of its own, epoch by epoch as it is told.
 *
 * @module
 */
import { type DatasetName, type Score, Training, type TrainingOptions } from "../examples/training.ts";
import { SimpleTraining } from "./simple_training.ts";

/** What a training is asked: to begin, or to go on for some epochs. */
export type EpochRequest =
  | { readonly begin: DatasetName; readonly options: TrainingOptions; readonly simple: boolean }
  | { readonly epochs: number };

/** How long an epoch took, in seconds, and how well the network does now. */
export interface EpochReply extends Score {
  /** Seconds of an epoch. */
  readonly seconds: number;
}

const thread = globalThis as unknown as Worker;
let training: Training | SimpleTraining;

thread.addEventListener("message", ({ data }: MessageEvent<EpochRequest>) => {
  let seconds = 0;
  if ("begin" in data) {
    training = data.simple
      ? new SimpleTraining(data.begin, data.options)
      : new Training(data.begin, data.options);
  } else {
    const start = performance.now();
    for (let i = 0; i < data.epochs; i++) training.epoch();
    seconds = (performance.now() - start) / 1000 / data.epochs;
  }
  thread.postMessage({ seconds, ...training.score() } satisfies EpochReply);
});
