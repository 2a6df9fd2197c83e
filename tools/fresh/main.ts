// deno-lint-ignore-file no-console -- it reports there
/**
 * `deno task fresh [--only NAME ...] [--write]`: goes through the machines, and prints how each command there ended.
 * `tools/fresh.sh` starts it, in namespaces of its own.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { duration, machine as here, markdown, rewriteReadme, type Table } from "../../bench/report.ts";
import { type Server, startServer } from "../../tests/install/server.ts";
import { describe, layersFrom } from "./layers.ts";
import { type Machine, MACHINES, type Step, TABLE, tableOf } from "./machines.ts";
import { FOLDER, type Ran, Root } from "./root.ts";

/** How a command ended. */
export interface Outcome {
  /** What the machine has, and what was put there. */
  readonly machine: string;
  readonly step: Step;
  readonly passed: boolean;
  /** How many tests it ran, if it ran any. */
  readonly tests: string;
  readonly seconds: number;
}

/** The machines with these names; all without any. */
export function chosen(names: readonly string[]): readonly Machine[] {
  const known = MACHINES.map(({ name }) => name), unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`No machine is called ${unknown.join(", ")}, only ${known.join(", ")}`);
  }
  return MACHINES.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Whether a command did what it should. */
export function passes({ prints }: Step, { success, text }: Ran): boolean {
  return success && (prints === undefined || text.split("\n").includes(prints));
}

/** How many tests a command ran, in words; nothing if it ran none. */
export function testsIn(text: string): string {
  const [, passed, ignored = "0"] = /^ok \| (\d+) passed.*\| 0 failed(?: \| (\d+) ignored)?/m.exec(text) ??
    [];
  return passed === undefined ? "" : `, ${passed} tests (${ignored} ignored)`;
}

/** The outcomes in rows. */
export function tableOfOutcomes(outcomes: readonly Outcome[]): Table {
  const rows = outcomes.map(({ machine, step, passed, tests, seconds }, i) => [
    machine === outcomes[i - 1]?.machine ? "" : machine,
    `\`${step.command}\``,
    step.offline ? "no" : "yes",
    `${passed ? "passed" : "**failed**"}${tests}`,
    duration(seconds),
  ]);
  return [["a machine", "what is typed there", "network", "result", "time"], ...rows];
}

/** Runs a command, and shows what it has printed if it does not pass. */
async function tryStep(root: Root, folder: string, step: Step): Promise<Omit<Outcome, "machine" | "step">> {
  const start = performance.now();
  const ran = await root.run(`cd ${folder} && ${step.command}`, step);
  const seconds = (performance.now() - start) / 1000, passed = passes(step, ran);
  if (!passed) console.error(ran.text);
  return { passed, tests: testsIn(ran.text), seconds };
}

async function tryMachine(machine: Machine, server: Server): Promise<Outcome[]> {
  await using root = await Root.mount("run", await layersFrom(machine.layer));
  const has = `${await describe(root, machine.layer)}; ${machine.given}`, outcomes: Outcome[] = [];
  const folder = await machine.prepare(root, server);
  for (const step of machine.steps(server.host)) {
    const ended = await tryStep(root, folder, step);
    const command = step.command.replaceAll(server.host, "HOST");
    console.error(
      `${ended.passed ? "ok    " : "FAILED"} ${machine.name}: ${command} (${duration(ended.seconds)})`,
    );
    outcomes.push({ machine: has, step: { ...step, command }, ...ended });
  }
  return outcomes;
}

if (import.meta.main) {
  const { values: options } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      write: { type: "boolean", default: false },
    },
  });
  const machines = chosen(options.only), outcomes: Outcome[] = [];
  if (options.write && machines.length < MACHINES.length) {
    throw new Error("--write wants all of the machines");
  }
  await Deno.mkdir(FOLDER, { recursive: true });
  await using server = await startServer();
  server.changed.set(`/${TABLE}`, await tableOf(server));
  for (const machine of machines) outcomes.push(...await tryMachine(machine, server));
  const table = markdown(tableOfOutcomes(outcomes));
  console.log(table);
  if (options.write) rewriteReadme("fresh", `${table}\n\n${here()}.`);
  if (outcomes.some(({ passed }) => !passed)) Deno.exitCode = 1;
}
