/**
 * The oracle: plain sequential TypeScript over the rows' own definitions.
 *
 * Every step becomes one loop nest, generated once for each program and number of axes. Float sums and
 * products are accumulated in float64 and rounded once.
 *
 * @module
 */
import { type DType, DTYPES, F64, I32 } from "../dtype.ts";
import { IndexError, KernelError } from "../errors.ts";
import { OPCODE_INDEX } from "../ops/opcodes.ts";
import type { Combine } from "../ops/op.ts";
import { FIRST_OP, INPUT, LOAD, type Program, SPILL, STORE } from "../program.ts";
import { contiguousStrides, sizeOf } from "../shape.ts";
import type {
  Backend,
  CallStep,
  Code,
  Executable,
  GatherStep,
  Job,
  MatmulStep,
  Operand,
  ReduceStep,
  ScatterAddStep,
  Step,
} from "./backend.ts";
import { collapse, compileNest, type Iteration, type Nest } from "./loops.ts";
import { Loop, type Reach, reachOf } from "./reference_loop.ts";
import {
  BOUND,
  type ProgramSource,
  programSource,
  programTitle,
  rounded,
  stored,
} from "./reference_program.ts";
import { allocate, fromTypedArray, type Storage } from "./storage.ts";

/** The backend of the device `reference`. */
export const referenceBackend: Backend = {
  allocate,
  place: (storage) => storage,
  copy: fromTypedArray,
  compile,
};

/** How every step runs. */
const SEQUENTIAL = "path one element after another, in TypeScript | threads 1 | simd none | private none";

function compile(steps: readonly Step[]): Executable {
  const loops = steps.map(loopsOf);
  const runStep = (step: number, slots: readonly Storage[], params: Float64Array): void => {
    for (const loop of loops[step]!) loop.run(slots, params);
  };
  return {
    run(slots: readonly Storage[], params: Float64Array): void {
      for (let step = 0; step < loops.length; step++) runStep(step, slots, params);
    },
    profile(slots: readonly Storage[], params: Float64Array): Float64Array {
      return Float64Array.from(loops, (_, step) => {
        const start = performance.now();
        runStep(step, slots, params);
        return (performance.now() - start) * 1e6;
      });
    },
    report: () => steps.map(() => SEQUENTIAL),
    free(): void {
      // All of it is JavaScript.
    },
  };
}

function loopsOf(step: Step): Loop[] {
  switch (step.kind) {
    case "map":
      return step.jobs.map((job) => mapLoop(step, job));
    case "reduce":
      return [reduceLoop(step), ...epilogueOf(step)];
    case "matmul":
      return [matmulLoop(step), ...epilogueOf(step)];
    case "gather":
      return [gatherLoop(step)];
    case "scatterAdd":
      return [scatterAddLoop(step)];
    case "fold":
      return [mapLoop(step, step.job)];
    case "call":
      return [callLoop(step)];
  }
}

function epilogueOf({ epilogue }: ReduceStep | MatmulStep): Loop[] {
  return epilogue === null ? [] : [mapLoop(epilogue, epilogue.job)];
}

const programNests = new WeakMap<Program, Map<string, Nest>>();

/** The nest of a program in one of its forms: the one compiled before, if there is one. */
function nestOf(program: Program, form: string, make: (source: ProgramSource, title: string) => Nest): Nest {
  let nests = programNests.get(program);
  if (nests === undefined) programNests.set(program, nests = new Map());
  let nest = nests.get(form);
  if (nest === undefined) {
    nests.set(form, nest = make(programSource(program), `${programTitle(program)} ${form}`));
  }
  return nest;
}

function memoryOf(operands: readonly Operand[]): boolean[] {
  return operands.map((operand) => operand.slot >= 0);
}

function mapLoop({ program, constants }: Code, { shape, operands }: Job): Loop {
  const iteration = collapse({
    shape,
    outer: shape.length,
    strides: operands.map((operand) => operand.strides),
  });
  const outer = iteration.outer;
  const nest = nestOf(program, `map ${outer}`, ({ preamble, body, bound }, title) => {
    const parts = { memory: memoryOf(operands), outer, inner: 0, preamble, before: "", body, after: "" };
    return compileNest(title, parts, bound);
  });
  return new Loop({ family: "map", nest, iteration, operands, constants, reach: reachOf(iteration) });
}

/** The loop that calls a function: its last operand is the result, in the dtype of which that is stored. */
function callLoop({ f, inputs, constants, job: { shape, operands } }: CallStep): Loop {
  const { length } = shape,
    iteration = { shape, outer: length, strides: operands.map(({ strides }) => strides) };
  const last = operands.length - 1, { round } = DTYPES[operands[last]!.dtype as DType];
  let constant = 0;
  const values = inputs.map((i) => i < 0 ? `constants[${constant++}]` : `x${i}[p${i}]`);
  const nest = compileNest(`call ${operands.map(({ dtype }) => dtype)}`, {
    memory: memoryOf(operands),
    outer: length,
    inner: 0,
    preamble: "",
    before: "",
    body: `x${last}[p${last}] = round(f(${values.join()}));`,
    after: "",
  }, { f, round });
  return new Loop({ family: "call", nest, iteration, operands, constants, reach: reachOf(iteration) });
}

/** The source of a fold: of its start, of a step with value `v`, and of what is stored in the end. */
interface Fold {
  readonly before: string;
  readonly step: (v: string) => string;
  readonly result: string;
}

function foldOf(combine: Combine, integer: boolean): Fold {
  const lowest = integer ? -(2 ** 31) : -Infinity, highest = integer ? 2 ** 31 - 1 : Infinity;
  const arg = (better: string, worst: number): Fold => ({
    before: `let r = ${worst}, at = 0, n = 0;`,
    step: (v) => `if (${v} ${better} r || (${v} !== ${v} && r === r)) { r = ${v}; at = n; } n++;`,
    result: "at",
  });
  const simple = (start: number, step: Fold["step"]): Fold => ({
    before: `let r = ${start};`,
    step,
    result: "r",
  });
  const folds: Record<Combine, Fold> = {
    sum: simple(0, integer ? (v) => `r = (r + ${v}) | 0;` : (v) => `r += ${v};`),
    prod: simple(1, integer ? (v) => `r = imul(r, ${v});` : (v) => `r *= ${v};`),
    max: simple(lowest, (v) => `r = max(r, ${v});`),
    min: simple(highest, (v) => `r = min(r, ${v});`),
    any: simple(0, (v) => `if (${v} !== 0) r = 1;`),
    all: simple(1, (v) => `if (${v} === 0) r = 0;`),
    argmax: arg(">", lowest),
    argmin: arg("<", highest),
  };
  return folds[combine];
}

function reduceNest(
  program: Program,
  combine: Combine,
  result: Operand,
  memory: boolean[],
  axes: Iteration,
): Nest {
  const { outer } = axes, inner = axes.shape.length - outer;
  const output = memory.length - 1;
  return nestOf(program, `${combine} ${result.dtype} ${outer} ${inner}`, (source, title) => {
    const { before, step, result: folded } = foldOf(combine, source.resultClass === I32);
    const value = folded === "at" ? "at" : stored(
      rounded(folded, source.resultClass),
      source.resultClass,
      DTYPES[result.dtype as DType].code,
    );
    const after = `x${output}[p${output}] = ${value};`;
    const body = `${source.body}\n${step(source.result)}`;
    const bound = { ...source.bound, max: Math.max, min: Math.min };
    return compileNest(
      title,
      { memory, outer, inner, preamble: source.preamble, before, body, after },
      bound,
    );
  });
}

/** The numbers of the axes that are kept and of those that are folded, one after the other. */
function axesOf(reduced: readonly boolean[]): { kept: number[]; folded: number[] } {
  const axes = reduced.map((_, axis) => axis);
  return { kept: axes.filter((axis) => !reduced[axis]), folded: axes.filter((axis) => reduced[axis]) };
}

function reduceLoop(
  { program, constants, combine, job, reduced, result }: Omit<ReduceStep, "kind" | "epilogue">,
): Loop {
  const { kept, folded } = axesOf(reduced);
  const keptShape = kept.map((axis) => job.shape[axis]!);
  const foldedShape = folded.map((axis) => job.shape[axis]!);
  if (combine.startsWith("arg") && sizeOf(foldedShape) === 0 && sizeOf(keptShape) > 0) {
    throw new KernelError(`reduce: ${combine} of no elements is not defined`);
  }
  const resultStrides = contiguousStrides(keptShape);
  const strides = job.operands.map((operand) => [...kept, ...folded].map((axis) => operand.strides[axis]!));
  strides.push([...resultStrides, ...folded.map(() => 0)]);
  const iteration = collapse({ shape: [...keptShape, ...foldedShape], outer: kept.length, strides });
  const reach = reachOf(iteration);
  // The result is stored also where nothing is folded.
  reach[reach.length - 1] = reachOf({ shape: keptShape, outer: kept.length, strides: [resultStrides] })[0]!;
  const operands = [...job.operands, result];
  const nest = reduceNest(program, combine, result, memoryOf(operands), iteration);
  return new Loop({ family: "reduce", nest, iteration, operands, constants, reach });
}

/** The program of a matrix product's terms: in float64 for floats, so that only the sum is rounded. */
function productProgram(id: number, dtype: "float32" | "float64" | "int32"): Program {
  const { code } = DTYPES[dtype], at = dtype === "int32" ? I32 : F64;
  const multiply = FIRST_OP + OPCODE_INDEX.get("mul")!;
  return {
    id,
    inputs: [code, code],
    outputs: [],
    spills: [at === I32 ? DTYPES.int32.code : DTYPES.float64.code],
    constants: 0,
    code: Int32Array.of(
      LOAD,
      at,
      INPUT + 1,
      0,
      STORE,
      at,
      SPILL,
      0,
      LOAD,
      at,
      INPUT,
      0,
      multiply,
      at,
      SPILL,
      0,
    ),
  };
}

const productPrograms = {
  float32: productProgram(-1, "float32"),
  float64: productProgram(-2, "float64"),
  int32: productProgram(-3, "int32"),
};

/** A matrix product is the sum over `k` of the product of two broadcast operands. */
function matmulLoop({ shape, inner, left, right, result }: MatmulStep): Loop {
  const batch = shape.length - 2;
  const [rows, leftInner] = left.strides.slice(batch), [rightInner, columns] = right.strides.slice(batch);
  const operands = [
    { ...left, strides: [...left.strides.slice(0, batch), rows!, 0, leftInner!] },
    { ...right, strides: [...right.strides.slice(0, batch), 0, columns!, rightInner!] },
  ];
  return reduceLoop({
    program: productPrograms[result.dtype as keyof typeof productPrograms],
    constants: [],
    combine: "sum",
    job: { shape: [...shape, inner], operands },
    reduced: [...shape.map(() => false), true],
    result,
  });
}

function failIndex(family: string, index: number, axis: number, size: number): never {
  throw new IndexError(`Cannot ${family}: index ${index} is out of range for axis ${axis} with size ${size}`);
}

const moveNests = new Map<string, Nest>();

/** The nest of a move; operand 0 is the source, 1 the index, 2 the result. `k` is the position along the axis. */
function moveNest(family: "gather" | "scatterAdd", dtype: string, rank: number): Nest {
  const title = `${family} ${dtype} ${rank}`;
  const move = family === "gather" ? "x2[p2] = x0[p0 + k * stride];" : "x2[p2 + k * stride] += x0[p0];";
  let nest = moveNests.get(title);
  if (nest === undefined) {
    nest = compileNest(title, {
      memory: [true, true, true],
      outer: rank,
      inner: 0,
      preamble: "const axis = constants[0], size = constants[1], stride = constants[2] | 0;",
      before: "",
      body: `const k = x1[p1]; if (k < 0 || k >= size) failIndex("${family}", k, axis, size); ${move}`,
      after: "",
    }, { ...BOUND, failIndex });
    moveNests.set(title, nest);
  }
  return nest;
}

/** The loop of a move: `picked` is the operand (0 or 2) whose position along the axis the index gives. */
function moveLoop(step: GatherStep | ScatterAddStep, resultStrides: readonly number[], picked: 0 | 2): Loop {
  const { kind: family, shape, axis, size, source, index, result } = step;
  const strides = [[...source.strides], [...index.strides], [...resultStrides]];
  const stride = strides[picked]![axis]!;
  strides[picked]![axis] = 0;
  const iteration = { shape, outer: shape.length, strides };
  const reach: Reach[] = reachOf(iteration);
  const [below, above] = reach[picked]!;
  if (above >= 0) {
    const end = stride * (size - 1);
    reach[picked] = end < 0 ? [below - end, above] : [below, above + end];
  }
  const nest = moveNest(family, source.dtype, shape.length);
  return new Loop({
    family,
    nest,
    iteration,
    operands: [source, index, result],
    fixed: [axis, size, stride],
    reach,
  });
}

function gatherLoop(step: GatherStep): Loop {
  return moveLoop(step, contiguousStrides(step.shape), 0);
}

function scatterAddLoop(step: ScatterAddStep): Loop {
  return moveLoop(step, step.result.strides, 2);
}
