/**
 * The library's functions, as TypeScript calls them.
 *
 * @module
 */
import { type NativeFunctions, SYMBOLS } from "../symbols.ts";

/**
 * What steps and transfers call again and again. Opening makes machine code for a call of each of these, which takes
 * .1 ms apiece; calls of the others go through a pointer, and take a microsecond more.
 */
const OFTEN: ReadonlySet<string> = new Set<keyof NativeFunctions>([
  "planRun",
  "planStart",
  "planJoin",
  "cudaAllocate",
  "cudaFree",
  "cudaWrite",
  "cudaRead",
]);

type Definition = Deno.ForeignFunction;

/** What `Deno.dlopen` is asked for: a function itself, or where it lies. */
function asked(name: string, definition: Definition): Definition | Deno.ForeignStatic<"pointer"> {
  return OFTEN.has(name) ? definition : { name: definition.name!, type: "pointer" };
}

/** A function that lies somewhere. */
function calling(place: Deno.PointerObject<Definition>, definition: Definition): unknown {
  const pointer = new Deno.UnsafeFnPointer(place, definition);
  return (...values: Parameters<typeof pointer.call>) => pointer.call(...values);
}

/** Opens a library; throws if it lacks a function. */
export function openFunctions(place: string | URL): NativeFunctions {
  const definitions = Object.entries<Definition>(SYMBOLS);
  const { symbols } = Deno.dlopen(
    place,
    Object.fromEntries(definitions.map(([name, definition]) => [name, asked(name, definition)])),
  );
  const functions = definitions.map(([name, definition]) => {
    const found = symbols[name];
    return [name, OFTEN.has(name) ? found : calling(found as Deno.PointerObject<Definition>, definition)];
  });
  return Object.fromEntries(functions);
}
