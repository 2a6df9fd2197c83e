/**
 * Fusion: which nodes of a plan become which kernels.
 *
 * Nodes are taken in reverse order of creation, so that every reader is placed before what it reads. An
 * elementwise node is computed inside its reader's kernel unless its value must lie in memory: because it was
 * asked for, because a matmul or a move reads it, or because several kernels read it and computing it in each
 * would cost more than storing it. `README.md` beside this file tells the rules at length.
 *
 * @module
 */
import { sizeOf } from "../shape.ts";
import { type Access, contiguousAccess, isBijective, Path, viewAccess } from "./access.ts";
import { lenderOf } from "./lend.ts";
import type { Node } from "./node.ts";
import { exchangesLast } from "../ops/movement.ts";
import { weightOf } from "../ops/weights.ts";
import { MAX_INPUTS, MAX_OUTPUTS, MAX_SPILLS } from "../program.ts";

/** The most nodes that one program computes: a spill is enough for each. */
const MAX_NODES = MAX_SPILLS;
/** In how many kernels a node may be computed again. */
const MAX_COPIES = 3;
/** What may be computed again in one kernel, in weights of ops. */
const MAX_REPEATED_WEIGHT = 16;

/** A node as a kernel computes or reads it. */
export interface Use {
  /** The node. */
  readonly node: Node;
  /** The kernel. */
  readonly kernel: Kernel;
  /** The views between the node and the kernel's iteration. */
  readonly path: Path;
}

/** What a kernel computes: a family, the iteration of its program, and the nodes inside. */
export class Kernel {
  /** The empty path: the iteration itself. */
  readonly root: Path;
  /** The nodes that its program computes. */
  readonly inlined: Set<Node> = new Set<Node>();
  /** The nodes that its program stores. */
  readonly outputs: Use[] = [];
  /** Distinct operands of the program, at most. */
  operands = 0;
  /** The weight of what is also computed elsewhere. */
  repeated = 0;
  /** The leaves that its program reads, and how. */
  readonly leaves: Map<Node, Set<Path>> = new Map<Node, Set<Path>>();

  /** @internal */
  constructor(
    /** The node that began it: its result, or the newest of its results. */
    readonly anchor: Node,
    /** The iteration shape of its program. */
    readonly shape: readonly number[],
    /** Why its results lie in memory. */
    readonly reason: string,
  ) {
    this.root = Path.root(shape);
  }

  /** Whether it is a map, not a reduce, matmul or move. */
  get isMap(): boolean {
    return this.inlined.has(this.anchor);
  }
}

/** The kernels of some nodes, in an order in which they can run. */
export class Fusion {
  /** The kernels in order of their anchors. */
  readonly kernels: Kernel[] = [];
  /** For each node where it can be read once stored: strides over its own shape; null for copies of views. */
  readonly forms: (Access | null)[];
  /** For each node the matmul or reduce whose elements it continues, if any. */
  readonly sources: (Node | null)[];
  /** For nodes that lie where a result of a later map will lie: that result. */
  readonly lenders: Map<Node, Node> = new Map<Node, Node>();
  readonly #uses: Use[][];
  readonly #reasons: (string | undefined)[];
  readonly #constant: boolean[];
  readonly #transposed: ReadonlySet<Node>;
  /** For each node the first kernel that reads its bytes, by its anchor's id. */
  readonly #earliest: number[];
  readonly #siblings = new Map<readonly number[], Kernel>();

  /** @internal Nodes ascend by creation; `kept[i]` says why node i must lie in memory, or is "". */
  constructor(
    readonly nodes: readonly Node[],
    kept: readonly string[],
    readonly paramBase: (node: Node) => number,
    readonly leafAccess: (node: Node) => Access,
  ) {
    const count = nodes.length;
    this.forms = new Array<Access | null>(count).fill(null);
    this.sources = new Array<Node | null>(count).fill(null);
    this.#uses = Array.from({ length: count }, () => []);
    this.#reasons = new Array<string | undefined>(count).fill(undefined);
    this.#constant = new Array<boolean>(count).fill(false);
    this.#earliest = new Array<number>(count).fill(Infinity);
    this.#transposed = transposedProducts(nodes, kept, (node) => this.inPlan(node));
    for (let i = 0; i < count; i++) {
      if (kept[i] !== "") this.#reasons[i] = kept[i]!;
      this.#describe(nodes[i]!, i);
    }
    for (let i = count - 1; i >= 0; i--) this.#place(nodes[i]!, i);
    this.kernels.sort((a, b) => a.anchor.id - b.anchor.id);
  }

  /** Whether a node is computed by the plan; else it is a leaf. */
  inPlan(node: Node): boolean {
    return this.nodes[node.index] === node;
  }

  /** The access to a node's elements in memory, over its own shape. */
  formOf(node: Node): Access {
    if (this.inPlan(node)) return this.forms[node.index] ?? contiguousAccess(node.layout.shape);
    return this.leafAccess(node);
  }

  /** Whether a matmul is computed as the product of its transposed operands, in reverse order. */
  isTransposed(node: Node): boolean {
    return this.#transposed.has(node);
  }

  /** Whether a kernel reads a node. */
  isReadBy(node: Node, kernel: Kernel): boolean {
    return this.#uses[node.index]!.some((use) => use.kernel === kernel);
  }

  /** Whether a node is a view that strides can express. */
  isView(node: Node): boolean {
    return this.inPlan(node) && node.op.kind === "view" && this.forms[node.index] !== null;
  }

  /** Whether a node is a number that programs take as a constant. */
  isLiteral(node: Node): boolean {
    return node.op.kind === "constant" && this.inPlan(node);
  }

  /** The node whose bytes hold a node's elements. */
  holderOf(node: Node): Node {
    while (this.isView(node)) node = node.inputs![0]!;
    return node;
  }

  #describe(node: Node, i: number): void {
    const inputs = node.inputs!;
    if (node.op.kind === "view") {
      this.forms[i] = viewAccess(node, this.formOf(inputs[0]!), this.paramBase(node));
    } else if (this.#transposed.has(node)) {
      const { shape } = node.layout, access = contiguousAccess(swapLast(shape));
      this.forms[i] = { ...access, strides: swapLast(access.strides) };
    }
    this.#constant[i] = node.op.kind === "constant" ||
      isElementwise(node) && inputs.length > 0 && inputs.every((x) => this.#isConstant(x));
    if (!isElementwise(node) && node.op.view !== "reshape" && node.op.view !== "permute") return;
    for (const input of inputs) {
      if (!this.inPlan(input) || input.layout.size !== node.layout.size) continue;
      const heavy = input.op.kind === "matmul" || input.op.kind === "reduce";
      const source = heavy ? input : this.sources[input.index]!;
      if (source !== null && (this.sources[i] === null || source.id > this.sources[i]!.id)) {
        this.sources[i] = source;
      }
    }
  }

  #isConstant(node: Node): boolean {
    return this.inPlan(node) && this.#constant[node.index]!;
  }

  #place(node: Node, i: number): void {
    const uses = this.#uses[i]!, reason = this.#reasons[i];
    if (uses.length === 0 && reason === undefined) return;
    if (this.isView(node)) {
      for (const use of uses) this.#use(node.inputs![0]!, use.kernel, use.path.through(node));
      if (reason !== undefined) this.#store(node.inputs![0]!, reason, this.#earliest[i]!);
      return;
    }
    switch (node.op.kind) {
      case "view": {
        // Elements that strides cannot express are copied, walking the input's shape.
        const kernel = this.#begin(
          node,
          node.inputs![0]!.layout.shape,
          reason ?? "strides cannot express its view",
        );
        kernel.inlined.add(node);
        kernel.outputs.push({ node, kernel, path: kernel.root });
        return this.#use(node.inputs![0]!, kernel, kernel.root);
      }
      case "constant":
        if (reason !== undefined) this.#placeElementwise(node, uses, reason);
        return;
      case "reduce": {
        const kernel = this.#begin(node, node.inputs![0]!.layout.shape, reason ?? "reduce");
        kernel.operands = 1;
        return this.#use(node.inputs![0]!, kernel, kernel.root);
      }
      case "matmul":
      case "gather":
      case "scatterAdd":
      case "fold":
      case "call":
      case "concat":
      case "place":
        this.#begin(node, node.layout.shape, reason ?? node.op.kind);
        for (const input of node.inputs!) this.#store(input, `operand of ${node.op.name}`, node.id);
        return;
      default:
        return this.#placeElementwise(node, uses, reason);
    }
  }

  #placeElementwise(node: Node, uses: readonly Use[], reason: string | undefined): void {
    const kernels = new Set(uses.map((use) => use.kernel));
    const why = reason ?? this.#whyNotInline(node, uses, kernels);
    if (why === undefined) {
      const lender = lenderOf(this, node, uses);
      if (lender === undefined) return this.#inline(node, uses, kernels);
      this.lenders.set(node, lender);
      return this.#computeIn(this.#begin(node, node.layout.shape, "read again in the same rows"), node);
    }
    const host = this.#firstReader(node, uses);
    if (host !== undefined) {
      this.#inline(node, uses.filter((use) => use.kernel === host.kernel), new Set([host.kernel]));
      host.kernel.outputs.push(host);
      return;
    }
    const sibling = this.#sibling(node, kernels);
    if (sibling !== undefined) {
      this.#computeIn(sibling, node);
      return;
    }
    const kernel = this.#begin(node, node.layout.shape, why);
    this.#computeIn(kernel, node);
    this.#siblings.set(kernel.shape, kernel);
  }

  /** A kernel computes and stores a node of its own shape. */
  #computeIn(kernel: Kernel, node: Node): void {
    const use = { node, kernel, path: kernel.root };
    kernel.operands++;
    this.#inline(node, [use], new Set([kernel]));
    kernel.outputs.push(use);
  }

  /** Why a node cannot be computed inside its readers' kernels; undefined if it can. */
  #whyNotInline(node: Node, uses: readonly Use[], kernels: ReadonlySet<Kernel>): string | undefined {
    if (this.#constant[node.index]! || node.op.kind === "index") return this.#whyNoRoom(node, kernels);
    if (kernels.size > 1) {
      if (this.sources[node.index] !== null || kernels.size > MAX_COPIES) {
        return `read by ${kernels.size} kernels`;
      }
      const weight = weightOf(node.op);
      for (const kernel of kernels) {
        if (kernel.repeated + weight > MAX_REPEATED_WEIGHT) return `read by ${kernels.size} kernels`;
      }
    }
    for (const { kernel, path } of uses) {
      if (sizeOf(kernel.shape) > node.layout.size) return "its elements are read several times";
      if (!this.#reaches(node, path)) return "strides cannot express its view";
    }
    return this.#whyNoRoom(node, kernels);
  }

  #whyNoRoom(node: Node, kernels: ReadonlySet<Kernel>): string | undefined {
    for (const kernel of kernels) {
      if (kernel.inlined.size >= MAX_NODES) return `a program has at most ${MAX_NODES} nodes`;
      if (kernel.operands + node.inputs!.length > MAX_INPUTS) {
        return `a program has at most ${MAX_INPUTS} operands`;
      }
    }
    return undefined;
  }

  /** The use by a map that runs before all other readers and can store the node beside its own results. */
  #firstReader(node: Node, uses: readonly Use[]): Use | undefined {
    if (uses.length === 0 || node.layout.size === 0) return undefined;
    const first = uses.reduce((a, b) => b.kernel.anchor.id < a.kernel.anchor.id ? b : a),
      { kernel, path } = first;
    if (!kernel.isMap || kernel.outputs.length >= MAX_OUTPUTS) return undefined;
    if (this.#earliest[node.index]! < kernel.anchor.id) return undefined;
    if (sizeOf(kernel.shape) !== node.layout.size) return undefined;
    const stored = path.resolve(contiguousAccess(node.layout.shape), node.layout.shape, this.paramBase);
    if (stored === null || !isBijective(stored, kernel.shape)) return undefined;
    const inside = uses.filter((use) => use.kernel === kernel);
    return this.#whyNotInline(node, inside, new Set([kernel])) === undefined ? first : undefined;
  }

  /** A map of the same shape that can compute a node beside its own results. */
  #sibling(node: Node, kernels: ReadonlySet<Kernel>): Kernel | undefined {
    const kernel = this.#siblings.get(node.layout.shape);
    if (kernel === undefined || kernel.outputs.length >= MAX_OUTPUTS || node.layout.size === 0) {
      return undefined;
    }
    if (this.sources[node.index] !== this.sources[kernel.anchor.index]) return undefined;
    // A reader sees the node through a path of its own, which need not be that of the stored elements.
    for (const reader of kernels) if (reader.anchor.id <= kernel.anchor.id) return undefined;
    if (this.#earliest[node.index]! < kernel.anchor.id) return undefined;
    if (kernel.operands + 1 + node.inputs!.length > MAX_INPUTS) return undefined;
    if (this.#whyNoRoom(node, new Set([kernel])) !== undefined) return undefined;
    return this.#reaches(node, kernel.root) ? kernel : undefined;
  }

  /** Whether the kernel can read all inputs of a node at the end of a path. */
  #reaches(node: Node, path: Path): boolean {
    const through = path.through(node);
    for (const input of node.inputs!) {
      if (through.resolve(this.formOf(input), input.layout.shape, this.paramBase) === null) return false;
    }
    return true;
  }

  #begin(anchor: Node, shape: readonly number[], reason: string): Kernel {
    const kernel = new Kernel(anchor, shape, reason);
    this.kernels.push(kernel);
    return kernel;
  }

  #inline(node: Node, uses: readonly Use[], kernels: ReadonlySet<Kernel>): void {
    for (const kernel of kernels) {
      kernel.inlined.add(node);
      if (kernels.size > 1) kernel.repeated += weightOf(node.op);
    }
    for (const { kernel, path } of uses) {
      if (node.inputs!.length > 0 && !this.#constant[node.index]!) kernel.operands--;
      for (const input of node.inputs!) this.#use(input, kernel, path.through(node));
    }
  }

  #use(node: Node, kernel: Kernel, path: Path): void {
    if (!this.inPlan(node)) {
      let paths = kernel.leaves.get(node);
      if (paths === undefined) kernel.leaves.set(node, paths = new Set());
      if (!paths.has(path)) kernel.operands++;
      paths.add(path);
      return;
    }
    const uses = this.#uses[node.index]!;
    for (const use of uses) if (use.kernel === kernel && use.path === path) return;
    if (!this.#constant[node.index]!) kernel.operands++;
    uses.push({ node, kernel, path });
  }

  /** A node's elements must lie in memory before the kernel of an anchor. */
  #store(node: Node, reason: string, anchor: number): void {
    if (!this.inPlan(node)) return;
    this.#reasons[node.index] ??= reason;
    if (anchor < this.#earliest[node.index]!) this.#earliest[node.index] = anchor;
  }
}

/** Whether a node's elements are each computed from the elements of its inputs at the same place. */
export function isElementwise(node: Node): boolean {
  const kind = node.op.kind;
  return kind === "map" || kind === "copy" || kind === "constant" || kind === "index" || kind === "random";
}

/** The list with its last two entries exchanged. */
export function swapLast<T>(list: readonly T[]): T[] {
  const n = list.length;
  return [...list.slice(0, -2), list[n - 1]!, list[n - 2]!];
}

/** The matmuls that are only read transposed: their results are stored so. */
function transposedProducts(
  nodes: readonly Node[],
  kept: readonly string[],
  inPlan: (node: Node) => boolean,
): Set<Node> {
  const found = new Set<Node>(nodes.filter((node, i) => node.op.kind === "matmul" && kept[i] === ""));
  for (const reader of nodes) {
    if (isTranspose(reader)) continue;
    for (const input of reader.inputs!) if (inPlan(input)) found.delete(input);
  }
  return found;
}

/** Whether a node is a view that exchanges the last two axes. */
function isTranspose({ op }: Node): boolean {
  return op.view === "permute" && exchangesLast(op.axes);
}
