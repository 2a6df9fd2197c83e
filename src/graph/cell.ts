/**
 * Cells: the tensors that change. An assignment makes a new version; nodes that used the cell before keep the
 * version they saw.
 *
 * @module
 */
import { release } from "../backend/storage.ts";
import type { Node } from "./node.ts";
import { recording } from "./pending.ts";
import { assignedCells } from "./sinks.ts";
import { tape } from "./tape.ts";

/** The versions of a parameter or buffer. */
export class Cell {
  /** The newest version whose bytes are published. */
  latest: Node;
  /** The version before `latest`, from which dropped values can still be recomputed. */
  previous: Node | null = null;
  /** The number of the tape on which it was assigned last. */
  assignedIn = 0;
  /** How many assignments came before its first on that tape. */
  ordinal = 0;
  /** Versions that were computed together with `latest` and never published. */
  #skipped: Node[] = [];

  /** @internal */
  constructor(
    /** The tensor that users hold. */
    readonly owner: Node,
    first: Node,
    /** Whether gradients flow to it. */
    readonly records: boolean,
    /** What to call it in an error. */
    readonly name: () => string,
  ) {
    this.latest = first;
  }

  /** The newest assignment, computed or not. */
  get current(): Node {
    return this.owner.version;
  }

  /** Gives up the version before the latest: its bytes return to the pool unless somebody else holds them. */
  dropPrevious(): void {
    const { previous } = this;
    if (previous === null) return;
    const storage = previous.value?.storage;
    previous.value = null;
    previous.inputs = null;
    this.previous = null;
    if (storage !== undefined && !storage.bound) release(storage);
  }

  /** A plan has computed a version on the way to a newer one; it is stale with the one before it. */
  skip(version: Node): void {
    this.#skipped.push(version);
  }

  /** The versions after this one do not count any more. */
  goBackTo(version: Node): void {
    this.owner.version = version;
    tape.replayable = false;
    if (version === this.latest) assignedCells.delete(this);
  }

  /** A plan has computed a newer version. */
  publish(version: Node): void {
    if (!recording.eager) this.dropPrevious();
    if (this.#skipped.length > 0) {
      for (const skipped of this.#skipped) skipped.inputs = null;
      this.#skipped = [];
    }
    this.previous = this.latest;
    this.latest = version;
  }
}
