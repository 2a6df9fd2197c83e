/**
 * Recording: every op becomes a node here, and waits until somebody needs it.
 *
 * @module
 */
import { environment } from "../backend/environment.ts";
import { ArgumentError, DisposedError } from "../errors.ts";
import type { Op } from "../ops/op.ts";
import { LEAF } from "../ops/op.ts";
import { describe, type Layout } from "../shape.ts";
import type { Storage } from "../backend/storage.ts";
import { DEPENDS, DISPOSED, Node, RECORDS, USED, Value } from "./node.ts";
import { tape } from "./tape.ts";

/** How many nodes may wait before they are evaluated unasked. */
const MAX_PENDING_NODES = 50_000;
/** How many bytes the graph may hold, and its results come to, before they are evaluated unasked; see `Recording`. */
const MAX_PENDING_BYTES = 2 ** 31;

type Factory = (op: Op, inputs: readonly Node[] | null, layout: Layout, params: readonly number[]) => Node;

const NO_PARAMS: readonly number[] = Object.freeze([]);

/** What recording does beside making a node; set by the modules above. */
export const hooks: {
  /** Makes the tensor that is the node. */
  make: Factory;
  /** Evaluates some of what waits, because it became too much. */
  relieve: () => void;
  /** Evaluates a node at once (the eager mode). */
  compute: (node: Node) => void;
} = {
  make: (op, inputs, layout, params) => new Node(op, inputs, layout, params),
  relieve: () => {},
  compute: () => {},
};

/** The state of recording. */
export interface Recording {
  /** Each node is evaluated when it is made (`TENSAUR_EAGER=1`). */
  eager: boolean;
  /** Nodes record gradients. */
  gradients: boolean;
  /**
   * The bytes that the pending graph holds, or would once it is evaluated: leaves that were made meanwhile, and results
   * that no other node reads. What a node reads of another does not outlive the plan, and is most often never held.
   */
  bytes: number;
  /** How many nodes may wait; changed by tests only. */
  maxNodes: number;
  /** How many bytes may wait; changed by tests only. */
  maxBytes: number;
  /** How many nodes wait aside, since an evaluation did not need them. */
  leftovers: number;
  /** What `scope` and derivatives learn of each tensor that is made, before it is computed. */
  made: Pick<Node[], "push"> | null;
}

/** The state of recording. */
export const recording: Recording = {
  eager: environment("TENSAUR_EAGER") === "1",
  gradients: true,
  bytes: 0,
  maxNodes: MAX_PENDING_NODES,
  maxBytes: MAX_PENDING_BYTES,
  leftovers: 0,
  made: null,
};

/** Records an op: the node of its result, which keeps the array of inputs. Shapes and dtypes have been checked. */
export function record(
  op: Op,
  inputs: Node[],
  layout: Layout,
  params: readonly number[] = NO_PARAMS,
): Node {
  const known = tape.follower?.take(op, inputs, layout, params);
  if (known != null) return known;
  const waiting = tape.recorded.length + recording.leftovers;
  // One result may always wait, or chains over huge tensors would be cut at each op.
  if (waiting >= recording.maxNodes || recording.bytes >= recording.maxBytes + layout.bytes) hooks.relieve();
  let flags = 0;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!.version;
    flags |= input.flags;
    inputs[i] = input;
  }
  if (flags & DISPOSED) throw new DisposedError(`Cannot ${op.name}: a tensor given to it was disposed`);
  const node = hooks.make(op, inputs, layout, params);
  const inherited = recording.gradients && op.gradients.length > 0 ? RECORDS | DEPENDS : DEPENDS;
  node.flags = flags & inherited;
  if (recording.made !== null) recording.made.push(node);
  if (recording.eager) {
    for (const input of inputs) input.set(USED);
    hooks.compute(node);
    return node;
  }
  recording.bytes += layout.bytes + tape.add(node, inputs);
  return node;
}

/** The node of bytes that are given; contiguous. */
export function leaf(layout: Layout, storage: Storage): Node {
  const node = hooks.make(LEAF, null, layout, NO_PARAMS);
  node.value = new Value(storage, 0, layout.strides);
  node.setComputed();
  if (recording.made !== null) recording.made.push(node);
  return node;
}

/**
 * Runs a function whose ops record no gradients.
 *
 * @example
 * ```ts
 * import { noGrad, tensor } from "@tensaur/tensaur";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([1, 2], { requiresGrad: true });
 * assertEquals(noGrad(() => x.mul(2)).requiresGrad, false);
 * ```
 *
 * @param f A function that is not asynchronous
 * @returns What the function returns
 * @throws {ArgumentError} If it is not a function, or returns a promise
 */
export function noGrad<T>(f: () => T): T {
  if (typeof f !== "function") throw new ArgumentError(`Cannot noGrad ${describe(f)}: want a function`);
  const before = recording.gradients;
  recording.gradients = false;
  try {
    const result = f();
    if (result instanceof Promise) {
      throw new ArgumentError(
        "Cannot noGrad an asynchronous function: its ops would run after noGrad has ended",
      );
    }
    return result;
  } finally {
    recording.gradients = before;
  }
}
