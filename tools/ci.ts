// deno-lint-ignore-file no-console -- a command line tool reports there
/**
 * The whole check of a change: CUDA's kernels are compiled, then the suite, the suite on a simulated GPU, and the gate.
 * `.ci/run` starts it on any machine.
 *
 * The numbers of its last line are the runners' own: one for the kernels, the JUnit report of `deno test`, the
 * `test result:` lines of `cargo test`, those of each file on the GPU, and one for each check of the gate.
 *
 * @module
 */
import { hasCompiler } from "../tests/simulator/child.ts";
import { runCudaSuite } from "./cuda_suite.ts";
import { runGate, succeeds } from "./gate.ts";

interface Counts {
  passed: number;
  failed: number;
}

const REPORT = "target/ci/deno-test.xml";

function attribute(xml: string, name: string): number {
  return Number(new RegExp(`<testsuites[^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? NaN);
}

/** What the JUnit report says, skipped tests left out; a report that is missing or broken is one failure. */
export function countJUnit(xml: string): Counts {
  const failed = attribute(xml, "failures") + attribute(xml, "errors");
  const passed = attribute(xml, "tests") - failed - xml.split("<skipped").length + 1;
  return Number.isNaN(passed) ? { passed: 0, failed: 1 } : { passed, failed };
}

/** What `cargo test` says in one `test result:` line for each of its programs; none at all is one failure. */
export function countCargo(output: string): Counts {
  const counts = { passed: 0, failed: 0 };
  const results = output.matchAll(/test result: .*? (\d+) passed; (\d+) failed;/g);
  let programs = 0;
  for (const [, passed, failed] of results) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    programs++;
  }
  return programs === 0 ? { passed: 0, failed: 1 } : counts;
}

/** Copies a stream to the standard output while it runs, and returns its text. */
async function tee(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    for (let sent = 0; sent < chunk.length;) sent += Deno.stdout.writeSync(chunk.subarray(sent));
  }
  return text;
}

function readReport(): string {
  try {
    return Deno.readTextFileSync(REPORT);
  } catch {
    return "";
  }
}

/** Runs `deno task test` and counts both of its reports. */
async function runSuite(): Promise<Counts> {
  await Deno.mkdir("target/ci", { recursive: true });
  await Deno.remove(REPORT).catch(() => {});
  const args = ["task", "test", `--junit-path=${REPORT}`];
  const suite = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const [output, errors, status] = await Promise.all([tee(suite.stdout), tee(suite.stderr), suite.status]);
  const rust = countCargo(output + errors);
  const deno = countJUnit(readReport());
  const failed = rust.failed + deno.failed;
  return { passed: rust.passed + deno.passed, failed: status.success ? failed : Math.max(1, failed) };
}

/** Compiles CUDA's kernels into the library, which the suite then looks into. */
function compileKernels(): Counts {
  const compiled = succeeds(["deno", "task", "cubins"]);
  return compiled ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

if (import.meta.main) {
  const all = [compileKernels(), await runSuite()];
  if (await hasCompiler()) all.push(await runCudaSuite());
  all.push(runGate());
  const sum = (key: keyof Counts): number => all.reduce((sum, counts) => sum + counts[key], 0);
  const failed = sum("failed");
  console.log(`${sum("passed")} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
