/**
 * A small stand-in for `jsr:@std/assert`, so that the tests run without JSR.
 *
 * `links` in `deno.json` puts it in the place of the real package. Names, parameters and meaning are those of
 * the real one, as far as the tests use it; the comparison itself is that of `node:assert`.
 *
 * @module
 */
import nodeAssert, { AssertionError } from "node:assert/strict";

export { AssertionError };

/** Any class, abstract ones too. */
// deno-lint-ignore no-explicit-any -- only `any` accepts constructors of every signature
export type AnyConstructor = abstract new (...args: any[]) => any;

/** A class of errors. */
// deno-lint-ignore no-explicit-any -- only `any` accepts constructors of every signature
export type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Values that `<` and `>` order. */
export type Ordered = number | bigint | string | Date;

/** Throws an error with this text. */
export function fail(message = "Failed assertion"): never {
  throw new AssertionError({ message });
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 4, iterableLimit: 20 });
}

function check(
  holds: boolean,
  problem: string,
  message: string | undefined,
): asserts holds {
  if (!holds) fail(message === undefined ? problem : `${problem}: ${message}`);
}

/** Asserts that a value is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) fail(message);
}

/** Asserts that a value is falsy. */
export function assertFalse(value: unknown, message = ""): void {
  if (value) fail(message);
}

/** Whether two values are deeply equal. */
export function equal(left: unknown, right: unknown): boolean {
  try {
    nodeAssert.deepStrictEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  try {
    nodeAssert.deepStrictEqual(actual, expected);
  } catch (error) {
    fail(
      message === undefined ? (error as Error).message : `${message}\n${(error as Error).message}`,
    );
  }
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    !equal(actual, expected),
    `Expected values to differ, both are ${show(actual)}`,
    message,
  );
}

/** Asserts that two values are the same one, by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  check(
    Object.is(actual, expected),
    `Expected ${show(expected)}, got ${show(actual)}`,
    message,
  );
}

/** Asserts that two values are not the same one, by `Object.is`. */
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    !Object.is(actual, expected),
    `Expected anything but ${show(expected)}`,
    message,
  );
}

/** Asserts that two numbers differ by at most `tolerance`, by default a ten-millionth of the expected one. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7,
  message?: string,
): void {
  const holds = Object.is(actual, expected) ||
    Math.abs(actual - expected) <= tolerance;
  check(
    holds,
    `Expected ${expected} within ${tolerance}, got ${actual}`,
    message,
  );
}

/** Asserts that `actual > expected`. */
export function assertGreater<T extends Ordered>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    actual > expected,
    `Expected ${show(actual)} > ${show(expected)}`,
    message,
  );
}

/** Asserts that `actual >= expected`. */
export function assertGreaterOrEqual<T extends Ordered>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    actual >= expected,
    `Expected ${show(actual)} >= ${show(expected)}`,
    message,
  );
}

/** Asserts that `actual < expected`. */
export function assertLess<T extends Ordered>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    actual < expected,
    `Expected ${show(actual)} < ${show(expected)}`,
    message,
  );
}

/** Asserts that `actual <= expected`. */
export function assertLessOrEqual<T extends Ordered>(
  actual: T,
  expected: T,
  message?: string,
): void {
  check(
    actual <= expected,
    `Expected ${show(actual)} <= ${show(expected)}`,
    message,
  );
}

/** Asserts that a value is neither `null` nor `undefined`. */
export function assertExists<T>(
  actual: T,
  message?: string,
): asserts actual is NonNullable<T> {
  check(
    actual !== null && actual !== undefined,
    `Expected a value, got ${actual}`,
    message,
  );
}

/** Asserts that a value is an instance of a class. */
export function assertInstanceOf<C extends AnyConstructor>(
  actual: unknown,
  expected: C,
  message?: string,
): asserts actual is InstanceType<C> {
  check(
    actual instanceof expected,
    `Expected a ${expected.name}, got ${show(actual)}`,
    message,
  );
}

/** Asserts that a text contains another. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void {
  check(
    actual.includes(expected),
    `Expected ${show(actual)} to contain ${show(expected)}`,
    message,
  );
}

/** Asserts that a text matches a pattern. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void {
  check(
    expected.test(actual),
    `Expected ${show(actual)} to match ${expected}`,
    message,
  );
}

/** Asserts that a text does not match a pattern. */
export function assertNotMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void {
  check(
    !expected.test(actual),
    `Expected ${show(actual)} not to match ${expected}`,
    message,
  );
}

/** Asserts that a list contains every one of some values. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void {
  const items = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) => !items.some((item) => equal(item, wanted)));
  check(
    missing.length === 0,
    `Expected ${show(items)} to include ${show(missing)}`,
    message,
  );
}

/** Asserts that an object has the properties of another, deeply. */
export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void {
  try {
    nodeAssert.partialDeepStrictEqual(actual, expected);
  } catch (error) {
    check(false, (error as Error).message, message);
  }
}

/** Asserts that a value is an error, of a class and with a text if these are given. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  included?: string | RegExp,
  message?: string,
): asserts error is E {
  check(
    error instanceof Error,
    `Expected an error, got ${show(error)}`,
    message,
  );
  if (errorClass !== undefined) {
    const problem = `Expected ${errorClass.name}, got ${error.constructor.name} (${error.message})`;
    check(error instanceof errorClass, problem, message);
  }
  if (included === undefined) return;
  const found = typeof included === "string"
    ? error.message.includes(included)
    : included.test(error.message);
  check(
    found,
    `Expected the error's message to include ${show(included)}, got ${show(error.message)}`,
    message,
  );
}

/** Asserts that a function throws an error, and returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  included?: string,
  message?: string,
): E {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
    assertIsError(thrown, errorClass, included, message);
    return thrown;
  }
  check(false, "Expected function to throw", message);
}

/** Asserts that the promise of a function rejects with an error, and returns it. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  included?: string,
  message?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    const thrown: unknown = error;
    assertIsError(thrown, errorClass, included, message);
    return thrown;
  }
  check(false, "Expected function to reject", message);
}
