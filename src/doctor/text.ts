/**
 * A diagnosis for people.
 *
 * @module
 */
import type { Diagnosis } from "../doctor.ts";

/** The lines of a diagnosis. */
export function describeDiagnosis(diagnosis: Diagnosis): string {
  const { versions, target, library, cache, permissions, simd, threads, gpus, devices, problems } = diagnosis;
  const rows: [string, string][] = [
    ["versions", Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")],
    ["target", target],
    [
      "library",
      library.error === null ? `${library.path} (${library.origin}, interface ${library.abi})` : "none",
    ],
    ["kernels", simd === null ? "none" : `${simd}, ${threads} threads`],
    ["cache", cache.folder ?? "none"],
    ["", `${cache.state}: ${cache.reason}`],
    ["permissions", Object.entries(permissions).map(([name, state]) => `${name} ${state}`).join(", ")],
    ...gpus.found.map(({ name, memory, computeCapability }, i): [string, string] => [
      `GPU ${i}`,
      `${name}, ${(memory / 2 ** 30).toFixed(1)} GiB, compute capability ${computeCapability}`,
    ]),
    ...gpus.found.length === 0 ? [["GPU", `none: ${gpus.reason}`] as [string, string]] : [],
    ...devices.map(({ device, right, rounds, seconds, error }): [string, string] => [
      device,
      right ? `right in ${rounds} rounds, ${seconds.toFixed(1)} s` : `wrong: ${error}`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows.map(([name, text]) =>
    name.padEnd(width) + text.replaceAll("\n", "\n".padEnd(width + 1))
  );
  const ends = problems.map(({ what, cure }, i) => `\n${i + 1}. ${what}\n   What to do: ${cure}`);
  return [...lines, ...ends.length === 0 ? ["\nNo problems."] : ends].join("\n");
}
