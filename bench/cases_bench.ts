// deno-lint-ignore-file no-console -- a peer that is left out is told of
/**
 * `deno task bench`: every case under `deno bench`, the peers from npm in the group of each.
 *
 * @module
 */
import * as tensaur from "@tensaur/tensaur";
import { agreeing } from "./agreement.ts";
import { type Case, makeInputs, PEERS, prepare, valuesOf, type Work } from "./case.ts";
import { CASES } from "./cases.ts";
import { NPM_PEERS, type NpmPeerKey, NpmPeers, type NpmWork } from "./npm_peers.ts";
import { makeModel, makeTraining } from "./train_step.ts";

const npm = await NpmPeers.load();

/** Work whose inputs are there. */
type Ready = { readonly run: () => void | Promise<void> } & Partial<Disposable>;

/** What runs now: made when it is first called, and given up for the next one, so that memory does not fill. */
let current: { readonly make: () => Ready; readonly ready: Ready } | undefined;

/** Runs what is made. */
function running(make: () => Ready): Ready["run"] {
  return () => {
    if (current?.make !== make) {
      current?.ready[Symbol.dispose]?.();
      current = { make, ready: make() };
    }
    return current.ready.run();
  };
}

function prepareNpm(peer: NpmPeerKey, item: Case, work: Work): NpmWork {
  return npm.prepare(peer, work, valuesOf(makeInputs(tensaur, work, "cpu")), item.reads)!;
}

/** A peer's benchmark; `deno bench` waits only for functions that are declared to be asynchronous. */
async function benchNpm(peer: NpmPeerKey, item: Case): Promise<void> {
  using tiny = prepareNpm(peer, item, item.tiny());
  const done = tiny.run();
  await done;
  const run = running(() => prepareNpm(peer, item, item.full()));
  const wait = async (): Promise<void> => await run();
  Deno.bench(`${PEERS[peer]}, ${item.name}`, { group: item.name }, done === undefined ? run : wait);
}

for (const item of CASES) {
  Deno.bench(
    `Tensaur, ${item.name}`,
    { group: item.name, baseline: true },
    running(() => prepare(tensaur, item, item.full())),
  );
  const able = await agreeing(item, undefined, npm);
  for (const peer of NPM_PEERS.filter((peer) => able.has(peer))) await benchNpm(peer, item);
}

const epoch = makeTraining(makeModel(), true);
Deno.bench("an epoch of the course's training, 5 steps", () => void epoch(true));
console.error(npm.versions().join("; "));
