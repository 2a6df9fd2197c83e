/**
 * After a failure: what cannot be computed is given up, so that it does not fail every later evaluation too.
 *
 * @module
 */
import { Demand } from "./demand.ts";
import type { Node } from "./node.ts";
import { run } from "./run.ts";
import { assignedCells, openLosses, setComputed, sinks } from "./sinks.ts";

/**
 * Computes one by one what some failed evaluation wanted and what an eager library would have computed by now.
 * Who reads what fails again gets the error; a cell whose next version fails keeps the one that it has. Returns whether
 * every cell has its next version.
 */
export function recover(wanted: readonly Node[]): boolean {
  const nodes = new Set([...wanted, ...openLosses, ...sinks()]);
  for (const node of [...nodes].sort((a, b) => a.id - b.id)) {
    if (node.cell === null && !node.computed && !succeeds(node)) giveUp(node);
  }
  let all = true;
  for (const cell of [...assignedCells]) {
    if (succeeds(cell.current)) continue;
    giveUp(cell.current);
    cell.goBackTo(cell.latest);
    all = false;
  }
  return all;
}

function succeeds(node: Node): boolean {
  try {
    run(new Demand([node], "alone"));
    return true;
  } catch {
    return false;
  }
}

/** A node and what waits for it alone count as computed and dropped: they are tried again only if they are read. */
export function giveUp(root: Node): void {
  openLosses.delete(root);
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node.computed || node.cell !== null && node !== root) continue;
    setComputed(node);
    stack.push(...node.inputs!);
  }
}
