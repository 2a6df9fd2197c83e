// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:check BASE [--only TEXT] [--rounds N]`: this checkout against another one, a revision or a folder,
 * case by case and in turn, in this process. Which cases moved is told by the rule of `noise.ts`; one that seems to
 * have moved is measured again, with new inputs, and counts if it moves the same way again.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as here from "@tensaur/tensaur";
import { type Case, type Library, prepare } from "./case.ts";
import { casesWith } from "./cases.ts";
import { Checkout } from "./checkout.ts";
import { local, median, sampleInTurn } from "./measure.ts";
import { compareTimes, type Comparison, type Move, moved } from "./noise.ts";
import { duration, machine, markdown } from "./report.ts";

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { only: { type: "string", default: "" }, rounds: { type: "string", default: "41" } },
});

/** What was found of a case. */
interface Found extends Comparison {
  readonly ours: number;
  readonly theirs: number;
}

/** The libraries in the order of their turns: this checkout's, the other's, this one's again. */
type Turns = readonly [Library, Library, Library];

/** Measures this checkout before and after the other one, in each round. */
async function compare(item: Case, turns: Turns): Promise<Found> {
  const contenders = turns.map((library) => local("", prepare(library, item, item.full()).run));
  const times = await sampleInTurn(contenders, { samples: Number(options.rounds), seconds: .02, warmUp: .2 });
  const [before, other, after] = times as [number[], number[], number[]];
  const comparison = compareTimes(before, other, after);
  return { ...comparison, ours: median([...before, ...after]), theirs: median(other) };
}

/** Whether and how a case moved, and what was measured last. */
async function verdict(item: Case, turns: Turns): Promise<[Move, Found]> {
  const first = await compare(item, turns), seems = moved(first);
  if (seems === undefined) return [undefined, first];
  const second = await compare(item, turns);
  return [moved(second) === seems ? seems : undefined, second];
}

function row(name: string, move: Move, { ours, theirs, change, same }: Found): string[] {
  const interval = `${change.ratio.toFixed(3)} (${change.low.toFixed(3)} – ${change.high.toFixed(3)})`;
  return [name, duration(ours), duration(theirs), interval, same.ratio.toFixed(3), move ?? ""];
}

const [name] = positionals;
if (name === undefined) {
  console.error("Usage: deno task bench:check BASE [--only TEXT] [--rounds N], BASE a revision or a folder");
  Deno.exit(2);
}
console.log(machine());
// Each contender has a library of its own, so that none has the other's memory, threads or compiled code.
using checkout = Checkout.of(name), copy = Checkout.again();
const turns: Turns = [here, await checkout.load(), await copy.load()];
const rows = [["work", "here", name, `here : ${name}`, "here : here", "moved"]];
for (const item of casesWith(options.only)) {
  try {
    const [move, found] = await verdict(item, turns);
    rows.push(row(item.name, move, found));
    console.log(`${item.name}: ${move ?? "not moved"}`);
  } catch (error) {
    console.error(`Skipping ${item.name}: ${(error as Error).message}`);
  }
}
const count = rows.slice(1).filter((row) => row.at(-1) !== "").length;
console.log(
  `\n${markdown(rows)}\n\n${count} of ${
    rows.length - 1
  } cases moved. Medians of one run, intervals of 99.9 %.`,
);
