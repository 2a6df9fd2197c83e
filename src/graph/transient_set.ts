/**
 * A set whose members come and go with every step.
 *
 * @module
 */

/** How many members are found in an array faster than in a `Set`. */
const FEW = 16;

/**
 * A set that starts anew whenever it becomes empty: a few members are an array, more of them a `Set`. V8 links each
 * outgrown table of a `Set` to the next one, so in a set that outlives its members, tables that grew old would keep
 * every later step's garbage from cheap collection.
 */
export class TransientSet<T> implements Iterable<T> {
  #few: T[] = [];
  #many: Set<T> | null = null;

  /** How many members there are. */
  get size(): number {
    return this.#many === null ? this.#few.length : this.#many.size;
  }

  /** Adds a member. */
  add(member: T): void {
    if (this.#many === null) {
      if (this.#few.includes(member)) return;
      if (this.#few.length < FEW) {
        this.#few.push(member);
        return;
      }
      this.#many = new Set(this.#few);
    }
    this.#many.add(member);
  }

  /** Removes a member, if it is one. */
  delete(member: T): void {
    if (this.#many !== null) this.#many.delete(member);
    else {
      const at = this.#few.indexOf(member);
      if (at >= 0) this.#few.splice(at, 1);
    }
    if (this.size === 0) this.clear();
  }

  /** Removes the members for which `leaves` says so; asked once for each, in the order in which they came. */
  deleteWhere(leaves: (member: T) => boolean): void {
    if (this.#many === null) this.#few = this.#few.filter((member) => !leaves(member));
    else for (const member of this.#many) if (leaves(member)) this.#many.delete(member);
    if (this.size === 0) this.clear();
  }

  /** Removes all members. */
  clear(): void {
    this.#many = null;
    if (this.#few.length > 0) this.#few = [];
  }

  /** The members, in the order in which they came. */
  [Symbol.iterator](): IterableIterator<T> {
    return (this.#many ?? this.#few).values();
  }
}
