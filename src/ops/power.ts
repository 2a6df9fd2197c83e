/**
 * Powers, which JavaScript defines otherwise than IEEE 754 and wrapping integers do.
 *
 * @module
 */

/** x^y as IEEE 754 has it: unlike in JavaScript, 1 to any power is 1, and so is (-1)^±∞. */
export function power(x: number, y: number): number {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

/** x^y in wrapping 32-bit integers. A negative exponent gives 0, but for the bases 1 and -1. */
export function integerPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y & 1 ? -1 : 1) : 0;
  let result = 1;
  for (let base = x, rest = y; rest > 0; rest >>>= 1) {
    if (rest & 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}
