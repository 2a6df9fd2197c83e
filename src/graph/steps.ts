/**
 * The steps of kernels that are not maps: reduce, matmul and the moves.
 *
 * @module
 */
import type { CallStep, Job, Operand, Step } from "../backend/backend.ts";
import { type DType, DTYPES, INDEX_CODE } from "../dtype.ts";
import { MATMUL_TF32 } from "../ops/matmul.ts";
import { INPUT, internProgram, LOAD, OUTPUT, type Program, STORE } from "../program.ts";
import { broadcastStrides, contiguousStrides, type Layout, sizeOf } from "../shape.ts";
import { operandOf, stridedAccess } from "./access.ts";
import type { Assembler, Unit } from "./assemble.ts";
import { swapLast } from "./fuse.ts";
import type { Node } from "./node.ts";

/** The steps of a kernel that is not a map. */
export function heavySteps(assembler: Assembler, unit: Unit): Step[] {
  const node = unit.kernel.anchor;
  switch (node.op.kind) {
    case "reduce":
      return [reduceStep(assembler, unit)];
    case "matmul":
      return [matmulStep(assembler, unit)];
    case "gather":
      return [gatherStep(assembler, node)];
    case "scatterAdd":
      return [zeros(assembler.result(node), node.layout), scatterStep(assembler, node)];
    case "concat":
      return [concatStep(assembler, node)];
    case "fold":
      return foldSteps(assembler, node);
    case "call":
      return [callStep(assembler, node)];
    default:
      return [zeros(assembler.result(node), node.layout), placeStep(assembler, node)];
  }
}

function reduceStep(assembler: Assembler, unit: Unit): Step {
  const { kernel, lowered } = unit, node = kernel.anchor;
  return {
    kind: "reduce",
    combine: node.op.combine!,
    program: lowered!.program,
    constants: lowered!.constants,
    job: assembler.job(kernel, lowered!),
    reduced: kernel.shape.map((_, axis) => node.op.axes.includes(axis)),
    result: assembler.result(node),
    epilogue: assembler.epilogueOf(unit),
  };
}

function matmulStep(assembler: Assembler, unit: Unit): Step {
  const node = unit.kernel.anchor, [left, right] = node.inputs as [Node, Node];
  const batch = node.layout.shape.slice(0, -2);
  const rows = node.layout.shape.at(-2)!,
    columns = node.layout.shape.at(-1)!,
    inner = left.layout.shape.at(-1)!;
  const a = broadcastOperand(assembler.memory(left), left.layout.shape, [...batch, rows, inner]);
  const b = broadcastOperand(assembler.memory(right), right.layout.shape, [...batch, inner, columns]);
  const product = {
    kind: "matmul",
    tf32: node.op === MATMUL_TF32 && node.layout.dtype === "float32",
    inner,
    result: assembler.result(node),
    epilogue: assembler.epilogueOf(unit),
  } as const;
  if (!assembler.fusion.isTransposed(node)) {
    return { ...product, shape: node.layout.shape, left: a, right: b };
  }
  // (AB)ᵀ = BᵀAᵀ: the same chains of products, bit for bit.
  const shape = [...batch, columns, rows];
  return { ...product, shape, left: transposeOperand(b), right: transposeOperand(a) };
}

function transposeOperand(operand: Operand): Operand {
  return { ...operand, strides: swapLast(operand.strides) };
}

function broadcastOperand(operand: Operand, from: readonly number[], to: readonly number[]): Operand {
  return { ...operand, strides: broadcastStrides(from, operand.strides, to) };
}

function gatherStep(assembler: Assembler, node: Node): Step {
  const [source, index] = node.inputs as [Node, Node], axis = node.op.axes[0]!;
  return {
    kind: "gather",
    shape: node.layout.shape,
    axis,
    size: source.layout.shape[axis]!,
    source: assembler.memory(source),
    index: assembler.memory(index),
    result: assembler.result(node),
  };
}

function scatterStep(assembler: Assembler, node: Node): Step {
  const [source, index] = node.inputs as [Node, Node], axis = node.op.axes[0]!;
  return {
    kind: "scatterAdd",
    shape: source.layout.shape,
    axis,
    size: node.layout.shape[axis]!,
    source: assembler.memory(source),
    index: assembler.memory(index),
    result: assembler.result(node),
  };
}

/** The start is stored first; then each round reads a row of results and stores the next one, or the same one anew. */
function foldSteps(assembler: Assembler, node: Node): Step[] {
  const [start, ...read] = node.inputs as [Node, ...Node[]], result = assembler.result(node);
  const { shape: row, size } = start.layout, keepsAll = node.layout.shape.length > row.length;
  const strides = contiguousStrides(row), shape = [read[0]!.layout.shape[0]!, ...row];
  const before = { ...result, strides: [keepsAll ? size : 0, ...strides] };
  const after = { ...before, offset: result.offset + (keepsAll ? size : 0) };
  const first = { shape: row, operands: [assembler.memory(start), { ...result, strides }] };
  const { dtype } = node.layout, { body, call } = node.op;
  const program = copyProgram(DTYPES[dtype].code, dtype);
  const begin: Step = { kind: "map", program, constants: [], jobs: [first] };
  const operands = read.map((each) => broadcastOperand(assembler.memory(each), each.layout.shape, shape));
  const job = { shape, operands: [before, ...operands, after] };
  if (call !== null) return [begin, { kind: "call", ...callOf(assembler, node), job }];
  const base = assembler.fusion.paramBase(node), constants = body!.constants.map((i) => base + i);
  return [begin, { kind: "fold", program: body!.program, constants, job }];
}

function callStep(assembler: Assembler, node: Node): Step {
  const { shape } = node.layout, result = assembler.result(node);
  const operands = node.inputs!.map((each) =>
    broadcastOperand(assembler.memory(each), each.layout.shape, shape)
  );
  return { kind: "call", ...callOf(assembler, node), job: { shape, operands: [...operands, result] } };
}

/** What a call step says beside what it runs over. */
function callOf({ fusion }: Assembler, node: Node): Omit<CallStep, "kind" | "job"> {
  const { f, inputs } = node.op.call!, base = fusion.paramBase(node);
  return { f, inputs, constants: node.params.map((_, i) => base + i) };
}

function concatStep(assembler: Assembler, node: Node): Step {
  const result = assembler.result(node), axis = node.op.axes[0]!;
  const strides = contiguousStrides(node.layout.shape);
  const jobs: Job[] = [];
  let start = 0;
  for (const input of node.inputs!) {
    const target = { ...result, offset: result.offset + start * strides[axis]!, strides };
    jobs.push({ shape: input.layout.shape, operands: [assembler.memory(input), target] });
    start += input.layout.shape[axis]!;
  }
  return {
    kind: "map",
    program: copyProgram(DTYPES[node.layout.dtype].code, node.layout.dtype),
    constants: [],
    jobs,
  };
}

/** Copies the input to where a slice of the result lies; the starts of the slice are parameters. */
function placeStep(assembler: Assembler, node: Node): Step {
  const input = node.inputs![0]!, result = assembler.result(node);
  const base = assembler.fusion.paramBase(node);
  const strides = contiguousStrides(node.layout.shape);
  const shifts = strides.map((stride, axis) => ({ param: base + axis, stride }));
  const target = { ...result, shifts, strides: strides.map((stride, axis) => stride * node.op.steps[axis]!) };
  const job = { shape: input.layout.shape, operands: [assembler.memory(input), target] };
  return {
    kind: "map",
    program: copyProgram(DTYPES[node.layout.dtype].code, node.layout.dtype),
    constants: [],
    jobs: [job],
  };
}

/** Fills a result with zeros: an index that does not move. */
function zeros(result: Operand, { shape, dtype }: Layout): Step {
  const length = sizeOf(shape);
  const program = copyProgram(INDEX_CODE, dtype);
  const source = operandOf(-1, "index", 0, stridedAccess(0, [0]));
  const job = { shape: [length], operands: [source, { ...result, strides: [1] }] };
  return { kind: "map", program, constants: [], jobs: [job] };
}

/** The program that stores what it loads. */
function copyProgram(from: number, to: DType): Program {
  const info = DTYPES[to];
  return internProgram({
    inputs: [from],
    outputs: [info.code],
    spills: [],
    constants: 0,
    code: Int32Array.of(LOAD, info.class, INPUT, 0, STORE, info.class, OUTPUT, 0),
  });
}
