/**
 * The arena of a plan: one block of bytes in which temporaries share places that are not needed any more.
 *
 * @module
 */

interface Span {
  readonly offset: number;
  readonly end: number;
  readonly last: number;
}

const ALIGNMENT = 64;

/** Gives places to temporaries, in the order in which they begin to live. */
export class Arena {
  /** The bytes that the arena needs: at least one if there are temporaries, so that these have a slot. */
  bytes = 0;
  #live: Span[] = [];

  /** The byte offset for a temporary that lives from step `first` to step `last`. */
  place(bytes: number, first: number, last: number): number {
    this.#live = this.#live.filter((span) => span.last >= first);
    let offset = 0, at = 0;
    for (; at < this.#live.length; at++) {
      const span = this.#live[at]!;
      if (span.offset - offset >= bytes) break;
      offset = Math.ceil(span.end / ALIGNMENT) * ALIGNMENT;
    }
    this.#live.splice(at, 0, { offset, end: offset + bytes, last });
    this.bytes = Math.max(this.bytes, offset + bytes, 1);
    return offset;
  }
}
