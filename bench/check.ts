// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:check BASE [--only TEXT] [--rounds N]`: this checkout against another one, a revision or a folder,
 * case by case and in turn, in this process. Which cases moved is told by the rule of `noise.ts`; one that seems to
 * have moved is measured again, with new inputs and in another order, and counts if it moves the same way again.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as here from "@tensaur/tensaur";
import { type Case, type Library, prepare } from "./case.ts";
import { casesWith } from "./cases.ts";
import { Checkout } from "./checkout.ts";
import { local, median, sampleInTurn } from "./measure.ts";
import { type Interval, type Move, moved, ratioOf } from "./noise.ts";
import { duration, machine, markdown } from "./report.ts";

const { values: options, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { only: { type: "string", default: "" }, rounds: { type: "string", default: "25" } },
});

/** What was found of a case. */
interface Comparison {
  readonly ours: number;
  readonly theirs: number;
  readonly change: Interval;
  readonly same: Interval;
}

/** Measures this checkout twice and the other one between, or before them. */
async function compare(item: Case, base: Library, first: boolean): Promise<Comparison> {
  const contender = (name: string, library: Library): ReturnType<typeof local> =>
    local(name, prepare(library, item, item.full()).run);
  const one = contender("one", here), other = contender("other", base), two = contender("two", here);
  const order = first ? [one, other, two] : [other, two, one];
  const times = await sampleInTurn(order, { samples: Number(options.rounds), seconds: .02, warmUp: .2 });
  const of = (name: string): number[] => times[order.findIndex((contender) => contender.name === name)]!;
  return {
    ours: median(of("one")),
    theirs: median(of("other")),
    change: ratioOf(of("one"), of("other")),
    same: ratioOf(of("one"), of("two")),
  };
}

/** Whether and how a case moved, and what was measured last. */
async function verdict(item: Case, base: Library): Promise<[Move, Comparison]> {
  const first = await compare(item, base, true), seems = moved(first.change, first.same);
  if (seems === undefined) return [undefined, first];
  const second = await compare(item, base, false);
  return [moved(second.change, second.same) === seems ? seems : undefined, second];
}

function row(name: string, move: Move, { ours, theirs, change, same }: Comparison): string[] {
  const interval = ({ ratio, low, high }: Interval): string =>
    `${ratio.toFixed(3)} (${low.toFixed(3)} – ${high.toFixed(3)})`;
  return [name, duration(ours), duration(theirs), interval(change), interval(same), move ?? ""];
}

const [name] = positionals;
if (name === undefined) {
  console.error("Usage: deno task bench:check BASE [--only TEXT] [--rounds N], BASE a revision or a folder");
  Deno.exit(2);
}
console.log(machine());
using checkout = new Checkout(name);
const base = await checkout.load();
const rows = [["work", "here", name, `here : ${name}`, "here : here again", "moved"]];
for (const item of casesWith(options.only)) {
  try {
    const [move, comparison] = await verdict(item, base);
    rows.push(row(item.name, move, comparison));
    console.log(`${item.name}: ${move ?? "not moved"}`);
  } catch (error) {
    console.error(`Skipping ${item.name}: ${(error as Error).message}`);
  }
}
const count = rows.slice(1).filter((row) => row.at(-1) !== "").length;
console.log(`\n${markdown(rows)}\n\n${count} of ${rows.length - 1} cases moved. Medians; intervals of 99 %.`);
