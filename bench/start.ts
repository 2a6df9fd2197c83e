// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task bench:start [--write]`: how long `deno run` takes up to a first result, from this checkout and by URL,
 * with everything cached; and how long it takes for parts of that. All take turns with an empty script.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { Box } from "../tests/install/box.ts";
import { LIBRARY } from "../tests/install/release.ts";
import { type Server, startServer } from "../tests/install/server.ts";
import { type Contender, localAsync, measure, type Timing } from "./measure.ts";
import { duration, machine, markdown, ratio, rewritePage, type Table } from "./report.ts";

/** The most that a first result may take, in terms of an empty script. */
const WANTED = 2.5;
const ROOT = new URL("../", import.meta.url).href;

/** A script, and the flags with which it runs. */
interface Start {
  readonly name: string;
  readonly script: string;
  readonly flags: readonly string[];
  /** What it prints. */
  readonly prints: string;
}

function firstResult(module: string): string {
  return `import { tensor } from "${module}";\nconsole.log(tensor([1, 2, 3]).sum().item());\n`;
}

/** The empty script, then parts of a start, then whole ones. */
function startsOf(box: Box, server: Server): Start[] {
  const ffi = ["--allow-ffi"];
  return [
    { name: "nothing", script: "export {};\n", flags: [], prints: "" },
    { name: "loads the parser", script: `await import.defer("npm:acorn@^8");\n`, flags: [], prints: "" },
    {
      name: "opens the library",
      script: `import { openFunctions } from "${ROOT}src/backend/loader/functions.ts";\n` +
        `openFunctions(new URL("${LIBRARY}"));\n`,
      flags: ffi,
      prints: "",
    },
    { name: "imports all of a checkout", script: `import "${ROOT}mod.ts";\n`, flags: ffi, prints: "" },
    {
      name: "a first result, from a checkout",
      script: firstResult(`${ROOT}mod.ts`),
      flags: ffi,
      prints: "6\n",
    },
    {
      name: "a first result, by URL",
      script: firstResult(`${server.origin}/mod.ts`),
      flags: box.flags(server).later,
      prints: "6\n",
    },
  ];
}

/** Brings the source and the library into the caches of the box. */
async function fillCaches(box: Box, server: Server): Promise<void> {
  await box.write("first.ts", firstResult(`${server.origin}/mod.ts`));
  const env = { TENSAUR_RELEASE_URL: `${server.origin}/release` };
  const { code, error } = await box.run("first.ts", { flags: box.flags(server).first, env });
  if (code !== 0) throw new Error(error);
}

async function contender(box: Box, { name, script, flags, prints }: Start, i: number): Promise<Contender> {
  await box.write(`start${i}.ts`, script);
  const work = async (): Promise<void> => {
    const { out, error } = await box.run(`start${i}.ts`, { flags });
    if (out !== prints) throw new Error(`${name}: ${out}${error}`);
  };
  // What V8 compiles is kept by the first run, and used from the second on.
  for (let run = 0; run < 2; run++) await work();
  return localAsync(name, work);
}

/** The timings beside that of the empty script, which is the first. */
export function startsTable([empty, ...others]: readonly Timing[]): Table {
  const row = ({ name, median, low, high }: Timing): string[] => [
    name,
    `${duration(median)} (${duration(low)} – ${duration(high)})`,
    duration(median - empty!.median),
    ratio(median / empty!.median),
  ];
  const first = [...row(empty!).slice(0, 2), "", ""];
  return [
    ["a script that does", "`deno run`", "beyond nothing", "in terms of it"],
    first,
    ...others.map(row),
  ];
}

if (import.meta.main) {
  const { values: options } = parseArgs({
    options: { samples: { type: "string", default: "31" }, write: { type: "boolean", default: false } },
  });
  await using server = await startServer();
  await using box = await Box.make();
  await fillCaches(box, server);
  const contenders: Contender[] = [];
  for (const [i, start] of startsOf(box, server).entries()) contenders.push(await contender(box, start, i));
  const timings = await measure(contenders, { samples: Number(options.samples), seconds: 0 });
  const table = markdown(startsTable(timings)), facts = `Medians (and quartiles) of one run: ${machine()}.`;
  console.log(`${table}\n\n${facts} Wanted of a first result: ${ratio(WANTED)} at most.`);
  if (options.write) rewritePage("docs/benchmarks.md", "bench:start", `${table}\n\n${facts}`);
}
