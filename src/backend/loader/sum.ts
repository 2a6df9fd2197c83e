/**
 * SHA-256 sums. Deno's own cryptography is there from the start: loading `node:crypto` takes longer than the sum.
 *
 * @module
 */
import { OPCODES } from "../../ops/opcodes.ts";

/** The SHA-256 sum of bytes, in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The sum of the table of ops: names and numbers of operands, in any order. */
export function opsSum(): Promise<string> {
  const rows = OPCODES.map(({ name, arity }) => `${name}/${arity}`).sort();
  return sha256(new TextEncoder().encode(rows.join("\n")));
}
