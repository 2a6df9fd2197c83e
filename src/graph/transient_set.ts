/**
 * A set whose members come and go with every step.
 *
 * @module
 */

/**
 * A set that starts anew whenever it becomes empty. V8 links each outgrown table of a `Set` to the next one, so in
 * a set that outlives its members, tables that grew old would keep every later step's garbage from cheap collection.
 */
export class TransientSet<T> implements Iterable<T> {
  #members: Set<T> = new Set<T>();

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Adds a member. */
  add(member: T): void {
    this.#members.add(member);
  }

  /** Removes a member, if it is one. */
  delete(member: T): void {
    if (this.#members.delete(member) && this.#members.size === 0) this.#members = new Set<T>();
  }

  /** Removes all members. */
  clear(): void {
    if (this.#members.size > 0) this.#members = new Set<T>();
  }

  /** The members, in the order in which they came; they may be deleted meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#members.values();
  }
}
