/**
 * What a JUnit report of `deno test` says of each test.
 *
 * @module
 */

/** How a test ended. */
export interface Outcome {
  /** The test's name; examples in documentation are named by their file. */
  readonly name: string;
  /** Whether it ran and held. */
  readonly state: "passed" | "failed" | "skipped";
}

/** Where the project lies, which the names of examples begin with. */
const ROOT = new URL("../", import.meta.url).href;

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(text: string): string {
  const names = text.replaceAll(/&(?:#(\d+)|(lt|gt|quot|apos|amp));/g, (_, code, name) => {
    return name === undefined ? String.fromCodePoint(Number(code)) : ENTITIES[name]!;
  });
  if (!names.startsWith(ROOT)) return names;
  return `example in ${names.slice(ROOT.length).replace(/[$#]\d+-\d+\.\w+$/, "")}`;
}

/** The outcomes in a report; steps within tests count as tests. */
export function outcomesOf(xml: string): Outcome[] {
  const cases = xml.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g);
  return [...cases].map(([, name, body = ""]) => {
    const failed = /<(failure|error)\b/.test(body), skipped = body.includes("<skipped");
    return { name: plain(name!), state: failed ? "failed" : skipped ? "skipped" : "passed" };
  });
}
