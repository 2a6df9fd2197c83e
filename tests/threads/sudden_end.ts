// deno-lint-ignore-file no-console -- a program of its own
/** Ends one Worker while it computes, and then the process while another one does and the team is awake. */
import { evaluate, rand } from "../../mod.ts";

const started = (): Promise<Worker> => {
  const worker = new Worker(new URL("./sums_worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = () => resolve(worker);
    worker.postMessage(0);
  });
};
const [first] = [await started(), await started()];
first.terminate();
evaluate(rand([500, 500]).matmul(rand([500, 500])));
console.log("ended");
Deno.exit(0);
