/**
 * The course's operators: plain functions of numbers, and of lists of them.
 *
 * @module
 */
export * from "./lists.ts";
export * from "./numbers.ts";
