/**
 * The options of the training example: what may be given, and what is used if nothing is.
 */
import { type Device, DeviceError } from "@tensaur/tensaur";
import { deviceOf } from "../tools/device.ts";
import type { DatasetName, TrainingOptions } from "./training.ts";

/** What to train, and how. */
export interface TrainOptions extends TrainingOptions {
  /** The datasets, one after another. */
  datasets: DatasetName[];
  /** How often the training goes through all points. */
  epochs: number;
  /** Whether every line is kept on a terminal too, in place of a progress bar. */
  log: boolean;
  /** The folder of the plots, or null for none. */
  plot: string | null;
}

/** A mistake in the command line, told in one line. */
export class UsageError extends Error {}

/** What stands for the option in the help, what it means, and the value used if it is not given. */
type Row = readonly [placeholder: string, meaning: string, fallback: string];

const DATASETS: readonly DatasetName[] = ["simple", "diag", "split", "xor", "circle", "spiral"];
const ALL = "all";
/** What the course asks for, and what is trained if no dataset is named. */
const COURSE: readonly DatasetName[] = ["simple", "split", "xor"];

const ROWS = {
  dataset: [[...DATASETS, ALL].join("|"), "what to train on", COURSE.join(", then ")],
  hidden: ["N", "units of each hidden layer", "100"],
  points: ["N", "points of a dataset", "50"],
  batch: ["N", "points of a batch", "10"],
  rate: ["X", "learning rate", "0.05"],
  epochs: ["N", "times through all points", "500"],
  seed: ["N", "decides points, first weights and order", "1"],
  device: ["cpu|reference|cuda|cuda:1", "where to compute", "cpu"],
  compile: ["", "compile the step: the same numbers, sooner", "no"],
  plot: [
    "[FOLDER]",
    "draw points and decision boundary, and write train-DATASET.svg into the folder",
    "no plot",
  ],
  log: ["", "keep a line every 10 epochs also on a terminal, in place of a progress bar", "no"],
} as const satisfies Record<string, Row>;

type OptionName = keyof typeof ROWS;

/** The course's names of options that have others here; all others are the same in capitals. */
const COURSE_NAMES: Readonly<Record<string, OptionName>> = { PTS: "points", BACKEND: "device" };
/** The course's names of devices that have others here. */
const COURSE_DEVICES: Readonly<Record<string, string>> = {
  old: "reference",
  simple: "reference",
  gpu: "cuda",
};
/** Options that may stand alone, and what they then say. */
const ALONE: Readonly<Partial<Record<OptionName, string>>> = { plot: ".", log: "true", compile: "true" };

/** The text of `--help`. */
export const HELP: string = [
  "Trains a network 2 -> hidden -> hidden -> 1 on points of the unit square.",
  "",
  "Usage: deno task train [options]",
  "",
  ...Object.entries(ROWS).map(([name, [placeholder, meaning, fallback]]) =>
    `  --${name} ${placeholder}`.trimEnd() + `\n      ${meaning} (default ${fallback})`
  ),
  "  --PTS N, --HIDDEN N, --RATE X, --BACKEND cpu|gpu|old, --DATASET NAME, --PLOT\n      the same in the course's spelling",
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
    device: device(COURSE_DEVICES[text("device")] ?? text("device")),
    compile: isWanted(given.get("compile")),
    log: isWanted(given.get("log")),
    plot: isWanted(given.get("plot")) ? folderOf(given.get("plot")) : null,
  };
}

/** The values by option, from `--name value` and `--name=value`. */
function collect(args: readonly string[]): Map<OptionName, string> {
  const given = new Map<OptionName, string>();
  for (let i = 0; i < args.length; i++) {
    const [flag = "", ...rest] = args[i]!.split("="),
      name = flag.startsWith("--") ? optionOf(flag.slice(2)) : null;
    if (name === null) {
      const names = Object.keys(ROWS).map((option) => `--${option}`).join(", ");
      throw new UsageError(`Unknown option ${args[i]}: want ${names} or --help`);
    }
    const follows = args[i + 1], stands = follows === undefined || follows.startsWith("--");
    const value = rest.length > 0 ? rest.join("=") : stands && name in ALONE ? ALONE[name] : args[++i];
    if (value === undefined) throw new UsageError(`--${name} needs a value: ${ROWS[name][0]}`);
    given.set(name, value);
  }
  return given;
}

/** The option of a name, which may be the course's; null if there is none. */
function optionOf(name: string): OptionName | null {
  const ours = name === name.toUpperCase() ? COURSE_NAMES[name] ?? name.toLowerCase() : name;
  return Object.hasOwn(ROWS, ours) ? ours as OptionName : null;
}

/** Whether an option that may stand alone was given; the course's scripts also write `True` and `False`. */
function isWanted(value: string | undefined): boolean {
  return value !== undefined && value.toLowerCase() !== "false";
}

function folderOf(value = ""): string {
  return value.toLowerCase() === "true" ? "." : value;
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

function device(value: string): Device {
  try {
    return deviceOf(value);
  } catch (error) {
    throw error instanceof DeviceError ? new UsageError(error.message) : error;
  }
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
