/**
 * Assembly: kernels become steps over slots. A map of a result that was just computed becomes its epilogue,
 * maps with the same program become one step, and every temporary gets its place in the arena.
 *
 * @module
 */
import type { Epilogue, Job, Operand, Step } from "../backend/backend.ts";
import { DTYPES } from "../dtype.ts";
import { showShape, sizeOf } from "../shape.ts";
import { type Access, contiguousAccess, isContiguous, operandOf, withOwnStrides } from "./access.ts";
import { Arena } from "./arena.ts";
import { Fusion, type Kernel } from "./fuse.ts";
import { lower, type Lowered, type ProgramOperand, withFirstInput } from "./lower.ts";
import type { Node } from "./node.ts";
import type { Assembly, Kept, PlannedStep } from "./plan.ts";
import { heavySteps } from "./steps.ts";

/** The most maps that one step runs. */
const MAX_JOBS = 64;

/** Kernels that run as one step. */
export class Unit {
  /** The maps that run as further jobs of this one. */
  readonly joined: Unit[] = [];
  /** The map that runs on its result while it is at hand. */
  epilogue: Unit | null = null;

  /** @internal */
  constructor(
    /** The kernel. */
    readonly kernel: Kernel,
    /** Its program; null for kernels that have none. */
    readonly lowered: Lowered | null,
    /** Its place in the order of kernels. */
    readonly position: number,
  ) {}
}

/** Where a node's bytes lie: a slot, and an offset in bytes in it. */
interface Place {
  readonly slot: number;
  readonly byteOffset: number;
}

/** Makes the steps of some nodes. `reasons[i]` says why node i is kept, or is "". */
export function assemble(
  nodes: readonly Node[],
  leaves: readonly Node[],
  reasons: readonly string[],
): Assembly {
  return new Assembler(nodes, leaves, reasons).run();
}

/** The state of one assembly. */
export class Assembler {
  /** The kernels. */
  readonly fusion: Fusion;
  readonly #leafSlots = new Map<Node, number>();
  readonly #homes = new Map<Node, Unit>();
  readonly #places = new Map<Node, Place>();
  /** Results that lie where an output of their epilogue, or of a later map, will lie. */
  readonly #sharing = new Map<Node, Node>();
  #units: Unit[] = [];

  /** @internal */
  constructor(
    readonly nodes: readonly Node[],
    readonly leaves: readonly Node[],
    readonly reasons: readonly string[],
  ) {
    leaves.forEach((leaf, slot) => this.#leafSlots.set(leaf, slot));
    const bases: number[] = [];
    let params = 0;
    for (const node of nodes) {
      bases.push(params);
      params += node.params.length;
    }
    const leafAccess = (leaf: Node): Access => {
      const { offset, strides } = leaf.value!;
      // The offset of a leaf that is a view of bytes is a parameter, as the start of a slice is.
      const shifts = offset === 0 ? [] : [{ param: params + this.#leafSlots.get(leaf)!, stride: 1 }];
      return { offset: 0, shifts, strides };
    };
    this.fusion = new Fusion(nodes, reasons, (node) => bases[node.index]!, leafAccess);
  }

  run(): Assembly {
    this.fusion.kernels.forEach((kernel, position) => this.#add(kernel, position));
    this.#units = this.#units.filter((unit) => !this.#joinsAsEpilogue(unit));
    this.#joinMaps();
    const placed = this.#placeAll();
    const steps = this.#units.flatMap((unit) => this.#stepsOf(unit));
    return { steps, leaves: this.leaves.length, ...placed };
  }

  #add(kernel: Kernel, position: number): void {
    const folded = kernel.anchor.op.kind === "reduce" ? kernel.anchor.inputs![0]! : null;
    const lowered = kernel.isMap || folded !== null ? lower(this.fusion, kernel, folded) : null;
    const unit = new Unit(kernel, lowered, position);
    this.#units.push(unit);
    if (!kernel.isMap) this.#homes.set(kernel.anchor, unit);
    for (const { node } of kernel.outputs) this.#homes.set(node, unit);
  }

  /** Whether everything a map reads, but for one input, lies in memory before a unit runs. */
  #readyBefore(unit: Unit, inputs: readonly ProgramOperand[], except: ProgramOperand | null): boolean {
    return inputs.every((input) => {
      if (input === except || input.node === null) return true;
      const home = this.#homes.get(input.node);
      return home === undefined || home.position < unit.position;
    });
  }

  /** Makes a map the epilogue of the matmul or reduce whose result it reads, if it can be. */
  #joinsAsEpilogue(unit: Unit): boolean {
    const { kernel, lowered } = unit;
    const source = kernel.isMap ? this.fusion.sources[kernel.anchor.index] : null;
    if (!source || lowered === null) return false;
    const target = this.#homes.get(source)!;
    if (target.epilogue !== null || source.layout.size !== sizeOf(kernel.shape)) return false;
    const reads = lowered.inputs.filter((input) => input.node === source);
    if (reads.length !== 1 || !isContiguous(reads[0]!.access.strides, kernel.shape)) return false;
    if (!this.#readyBefore(target, lowered.inputs, reads[0]!)) return false;
    target.epilogue = unit;
    for (const { node } of kernel.outputs) this.#homes.set(node, target);
    return true;
  }

  #joinMaps(): void {
    const latest = new Map<number, Unit>(), units: Unit[] = [];
    for (const unit of this.#units) {
      const lowered = unit.kernel.isMap ? unit.lowered! : null;
      const target = lowered === null ? undefined : latest.get(lowered.program.id);
      if (
        lowered !== null && target !== undefined && target.joined.length + 1 < MAX_JOBS &&
        target.lowered!.constants.join() === lowered.constants.join() &&
        this.#readyBefore(target, lowered.inputs, null)
      ) {
        target.joined.push(unit);
        for (const { node } of unit.kernel.outputs) this.#homes.set(node, target);
        continue;
      }
      if (lowered !== null) latest.set(lowered.program.id, unit);
      units.push(unit);
    }
    this.#units = units;
  }

  /** Every stored node gets its slot: kept values slots of their own, temporaries a place in the arena. */
  #placeAll(): Omit<Assembly, "steps" | "leaves"> {
    const outputBytes: number[] = [],
      outputNames: string[] = [],
      kept: Omit<Kept, "shares">[] = [],
      given = this.leaves.length;
    const holders = new Array<number>(given).fill(0);
    for (let index = 0; index < this.nodes.length; index++) {
      if (this.reasons[index] === "") continue;
      const node = this.nodes[index]!, holder = this.fusion.holderOf(node);
      let slot = this.#leafSlots.get(holder);
      if (slot === undefined) {
        if (!this.#places.has(holder)) {
          this.#places.set(holder, { slot: given + outputBytes.length, byteOffset: 0 });
          outputBytes.push(holder.layout.bytes);
          outputNames.push(`${holder.op.name} ${showShape(holder.layout.shape)} ${holder.layout.dtype}`);
          holders.push(0);
        }
        slot = this.#places.get(holder)!.slot;
      }
      kept.push({ index, slot, access: withOwnStrides(this.fusion.formOf(node), node.layout) });
      holders[slot]!++;
    }
    const lastRead = new Map<Node, number>();
    this.#units.forEach((unit, step) => this.#eachRead(unit, (node) => lastRead.set(node, step)));
    const arena = new Arena(), arenaSlot = given + outputBytes.length;
    this.#units.forEach((unit, step) => {
      for (const written of this.#writes(unit, lastRead)) {
        const { lenders } = this.fusion;
        let node = written;
        while (lenders.has(node)) node = lenders.get(node)!;
        if (node !== written) this.#sharing.set(written, node);
        if (this.#places.has(node)) continue;
        const byteOffset = arena.place(node.layout.bytes, step, lastRead.get(node) ?? step);
        this.#places.set(node, { slot: arenaSlot, byteOffset });
      }
    });
    const shares = (slot: number): boolean => slot < given || holders[slot]! > 1;
    return {
      kept: kept.map((value) => ({ ...value, shares: shares(value.slot) })),
      outputBytes,
      outputNames,
      arenaBytes: arena.bytes,
    };
  }

  #eachRead(unit: Unit, visit: (node: Node) => void): void {
    if (unit.lowered === null) {
      unit.kernel.anchor.inputs!.forEach((input) => visit(this.fusion.holderOf(input)));
    }
    for (const part of [unit, ...unit.joined]) {
      for (const { node } of part.lowered?.inputs ?? []) if (node !== null) visit(node);
    }
    for (const { node } of unit.epilogue?.lowered?.inputs ?? []) {
      if (node !== null && node !== unit.kernel.anchor) visit(node);
    }
  }

  /** The nodes that a unit stores. A result that only its epilogue reads shares the place of an output. */
  #writes(unit: Unit, lastRead: ReadonlyMap<Node, number>): Node[] {
    const nodes = [unit, ...unit.joined].flatMap((part) => part.kernel.outputs.map((use) => use.node));
    if (unit.kernel.isMap) return nodes;
    const result = unit.kernel.anchor, epilogue = unit.epilogue;
    if (epilogue === null) return [result];
    const outputs = epilogue.kernel.outputs.map((use) => use.node);
    const place = this.#places.get(result);
    if (place === undefined && !lastRead.has(result)) {
      const shared = epilogue.lowered!.outputs.find(({ node, access }) =>
        node!.layout.dtype === result.layout.dtype && isContiguous(access.strides, epilogue.kernel.shape)
      );
      if (shared !== undefined) {
        this.#sharing.set(result, shared.node!);
        return outputs;
      }
    }
    return [...outputs, result];
  }

  /** The operand of a stored node or a leaf, read or written through an access. */
  operand(node: Node, access: Access): Operand {
    const leaf = this.#leafSlots.get(node);
    if (leaf !== undefined) return operandOf(leaf, node.layout.dtype, 0, access);
    const place = this.#places.get(this.#sharing.get(node) ?? node)!;
    return operandOf(
      place.slot,
      node.layout.dtype,
      place.byteOffset / DTYPES[node.layout.dtype].size,
      access,
    );
  }

  /** The operand of an input of a kernel without a program, over the input's own shape. */
  memory(input: Node): Operand {
    return this.operand(this.fusion.holderOf(input), this.fusion.formOf(input));
  }

  /** The operand of a kernel's result. */
  result(node: Node): Operand {
    return this.operand(node, contiguousAccess(node.layout.shape));
  }

  /** The job of a program. */
  job(kernel: Kernel, lowered: Lowered): Job {
    const operands = [...lowered.inputs, ...lowered.outputs].map(({ node, access }) =>
      node === null ? operandOf(-1, "index", 0, access) : this.operand(node, access)
    );
    return { shape: kernel.shape, operands };
  }

  /** The epilogue of a unit: its first input is the unit's result. */
  epilogueOf(unit: Unit): Epilogue | null {
    if (unit.epilogue === null) return null;
    const { kernel, lowered } = unit.epilogue;
    const first = lowered!.inputs.findIndex((input) => input.node === unit.kernel.anchor);
    const ordered = withFirstInput(lowered!, first);
    return { program: ordered.program, constants: ordered.constants, job: this.job(kernel, ordered) };
  }

  #stepsOf(unit: Unit): PlannedStep[] {
    const parts = [unit, ...unit.joined, ...(unit.epilogue === null ? [] : [unit.epilogue])];
    const names = parts.flatMap((part) => [...part.kernel.inlined]).sort((a, b) => a.id - b.id).map((x) =>
      x.op.name
    );
    const heavy = unit.kernel.isMap ? [] : [unit.kernel.anchor.op.name];
    const ops = [...heavy, ...names].join(" ");
    const { reason } = (unit.epilogue ?? unit).kernel;
    return this.#rawSteps(unit).map((step) => ({ step, ops, reason }));
  }

  #rawSteps(unit: Unit): Step[] {
    const { kernel, lowered } = unit;
    if (!kernel.isMap) return heavySteps(this, unit);
    const jobs = [unit, ...unit.joined].map((part) => this.job(part.kernel, part.lowered!));
    return [{ kind: "map", program: lowered!.program, constants: lowered!.constants, jobs }];
  }
}
