/**
 * Taking the values of cells as a state dict, and putting such values back.
 *
 * @module
 */
import type { Buffer, Parameter } from "../cell.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { evaluateNodes } from "../graph/evaluate.ts";
import { noGrad } from "../graph/pending.ts";
import { describe, sameShape, showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Tensors by dotted names, as `Module.stateDict` gives and `saveTensors` writes them. */
export type StateDict = Record<string, Tensor>;

/** Which names of a state dict and of a module did not meet. */
export interface LoadResult {
  /** The module has them, the dict does not. */
  missing: string[];
  /** The dict has them, the module does not. */
  unexpected: string[];
}

/** Detached tensors of what the cells hold now. */
export function snapshot(cells: ReadonlyMap<string, Parameter | Buffer>): StateDict {
  const dict = Object.fromEntries(Array.from(cells, ([name, cell]) => [name, cell.detach()]));
  evaluateNodes(Object.values(dict));
  return dict;
}

/** Assigns the tensors of a dict to the cells of the same names, after all of them have been checked. */
export function loadCells(
  cells: ReadonlyMap<string, Parameter | Buffer>,
  dict: Readonly<StateDict>,
  strict: boolean,
): LoadResult {
  checkDict(dict);
  const missing = [...cells.keys()].filter((name) => !Object.hasOwn(dict, name));
  const unexpected = Object.keys(dict).filter((name) => !cells.has(name));
  if (strict && missing.length + unexpected.length > 0) {
    throw new ArgumentError(`Cannot load the state dict: ${showNames(missing, unexpected)}`);
  }
  const pairs: [Parameter | Buffer, Tensor][] = [];
  for (const [name, cell] of cells) {
    if (!Object.hasOwn(dict, name)) continue;
    const value = dict[name]!;
    checkEntry(name, value, cell);
    pairs.push([cell, value]);
  }
  noGrad(() => pairs.forEach(([cell, value]) => cell.assign(value.to(cell.device))));
  return { missing, unexpected };
}

/** Checks for an object whose values are tensors. */
export function checkDict(dict: unknown): asserts dict is StateDict {
  if (typeof dict !== "object" || dict === null) {
    throw new ArgumentError(`Cannot load the state dict: want an object of tensors, was ${describe(dict)}`);
  }
  for (const [name, value] of Object.entries(dict)) {
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`Cannot load the state dict: ${name} must be a tensor, was ${describe(value)}`);
    }
  }
}

/** Checks that a tensor of a dict has the shape and the dtype of what it is for. */
export function checkEntry(name: string, value: Tensor, wanted: Tensor): void {
  if (!sameShape(value.shape, wanted.shape)) {
    throw new ShapeError(
      `Cannot load the state dict: ${name} has shape ${showShape(value.shape)}, want ${
        showShape(wanted.shape)
      }`,
    );
  }
  if (value.dtype !== wanted.dtype) {
    throw new DTypeError(`Cannot load the state dict: ${name} is ${value.dtype}, want ${wanted.dtype}`);
  }
}

/** The part of a message that lists names which did not meet. */
export function showNames(missing: readonly string[], unexpected: readonly string[]): string {
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing ${missing.join(", ")}`);
  if (unexpected.length > 0) parts.push(`unexpected ${unexpected.join(", ")}`);
  return parts.join("; ");
}
