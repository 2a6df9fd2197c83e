/**
 * Lowering: the nodes inside a kernel become a program of the accumulator machine.
 *
 * A value stays in the accumulator for the op that reads it next. It is spilled to a slot only if it is read
 * again later, or if the op that reads it needs the accumulator for its other input first.
 *
 * @module
 */
import { type Class, DTYPES, I32, INDEX_CODE } from "../dtype.ts";
import {
  CONST,
  FIRST_OP,
  INPUT,
  internProgram,
  LOAD,
  OUTPUT,
  type Program,
  SPILL,
  STORE,
  SWAP,
} from "../program.ts";
import { OPCODES } from "../ops/opcodes.ts";
import { type Access, contiguousAccess, type Path } from "./access.ts";
import type { Fusion, Kernel } from "./fuse.ts";
import type { Node } from "./node.ts";

/** What a program reads or stores: a node's bytes (or, for null, the index itself) and how. */
export interface ProgramOperand {
  /** The node; null for an index. */
  readonly node: Node | null;
  /** Strides over the kernel's shape. */
  readonly access: Access;
}

/** A kernel's program with its operands. */
export interface Lowered {
  /** The program. */
  readonly program: Program;
  /** For each constant the plan's parameter. */
  readonly constants: readonly number[];
  /** The inputs in order of slots. */
  readonly inputs: readonly ProgramOperand[];
  /** The outputs in order of slots. */
  readonly outputs: readonly ProgramOperand[];
}

/** The op word of a named opcode. */
function opWord(name: string): number {
  return FIRST_OP + OPCODES.findIndex((row) => row.name === name);
}

const WRAP_UINT8 = opWord("wrap8"), TRUTH = opWord("truth"), RANDOM_OP = opWord("random");

/** The dtype that a class computes without conversion. */
const NATIVE: readonly number[] = [DTYPES.float32.code, DTYPES.float64.code, DTYPES.int32.code];

/** A node at the end of a path: one value of the program. */
class Value {
  /** How often the program still reads it. */
  reads = 0;
  /** The slot that holds it, or -1. */
  slot = -1;
  /** The dtype code of that slot. */
  slotCode = -1;
  /** The outputs that store it. */
  stores: number[] = [];
  /** Whether the reads of its inputs were counted. */
  counted = false;

  constructor(readonly node: Node, readonly path: Path) {}
}

/** Makes the program of a kernel. `folded` is what it computes without storing it: the prologue of a reduce. */
export function lower(fusion: Fusion, kernel: Kernel, folded: Node | null): Lowered {
  return new Lowering(fusion, kernel).run(folded);
}

class Lowering {
  readonly #fusion: Fusion;
  readonly #kernel: Kernel;
  readonly #code: number[] = [];
  readonly #inputs: ProgramOperand[] = [];
  readonly #inputCodes: number[] = [];
  readonly #values = new Map<Node, Map<Path, Value>>();
  readonly #constants: number[] = [];
  readonly #spillCodes: number[] = [];
  readonly #freeSpills: number[] = [];

  constructor(fusion: Fusion, kernel: Kernel) {
    this.#fusion = fusion;
    this.#kernel = kernel;
  }

  run(folded: Node | null): Lowered {
    const stored = [...this.#kernel.outputs].sort((a, b) => a.node.id - b.node.id);
    const values = stored.map(({ node, path }) => this.#value(node, path));
    values.forEach((value, i) => value.stores.push(OUTPUT + i));
    const result = folded === null ? null : this.#value(folded, this.#kernel.root);
    if (result !== null) values.push(result);
    for (const value of values) this.#countInputs(value);
    // Newest first: what an older result computes is then stored on the way to a newer one.
    for (let i = values.length - 1; i >= 0; i--) {
      const value = values[i]!;
      if (value.stores.length === 0 && value !== result) continue;
      value.reads++;
      this.#generate(value, this.#classOf(value.node));
    }
    const program = internProgram({
      inputs: this.#inputCodes,
      outputs: stored.map(({ node }) => DTYPES[node.layout.dtype].code),
      spills: this.#spillCodes,
      constants: this.#constants.length,
      code: Int32Array.from(this.#code),
    });
    const outputs = stored.map(({ node, path }) => ({ node, access: this.#outputAccess(node, path) }));
    return { program, constants: this.#constants, inputs: this.#inputs, outputs };
  }

  #outputAccess(node: Node, path: Path): Access {
    if (node.op.kind === "view") return contiguousAccess(this.#kernel.shape);
    return path.resolve(contiguousAccess(node.layout.shape), node.layout.shape, this.#fusion.paramBase)!;
  }

  /** The value at the end of a path, behind any views. */
  #value(node: Node, path: Path): Value {
    while (this.#fusion.isView(node)) {
      path = path.through(node);
      node = node.inputs![0]!;
    }
    if (this.#fusion.isLiteral(node)) path = this.#kernel.root;
    let paths = this.#values.get(node);
    if (paths === undefined) this.#values.set(node, paths = new Map());
    let value = paths.get(path);
    if (value === undefined) paths.set(path, value = new Value(node, path));
    return value;
  }

  #isComputed(node: Node): boolean {
    return this.#kernel.inlined.has(node);
  }

  #inputValue(value: Value, i: number): Value {
    const { node, path } = value;
    const through = node.op.kind === "view" ? this.#kernel.root : path.through(node);
    return this.#value(node.inputs![i]!, through);
  }

  #countInputs(value: Value): void {
    if (value.counted || !this.#isComputed(value.node)) return;
    value.counted = true;
    for (let i = 0; i < value.node.inputs!.length; i++) {
      const input = this.#inputValue(value, i);
      input.reads++;
      this.#countInputs(input);
    }
  }

  /** The class in which a node's value appears in the accumulator. */
  #classOf(node: Node): Class {
    if (!this.#isComputed(node) || node.layout.dtype !== "bool") return DTYPES[node.layout.dtype].class;
    if (node.op.kind === "map") return this.#opClass(node);
    return node.inputs!.length > 0 ? this.#classBehindViews(node.inputs![0]!) : I32;
  }

  #classBehindViews(node: Node): Class {
    while (this.#fusion.isView(node)) node = node.inputs![0]!;
    return this.#classOf(node);
  }

  /** The class in which an op computes. */
  #opClass(node: Node): Class {
    const operand = node.inputs!.at(-1)!;
    if (operand.layout.dtype !== "bool") return DTYPES[operand.layout.dtype].class;
    return node.op.name === "where" ? I32 : this.#classBehindViews(operand);
  }

  #emit(op: number, mode: number, a: number, b: number): void {
    this.#code.push(op, mode, a, b);
  }

  /** Puts a value into the accumulator, in a class; this is one of the reads that were counted. */
  #generate(value: Value, wanted: Class): void {
    value.reads--;
    const { node } = value;
    if (value.slot < 0 && this.#isComputed(node)) {
      this.#compute(value);
      const own = this.#classOf(node);
      for (const output of value.stores) this.#emit(STORE, own, output, 0);
      value.stores.length = 0;
      if (value.reads > 0) this.#spill(value, own);
      if (own !== wanted) this.#convert(own, wanted);
      return;
    }
    this.#place(value);
    const literal = value.slot >= CONST;
    const own = literal ? DTYPES[node.layout.dtype].class : wanted;
    this.#emit(LOAD, own, value.slot, 0);
    if (own !== wanted) this.#convert(own, wanted);
    this.#release(value);
  }

  /** Gives a value that lies in memory, or is a constant, its slot. */
  #place(value: Value): void {
    if (value.slot >= 0 || this.#isComputed(value.node)) return;
    const { node, path } = value;
    if (this.#fusion.isLiteral(node)) {
      value.slot = CONST + this.#constants.length;
      value.slotCode = NATIVE[DTYPES[node.layout.dtype].class]!;
      this.#constants.push(this.#fusion.paramBase(node));
      return;
    }
    value.slotCode = DTYPES[node.layout.dtype].code;
    value.slot = this.#addInput(
      node,
      path.resolve(this.#fusion.formOf(node), node.layout.shape, this.#fusion.paramBase)!,
    );
  }

  #addInput(node: Node | null, access: Access): number {
    this.#inputs.push({ node, access });
    this.#inputCodes.push(node === null ? INDEX_CODE : DTYPES[node.layout.dtype].code);
    return INPUT + this.#inputs.length - 1;
  }

  /** The slot in which an op of a class can read a value beside the accumulator, or -1. */
  #directSlot(value: Value, cls: Class): number {
    this.#place(value);
    return value.slot >= 0 && value.slotCode === NATIVE[cls] ? value.slot : -1;
  }

  #newSpill(code: number): number {
    const free = this.#freeSpills.findIndex((slot) => this.#spillCodes[slot - SPILL] === code);
    if (free >= 0) return this.#freeSpills.splice(free, 1)[0]!;
    this.#spillCodes.push(code);
    return SPILL + this.#spillCodes.length - 1;
  }

  #spill(value: Value, cls: Class): void {
    value.slotCode = NATIVE[cls]!;
    value.slot = this.#newSpill(value.slotCode);
    this.#emit(STORE, cls, value.slot, 0);
  }

  #release(value: Value): void {
    if (value.reads === 0 && value.slot >= SPILL && value.slot < CONST) this.#freeSpills.push(value.slot);
  }

  /** Changes the accumulator's class, by way of a slot. */
  #convert(from: Class, to: Class): void {
    this.#convertThrough(NATIVE[from]!, from, to);
  }

  #convertThrough(code: number, from: Class, to: Class): void {
    const slot = this.#newSpill(code);
    this.#emit(STORE, from, slot, 0);
    this.#emit(LOAD, to, slot, 0);
    this.#freeSpills.push(slot);
  }

  #compute(value: Value): void {
    switch (value.node.op.kind) {
      case "index":
        return this.#emit(LOAD, this.#classOf(value.node), this.#indexInput(value), 0);
      case "random":
        return this.#random(value);
      case "constant": {
        this.#constants.push(this.#fusion.paramBase(value.node));
        return this.#emit(LOAD, this.#classOf(value.node), CONST + this.#constants.length - 1, 0);
      }
      case "map":
        if (value.node.inputs!.length === 1) this.#unary(value);
        else if (value.node.inputs!.length === 2) this.#binary(value);
        else this.#ternary(value);
        return this.#normalize(value.node);
      case "copy":
        return this.#copy(value);
      default:
        return this.#generate(this.#inputValue(value, 0), this.#classOf(value.node));
    }
  }

  #indexInput({ node, path }: Value): number {
    const shape = node.layout.shape;
    return this.#addInput(null, path.resolve(contiguousAccess(shape), shape, this.#fusion.paramBase)!);
  }

  #random(value: Value): void {
    const seed = this.#fusion.paramBase(value.node);
    this.#constants.push(seed, seed + 1);
    const slot = CONST + this.#constants.length - 2;
    this.#emit(RANDOM_OP, this.#classOf(value.node), this.#indexInput(value), slot);
  }

  #unary(value: Value): void {
    const cls = this.#opClass(value.node);
    this.#generate(this.#inputValue(value, 0), cls);
    this.#emit(value.node.op.opcode, cls, 0, 0);
  }

  #binary(value: Value): void {
    const cls = this.#opClass(value.node), word = value.node.op.opcode;
    const a = this.#inputValue(value, 0), b = this.#inputValue(value, 1);
    if (this.#directSlot(b, cls) < 0 && this.#directSlot(a, cls) >= 0) {
      this.#generate(b, cls);
      return this.#operate(word, cls | SWAP, a, cls);
    }
    this.#generate(a, cls);
    if (this.#directSlot(b, cls) >= 0) return this.#operate(word, cls, b, cls);
    const slot = this.#newSpill(NATIVE[cls]!);
    this.#emit(STORE, cls, slot, 0);
    this.#generate(b, cls);
    this.#emit(word, cls | SWAP, slot, 0);
    this.#freeSpills.push(slot);
  }

  /** An op whose other operand lies in a slot. */
  #operate(word: number, mode: number, other: Value, cls: Class): void {
    this.#emit(word, mode, this.#directSlot(other, cls), 0);
    other.reads--;
    this.#release(other);
  }

  #ternary(value: Value): void {
    const cls = this.#opClass(value.node);
    const [condition, a, b] = [0, 1, 2].map((i) => this.#inputValue(value, i)) as [Value, Value, Value];
    const slotA = this.#held(a, cls), slotB = this.#held(b, cls);
    this.#generate(condition, cls);
    this.#emit(value.node.op.opcode, cls, slotA, slotB);
    for (const [operand, slot] of [[a, slotA], [b, slotB]] as const) {
      if (operand.slot !== slot) this.#freeSpills.push(slot);
      else {
        operand.reads--;
        this.#release(operand);
      }
    }
  }

  /** A slot that holds a value until the op that reads it: its own, or a spill made for this. */
  #held(value: Value, cls: Class): number {
    const direct = this.#directSlot(value, cls);
    if (direct >= 0) return direct;
    this.#generate(value, cls);
    const now = this.#directSlot(value, cls);
    if (now >= 0) {
      value.reads++;
      return now;
    }
    const slot = this.#newSpill(NATIVE[cls]!);
    this.#emit(STORE, cls, slot, 0);
    return slot;
  }

  /** Rounds the result of an op to a dtype that is narrower than its class. */
  #normalize(node: Node): void {
    const from = node.inputs!.at(-1)!.layout.dtype;
    if (node.layout.dtype === "uint8") this.#emit(WRAP_UINT8, I32, 0, 0);
    else if (node.layout.dtype === "bool" && from === "bool") this.#emit(TRUTH, this.#opClass(node), 0, 0);
  }

  #copy(value: Value): void {
    const { node } = value, input = this.#inputValue(value, 0);
    const from = node.inputs![0]!.layout.dtype, to = node.layout.dtype;
    const own = this.#classBehindViews(node.inputs![0]!);
    if (from === to || to !== "bool" && to !== "uint8") return this.#generate(input, this.#classOf(node));
    this.#generate(input, own);
    if (to === "bool") this.#emit(TRUTH, own, 0, 0);
    else if (DTYPES[from].float) this.#convertThrough(DTYPES.uint8.code, own, I32);
    else {
      if (own !== I32) this.#convert(own, I32);
      this.#emit(WRAP_UINT8, I32, 0, 0);
    }
  }
}

/** The same program with one of its inputs in the first slot. */
export function withFirstInput(lowered: Lowered, first: number): Lowered {
  if (first === 0) return lowered;
  const { program, constants } = lowered, code = program.code.slice();
  const swap = (slot: number): number =>
    slot === INPUT ? INPUT + first : slot === INPUT + first ? INPUT : slot;
  for (let i = 0; i < code.length; i += 4) {
    const arity = code[i] === LOAD ? 2 : code[i] === STORE ? 1 : OPCODES[code[i]! - FIRST_OP]!.arity;
    if (arity > 1) code[i + 2] = swap(code[i + 2]!);
    if (arity > 2) code[i + 3] = swap(code[i + 3]!);
  }
  const inputs = exchange(program.inputs, first);
  return {
    program: internProgram({ ...program, inputs, code }),
    constants,
    inputs: exchange(lowered.inputs, first),
    outputs: lowered.outputs,
  };
}

function exchange<T>(list: readonly T[], i: number): T[] {
  const copy = [...list];
  [copy[0], copy[i]] = [copy[i]!, copy[0]!];
  return copy;
}
