/**
 * Finding what an object is made of: a walk over its fields, through arrays, maps and plain objects.
 *
 * @module
 */

/** Says which objects a walk reports. */
export type IsPart<T extends object> = (value: object) => value is T;

/**
 * Calls `visit` with each part below `root` and its dotted name, in the order of the fields; if it returns true,
 * the walk goes on below that part. Each object is met once, under the first name found, so cycles end.
 */
export function walk<T extends object>(
  root: object,
  isPart: IsPart<T>,
  visit: (name: string, part: T) => boolean,
): void {
  walkBelow(root, "", new Set([root]), isPart, visit);
}

function walkBelow<T extends object>(
  holder: object,
  prefix: string,
  seen: Set<object>,
  isPart: IsPart<T>,
  visit: (name: string, part: T) => boolean,
): void {
  for (const [key, value] of entriesOf(holder)) {
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (isPart(value)) {
      seen.add(value);
      if (visit(name, value)) walkBelow(value, name, seen, isPart, visit);
    } else if (isContainer(value)) {
      seen.add(value);
      walkBelow(value, name, seen, isPart, visit);
    }
  }
}

function entriesOf(holder: object): [string, unknown][] {
  if (!(holder instanceof Map)) return Object.entries(holder);
  return Array.from(holder, ([key, value]) => [String(key), value]);
}

function isContainer(value: object): boolean {
  if (Array.isArray(value) || value instanceof Map) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
