/**
 * Who takes part where the course's training is measured.
 *
 * @module
 */
import { type Contender, fresh, local } from "./measure.ts";
import type { PythonPeers } from "./python.ts";
import { makeHandWrittenTraining, makeModel, makeTraining } from "./train_step.ts";

/** The names under which they are reported. */
export const NAMES = {
  ours: "Tensaur",
  compiled: "Tensaur, `compile(step)`",
  torch: "PyTorch eager",
  jax: "JAX, the whole step jitted",
  byHand: "typed arrays by hand",
} as const;

async function pythonEpoch(
  peers: PythonPeers,
  peer: "torch" | "jax",
  read: boolean,
): Promise<Contender | undefined> {
  return await peers.contender(NAMES[peer], {
    setup: `from train_peers import ${peer}_epoch\nepoch = ${peer}_epoch()`,
    code: `epoch(${read ? "True" : "False"})`,
  });
}

/** Those who train epoch after epoch, the library first. */
export async function epochContenders(
  peers: PythonPeers | undefined,
  readLoss: boolean,
): Promise<Contender[]> {
  const model = makeModel();
  const byHand = makeHandWrittenTraining(model, true);
  const ours = makeTraining(model, true);
  const compiled = makeTraining(makeModel(), true, true);
  const contenders: (Contender | undefined)[] = [
    local(NAMES.ours, () => void ours(readLoss)),
    local(NAMES.compiled, () => void compiled(readLoss)),
  ];
  if (peers !== undefined) {
    contenders.push(await pythonEpoch(peers, "torch", readLoss), await pythonEpoch(peers, "jax", readLoss));
  }
  contenders.push(local(NAMES.byHand, () => void byHand(readLoss)));
  return contenders.filter((contender) => contender !== undefined);
}

/** Those who do the whole job in a new process, from the first line after the imports to the last step. */
export function jobContenders(python: string | undefined): Contender[] {
  const folder = new URL(".", import.meta.url).pathname;
  const flags = ["run", "--allow-ffi", "--allow-read", "--allow-env"];
  const contenders = [
    fresh(NAMES.ours, Deno.execPath(), [...flags, "train_job.ts"], folder),
    fresh(NAMES.compiled, Deno.execPath(), [...flags, "train_job.ts", "--compile"], folder),
  ];
  if (python !== undefined) contenders.push(fresh(NAMES.torch, python, ["train_peers.py"], folder));
  return contenders;
}
