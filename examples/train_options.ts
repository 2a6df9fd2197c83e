/**
 * The options of the training example: what may be given, and what is used if nothing is.
 */
import type { data } from "@tensaur/tensaur";

/** What to train, and how. */
export interface TrainOptions {
  /** The datasets, one after another. */
  datasets: DatasetName[];
  /** Units of each hidden layer. */
  hidden: number;
  /** Points of a dataset. */
  points: number;
  /** Points of a batch. */
  batch: number;
  /** The learning rate. */
  rate: number;
  /** How often the training goes through all points. */
  epochs: number;
  /** What decides the points, the first weights and the order of the points. */
  seed: number;
  /** Where the tensors live. */
  device: "cpu" | "reference";
}

/** The name of a dataset. */
export type DatasetName = keyof typeof data.datasets;

/** A mistake in the command line, told in one line. */
export class UsageError extends Error {}

/** What stands for the option in the help, what it means, and the value used if it is not given. */
type Row = readonly [placeholder: string, meaning: string, fallback: string];

const DATASETS: readonly DatasetName[] = ["simple", "diag", "split", "xor", "circle", "spiral"];
const ALL = "all";
/** What the course asks for, and what is trained if no dataset is named. */
const COURSE: readonly DatasetName[] = ["simple", "split", "xor"];
const DEVICES = ["cpu", "reference"] as const;

const ROWS = {
  dataset: [[...DATASETS, ALL].join("|"), "what to train on", COURSE.join(", then ")],
  hidden: ["N", "units of each hidden layer", "100"],
  points: ["N", "points of a dataset", "50"],
  batch: ["N", "points of a batch", "10"],
  rate: ["X", "learning rate", "0.05"],
  epochs: ["N", "times through all points", "500"],
  seed: ["N", "decides points, first weights and order", "1"],
  device: [DEVICES.join("|"), "where to compute", "cpu"],
} as const satisfies Record<string, Row>;

type OptionName = keyof typeof ROWS;

/** The text of `--help`. */
export const HELP: string = [
  "Trains a network 2 -> hidden -> hidden -> 1 on points of the unit square.",
  "",
  "Usage: deno task train [options]",
  "",
  ...Object.entries(ROWS).map(([name, [placeholder, meaning, fallback]]) =>
    `  --${name} ${placeholder}\n      ${meaning} (default ${fallback})`
  ),
  "  --help\n      print this text",
].join("\n");

/** Reads the command line; null if it asks for help. Throws a `UsageError`. */
export function parseOptions(args: readonly string[]): TrainOptions | null {
  if (args.includes("--help")) return null;
  const given = collect(args);
  const text = (name: OptionName): string => given.get(name) ?? ROWS[name][2];
  return {
    datasets: datasetsOf(given.get("dataset")),
    hidden: integer("hidden", text("hidden"), 1),
    points: integer("points", text("points"), 2),
    batch: integer("batch", text("batch"), 1),
    rate: rate(text("rate")),
    epochs: integer("epochs", text("epochs"), 1),
    seed: integer("seed", text("seed"), 0),
    device: choice("device", text("device"), DEVICES),
  };
}

/** The values by option, from `--name value` and `--name=value`. */
function collect(args: readonly string[]): Map<OptionName, string> {
  const given = new Map<OptionName, string>();
  for (let i = 0; i < args.length; i++) {
    const [flag = "", ...rest] = args[i]!.split("="), name = flag.slice(2);
    if (!flag.startsWith("--") || !isOption(name)) {
      const names = Object.keys(ROWS).map((option) => `--${option}`).join(", ");
      throw new UsageError(`Unknown option ${args[i]}: want ${names} or --help`);
    }
    const value = rest.length > 0 ? rest.join("=") : args[++i];
    if (value === undefined) throw new UsageError(`--${name} needs a value: ${ROWS[name][0]}`);
    given.set(name, value);
  }
  return given;
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(ROWS, name);
}

function datasetsOf(value: string | undefined): DatasetName[] {
  if (value === undefined) return [...COURSE];
  const chosen = choice("dataset", value, [...DATASETS, ALL]);
  return chosen === ALL ? [...DATASETS] : [chosen as DatasetName];
}

function choice<T extends string>(name: OptionName, value: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === value);
  if (found === undefined) {
    throw new UsageError(`--${name} must be one of ${choices.join(", ")}, was ${value}`);
  }
  return found;
}

function integer(name: OptionName, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${name} must be an integer of at least ${least}, was ${value}`);
  }
  return number;
}

function rate(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0) {
    throw new UsageError(`--rate must be a number above 0, was ${value}`);
  }
  return number;
}
