// deno-lint-ignore-file no-console -- a peer that is left out is told of
/**
 * Whether a peer's words mean the same work: its numbers at the tiny size, from the same inputs as ours.
 *
 * @module
 */
import * as tensaur from "@tensaur/tensaur";
import { type Case, makeInputs, type Peer, PEERS, valuesOf } from "./case.ts";
import { NPM_PEERS, type NpmPeers } from "./npm_peers.ts";
import type { PythonPeers } from "./python.ts";
import { PYTHON_PEERS, valueOf } from "./python_words.ts";

/** How far numbers may lie apart. */
const TOLERANCE = 1e-4;

/** Whether numbers are as many and nearly the same. */
export function agree(ours: ArrayLike<number>, theirs: ArrayLike<number>): boolean {
  return ours.length === theirs.length &&
    Array.from(ours).every((value, i) => Math.abs(value - theirs[i]!) <= TOLERANCE * (1 + Math.abs(value)));
}

/** Those peers whose words give what the library gives; those that fail or differ are told of. */
export async function agreeing(
  item: Case,
  python: PythonPeers | undefined,
  npm: NpmPeers | undefined,
): Promise<Set<Peer>> {
  const work = item.tiny(), inputs = makeInputs(tensaur, work, "cpu");
  const ours = work.ours(inputs, tensaur).data;
  const values = valuesOf(inputs);
  const found = new Set<Peer>();
  const check = async (peer: Peer, compute: () => unknown): Promise<void> => {
    try {
      const theirs = await compute() as ArrayLike<number> | undefined;
      if (theirs === undefined) return;
      if (agree(ours, theirs)) found.add(peer);
      else console.error(`Skipping ${PEERS[peer]} for ${item.name}: its words mean something else`);
    } catch (error) {
      console.error(`Skipping ${PEERS[peer]} for ${item.name}: ${(error as Error).message}`);
    }
  };
  for (const peer of PYTHON_PEERS) {
    const asked = valueOf(work, peer, values);
    if (python !== undefined && asked !== undefined) await check(peer, () => python.values(...asked));
  }
  for (const peer of NPM_PEERS) {
    await check(peer, () => {
      using prepared = npm?.prepare(peer, work, values, true);
      return prepared?.values();
    });
  }
  return found;
}
