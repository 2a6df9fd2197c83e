/**
 * The list of cases that every benchmark goes through.
 *
 * @module
 */
import type { Case } from "./case.ts";
import { EVERYDAY_CASES } from "./everyday_cases.ts";
import { GOAL_CASES } from "./goal_cases.ts";

/** Every row; those that read `.data` come last. */
export const CASES: readonly Case[] = [...GOAL_CASES, ...EVERYDAY_CASES].toSorted((a, b) =>
  Number(a.reads) - Number(b.reads)
);

/** The rows whose names have a text in them. */
export function casesWith(text: string): Case[] {
  return CASES.filter(({ name }) => name.includes(text));
}
