/**
 * The cache of plans. A structure is the ops, edges and kept values of a graph; its plans differ in layouts.
 *
 * @module
 */
import type { Plan } from "./plan.ts";

/** How many structures are remembered. */
const MAX_STRUCTURES = 1024;
/** How many plans of one structure are remembered. */
const MAX_PLANS = 32;

/** The plans of one structure, and the values that it should have kept. */
export class Structure {
  /** Indices of dropped values that were asked for later; from now on they are kept. */
  readonly marks: Set<number> = new Set<number>();
  /** The plan that was used last. */
  last: Plan | null = null;
  #plans: Plan[] = [];

  /** @internal */
  constructor(
    /** The words of ops, edges and kept values. */
    readonly words: Int32Array,
  ) {}

  /** Keeps a value from now on. The plans that dropped it are forgotten. */
  mark(index: number): void {
    if (this.marks.has(index)) return;
    this.marks.add(index);
    this.forget();
  }

  /** Forgets all plans. They are freed at once: in a loop that never awaits, the collector would not come to it. */
  forget(): void {
    for (const plan of this.#plans) plan.executable.free();
    this.#plans = [];
    this.last = null;
  }

  /** The plan for layouts, if there is one. */
  find(sizes: Int32Array, length: number): Plan | null {
    if (this.last !== null && sameWords(this.last.sizes, sizes, length)) return this.last;
    for (const plan of this.#plans) if (sameWords(plan.sizes, sizes, length)) return this.last = plan;
    return null;
  }

  /** Remembers a plan. */
  add(plan: Plan): void {
    if (this.#plans.length === MAX_PLANS) this.#plans.shift()!.executable.free();
    this.#plans.push(plan);
    this.last = plan;
  }
}

const structures = new Map<number, Structure[]>();
let count = 0;
let last: Structure | null = null;

/** The structure with these words; made if it is new. The last one is tried before anything is hashed. */
export function structureOf(words: Int32Array, length: number): Structure {
  if (last !== null && sameWords(last.words, words, length)) return last;
  const hash = hashWords(words, length);
  let list = structures.get(hash);
  if (list !== undefined) {
    for (const structure of list) {
      if (sameWords(structure.words, words, length)) {
        touch(hash, list);
        return last = structure;
      }
    }
  } else structures.set(hash, list = []);
  const structure = new Structure(words.slice(0, length));
  list.push(structure);
  if (++count > MAX_STRUCTURES) forgetOldest();
  return last = structure;
}

/** Forgets all structures and their plans. */
export function forgetStructures(): void {
  for (const list of structures.values()) list.forEach((structure) => structure.forget());
  structures.clear();
  count = 0;
  last = null;
}

function touch(hash: number, list: Structure[]): void {
  structures.delete(hash);
  structures.set(hash, list);
}

function forgetOldest(): void {
  const [hash, list] = structures.entries().next().value!;
  structures.delete(hash);
  count -= list.length;
  list.forEach((structure) => structure.forget());
}

function sameWords(a: Int32Array, b: Int32Array, length: number): boolean {
  if (a.length !== length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** FNV-1a over words. */
function hashWords(words: Int32Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193) ^ hash >>> 15;
  return hash;
}
