/**
 * Environment variables, read only where that is already permitted.
 *
 * @module
 */

/** The value of a variable, or `undefined` if it is not set or may not be read. It never prompts. */
export function environment(variable: string): string | undefined {
  const permission = Deno.permissions.querySync({ name: "env", variable });
  return permission.state === "granted" ? Deno.env.get(variable) : undefined;
}
