/**
 * What the benchmarks print: the machine, tables, and the part of the README that they rewrite.
 *
 * @module
 */
import { cpus } from "node:os";

/** A table: the first row is its head. */
export type Table = readonly (readonly string[])[];

/** A duration with three digits and a unit that suits it. */
export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  if (seconds >= 1e-6) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return `${(seconds * 1e9).toPrecision(3)} ns`;
}

/** A ratio, as `12.3×`. */
export function ratio(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}×`;
}

/** The table in Markdown, its columns aligned. */
export function markdown(table: Table): string {
  const columns = table[0]?.length ?? 0;
  const widths = Array.from(
    { length: columns },
    (_, i) => Math.max(3, ...table.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    return `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
  };
  const [head = [], ...rows] = table;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The day, the processor and the versions, in a sentence. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "an unknown processor";
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${processors.length} cores of ${model}, Deno ${Deno.version.deno}`;
}

/** Puts a text between the two marks `<!-- name -->` and `<!-- /name -->` of the README, and formats it. */
export function rewriteReadme(name: string, text: string): void {
  rewritePage("README.md", name, text);
}

/** The same of another page. */
export function rewritePage(file: string, name: string, text: string): void {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const page = Deno.readTextFileSync(file);
  const start = page.indexOf(open);
  const end = page.indexOf(close);
  if (start < 0 || end < start) throw new Error(`${file} has no marks ${open} and ${close}`);
  const before = page.slice(0, start + open.length);
  Deno.writeTextFileSync(file, `${before}\n\n${text}\n\n${page.slice(end)}`);
  new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file] }).outputSync();
}
