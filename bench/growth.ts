// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:growth [--python PATH] [--only TEXT] [--least SIZE] [--most SIZE] [--json FILE] [--write]`: what an element, or
 * an operation, costs from little work to much, beside PyTorch, NumPy and JAX of that Python in turn.
 *
 * @module
 */
import { parseArgs } from "node:util";
import * as tensaur from "@tensaur/tensaur";
import { simd } from "../src/backend/devices.ts";
import { agreeing } from "./agreement.ts";
import { prepare } from "./case.ts";
import { pythonContenders, willing } from "./contenders.ts";
import { FAMILIES, type Family, type Size } from "./growth_families.ts";
import { growthChart, growthText, type Point } from "./growth_page.ts";
import { local, measure, type MeasureOptions } from "./measure.ts";
import { PythonPeers } from "./python.ts";
import type { PythonPeer } from "./python_words.ts";
import { duration, machine, rewritePage } from "./report.ts";

const PAGE = "docs/growth.md";
/** What torch.compile takes to compile for each size is too much here. */
const PEERS: readonly PythonPeer[] = ["torch", "torchInto", "numpy", "numpyInto", "jax"];
/** A call that takes longer than these seconds is not repeated as often. */
const LONG = .01;
const QUICK_CALLS: MeasureOptions = { samples: 9, seconds: .01, warmUp: .06 };
const LONG_CALLS: MeasureOptions = { samples: 5, seconds: .01, warmUp: 0 };

async function measureAt(
  { item }: Family,
  { size, amount, sizes }: Size,
  peers: readonly PythonPeer[],
): Promise<Point> {
  const work = item.at(...sizes);
  using prepared = prepare(tensaur, item, work);
  const ours = local("Tensaur", prepared.run);
  const others = await willing(await pythonContenders(python, work, peers, item.reads));
  await ours.sample(1);
  const options = await ours.sample(1) > LONG ? LONG_CALLS : QUICK_CALLS;
  const [first, ...rest] = await measure([ours, ...others], options);
  await python?.forget();
  const costs = rest.map(({ name, median }) => ({ name, cost: median / amount }));
  return { size, ours: first!.median / amount, others: costs };
}

async function measureFamily(family: Family, least: number, most: number): Promise<Point[]> {
  const able = await agreeing(family.item, python, undefined);
  const peers = PEERS.filter((peer) => able.has(peer));
  const points: Point[] = [];
  for (const size of family.points.filter(({ size }) => least <= size && size <= most)) {
    const point = await measureAt(family, size, peers);
    const took = [point.ours, ...point.others.map(({ cost }) => cost)].map((cost) =>
      duration(cost * size.amount)
    );
    console.log(`${family.name}, ${size.size}: ${took.join(", ")}`);
    points.push(point);
  }
  return points;
}

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    python: { type: "string" },
    only: { type: "string", default: "" },
    least: { type: "string", default: "0" },
    most: { type: "string", default: "Infinity" },
    json: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
await using python = options.python === undefined ? undefined : new PythonPeers(options.python);
if (python === undefined) console.error("Skipping the peers in Python: no --python PATH was given");
const where = [`${machine()}, ${tensaur.threads()} threads, ${simd()}`, ...python?.versions() ?? []].join(
  "; ",
);
console.log(where);
const measured: { name: string; points: readonly Point[] }[] = [];
for (const family of FAMILIES.filter(({ name }) => name.includes(options.only))) {
  const points = await measureFamily(family, Number(options.least), Number(options.most));
  measured.push({ name: family.name, points });
  const chart = `growth-${family.key}.svg`;
  const text = `${growthText(family, points, chart)}\n\nMedians of one run: ${where}.`;
  console.log(`\n${text}\n`);
  if (options.write) {
    Deno.writeTextFileSync(`docs/${chart}`, growthChart(family, points));
    rewritePage(PAGE, `bench:growth ${family.key}`, text);
  }
}
if (options.json !== undefined) {
  Deno.writeTextFileSync(options.json, JSON.stringify({ where, measured }, null, 2));
}
