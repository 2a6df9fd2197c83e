// deno-lint-ignore-file no-console -- a peer that is left out is told of
/**
 * Who takes part in a piece of work at a size.
 *
 * @module
 */
import { PEERS, type Work } from "./case.ts";
import type { Contender } from "./measure.ts";
import type { PythonPeers } from "./python.ts";
import { type PythonPeer, snippetOf } from "./python_words.ts";

/** Those of some peers in Python that have words for a piece of work, their inputs made. */
export async function pythonContenders(
  python: PythonPeers | undefined,
  work: Work,
  peers: readonly PythonPeer[],
  reads: boolean,
): Promise<Contender[]> {
  const found: (Contender | undefined)[] = [];
  for (const peer of peers) {
    const snippet = snippetOf(work, peer, reads);
    found.push(snippet && await python?.contender(PEERS[peer], snippet));
  }
  return found.filter((contender) => contender !== undefined);
}

async function isWilling({ name, sample }: Contender): Promise<boolean> {
  try {
    await sample(1);
    return true;
  } catch (error) {
    console.error(`Skipping ${name}: ${(error as Error).message}`);
    return false;
  }
}

/** Those who can do their work at its size; who cannot is told of. */
export async function willing(contenders: readonly Contender[]): Promise<Contender[]> {
  const able: Contender[] = [];
  for (const contender of contenders) if (await isWilling(contender)) able.push(contender);
  return able;
}
