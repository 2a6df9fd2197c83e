/**
 * What the check found, as a page and as JSON.
 *
 * @module
 */
import { duration, markdown, ratio } from "../../bench/report.ts";
import type { Figures } from "./benchmarks.ts";
import type { Outcome } from "./steps.ts";

/** A step that was taken. */
export interface Taken extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

/** All that was found. */
export interface Findings {
  /** When it began. */
  readonly date: string;
  /** Whether the driver was the simulated one, so that no figure means anything. */
  readonly simulated: boolean;
  /** What there is: device, driver, toolkit, versions, a line each. */
  readonly machine: readonly string[];
  readonly steps: readonly Taken[];
  readonly figures: readonly Figures[];
}

/** The rate of a case; the copy's is that of the device's memory. */
function rateOf({ work }: Figures, seconds: number | null): string {
  return work === null || seconds === null
    ? ""
    : `${(work.amount / seconds / 1e9).toPrecision(3)} ${work.unit}`;
}

/** How much of the rate at which PyTorch copies memory a case reaches that only moves bytes. */
function shareOf(figures: Figures, copy: Figures | undefined): string {
  if (figures.work?.unit !== "GB/s" || copy?.work == null || copy.torch === null) return "";
  const most = copy.work.amount / copy.torch;
  return `${Math.round(100 * figures.work.amount / figures.seconds / most)} %`;
}

function figuresTable(figures: readonly Figures[]): string {
  const copy = figures.find(({ name }) => name.startsWith("copy"));
  const rows = figures.map((row) => [
    row.name,
    duration(row.seconds),
    rateOf(row, row.seconds),
    shareOf(row, copy),
    row.torch === null ? "not there" : duration(row.torch),
    rateOf(row, row.torch),
    row.torch === null ? "" : ratio(row.torch / row.seconds),
  ]);
  const head = ["case", "Tensaur", "rate", "of the copy's", "PyTorch", "rate", "PyTorch / Tensaur"];
  return markdown([head, ...rows]);
}

/** The page. */
export function page({ date, simulated, machine, steps, figures }: Findings): string {
  const count = (status: Outcome["status"]): number => steps.filter((step) => step.status === status).length;
  const rows = steps.map(({ name, status, seconds, told }) => [
    name,
    status,
    `${seconds.toFixed(1)} s`,
    told.replaceAll("|", "\\|"),
  ]);
  return [
    "# A check on a GPU",
    "",
    `${date}.${simulated ? " The driver is the simulated one: no figure here is that of a GPU." : ""}`,
    "",
    ...machine.map((line) => `- ${line}`),
    "",
    markdown([["step", "", "time", "what it showed"], ...rows]),
    "",
    `${count("passed")} passed, ${count("FAILED")} failed, ${count("skipped")} skipped.`,
    "",
    ...(figures.length === 0 ? [] : [
      "Medians; both take turns, all work is started and then waited for.",
      "",
      figuresTable(figures),
      "",
    ]),
  ].join("\n");
}
