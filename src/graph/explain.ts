/**
 * Plans as text.
 *
 * @module
 */
import { environment } from "../backend/environment.ts";
import type { Operand, Step } from "../backend/backend.ts";
import { DTYPE_BY_CODE } from "../dtype.ts";
import { OPCODES } from "../ops/opcodes.ts";
import { CLASS_MASK, CONST, FIRST_OP, LOAD, OUTPUT, type Program, SPILL, STORE, SWAP } from "../program.ts";
import { showShape } from "../shape.ts";
import type { Plan, PlannedStep } from "./plan.ts";

const debug = environment("TENSAUR_DEBUG") === "1";

/** Prints a plan that was just built, if `TENSAUR_DEBUG=1`. */
export function reportPlan(plan: Plan): void {
  // deno-lint-ignore no-console
  if (debug) console.error(showPlan(plan));
}

/** A plan as text: its slots, and each kernel with its program and why its results lie in memory. */
export function showPlan(plan: Plan): string {
  const { steps, leaves, arenaBytes, outputBytes } = plan.assembly;
  const lines = [
    `plan of ${steps.length} ${steps.length === 1 ? "kernel" : "kernels"}: ${leaves} inputs, ` +
    `${outputBytes.length} kept (${outputBytes.reduce((sum, bytes) => sum + bytes, 0)} bytes), ` +
    `${arenaBytes} bytes of temporaries`,
  ];
  const runs = plan.executable.report();
  const name = slotNames(leaves, outputBytes.length);
  steps.forEach((planned, i) => {
    const stored = `   stored because: ${planned.reason}`;
    lines.push(`${i + 1}. ${kernelName(planned)}`, stored, `   runs: ${runs[i] ?? ""}`);
    lines.push(...showStep(planned.step, name));
  });
  return lines.join("\n");
}

/** What a kernel is called: its family and the ops that it computes. */
export function kernelName({ step, ops }: PlannedStep): string {
  return `${step.kind}: ${ops}`;
}

type SlotName = (operand: Operand) => string;

function slotNames(leaves: number, outputs: number): SlotName {
  return ({ slot, dtype, strides, shifts }) => {
    if (slot < 0) return `index by ${showShape(strides)}`;
    const kept = slot - leaves;
    const name = kept < 0 ? `input ${slot}` : kept < outputs ? `kept ${kept}` : "temporary";
    return `${name} (${dtype}, strides ${showShape(strides)}${shifts.length > 0 ? ", shifted" : ""})`;
  };
}

function showStep(step: Step, name: SlotName): string[] {
  switch (step.kind) {
    case "map":
      return [
        ...step.jobs.map(({ shape, operands }) =>
          `   over ${showShape(shape)}: ${operands.map(name).join("; ")}`
        ),
        ...showProgram(step.program),
      ];
    case "fold":
    case "call":
      return [
        `   in order over ${showShape(step.job.shape)}: ${step.job.operands.map(name).join("; ")}`,
        ...(step.kind === "fold" ? showProgram(step.program) : []),
      ];
    case "reduce": {
      const axes = step.reduced.flatMap((folded, axis) => folded ? [axis] : []);
      return [
        `   ${step.combine} over axes ${showShape(axes)} of ${showShape(step.job.shape)}: ` +
        `${step.job.operands.map(name).join("; ")} -> ${name(step.result)}`,
        ...showProgram(step.program),
        ...showEpilogue(step, name),
      ];
    }
    case "matmul":
      return [
        `   ${showShape(step.shape)} by ${step.inner}${step.tf32 ? ", perhaps in TF32" : ""}: ${
          name(step.left)
        }; ${name(step.right)} -> ${name(step.result)}`,
        ...showEpilogue(step, name),
      ];
    default:
      return [
        `   axis ${step.axis} of ${showShape(step.shape)}: ${name(step.source)}; ${name(step.index)} -> ` +
        name(step.result),
      ];
  }
}

function showEpilogue({ epilogue }: Extract<Step, { kind: "reduce" | "matmul" }>, name: SlotName): string[] {
  if (epilogue === null) return [];
  return [`   then: ${epilogue.job.operands.map(name).join("; ")}`, ...showProgram(epilogue.program)];
}

/** A program, an instruction a line. */
export function showProgram({ code }: Program): string[] {
  const lines: string[] = [];
  for (let i = 0; i < code.length; i += 4) {
    const [op, mode, a, b] = code.subarray(i, i + 4) as unknown as [number, number, number, number];
    lines.push(`     ${showInstruction(op, mode, a, b)}`);
  }
  return lines;
}

function showInstruction(op: number, mode: number, a: number, b: number): string {
  const cls = DTYPE_BY_CODE[mode & CLASS_MASK]!;
  if (op === LOAD) return `acc = ${showSlot(a)} as ${cls}`;
  if (op === STORE) return `${showSlot(a)} = acc`;
  const { name, arity } = OPCODES[op - FIRST_OP]!;
  if (arity === 1) return `acc = ${name}(acc)`;
  if (arity === 3) return `acc = ${name}(acc, ${showSlot(a)}, ${showSlot(b)})`;
  const slot = showSlot(a);
  return mode & SWAP ? `acc = ${name}(${slot}, acc)` : `acc = ${name}(acc, ${slot})`;
}

function showSlot(slot: number): string {
  if (slot >= CONST) return `const ${slot - CONST}`;
  if (slot >= SPILL) return `spill ${slot - SPILL}`;
  return slot >= OUTPUT ? `out ${slot - OUTPUT}` : `in ${slot}`;
}
