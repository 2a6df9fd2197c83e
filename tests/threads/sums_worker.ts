/**
 * A Worker that computes with threads: for each message so many rounds, with another number of threads each, and
 * answers whether all results had the same bits. Without rounds it never stops.
 */
import { arange, setThreads } from "../../mod.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<number>) => void;
  postMessage(what: unknown): void;
};

function round(count: number): string {
  setThreads(1 + count % 4);
  const x = arange(300_000).mul(1e-5);
  return `${x.exp().sum().item()} ${x.reshape([300, 1000]).softmax(1).sum().item()}`;
}

scope.onmessage = ({ data: rounds }) => {
  scope.postMessage("started");
  const first = round(0);
  let same = true;
  for (let count = 1; rounds === 0 || count < rounds; count++) same = round(count) === first && same;
  scope.postMessage(same ? "same" : "different");
};
