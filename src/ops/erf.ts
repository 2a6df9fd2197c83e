/**
 * The error function, which `Math` lacks.
 *
 * @module
 */

/** From here on `erf` is 1. */
const FLAT = 6;

/** The slope in 0. */
const SLOPE = 2 / Math.sqrt(Math.PI);

/** `-log(1 - erf(x)) / x - SLOPE` up to `FLAT`: a minimax polynomial of our own, its lowest coefficient first. */
const POLYNOMIAL = [
  9.747087452997882e-18,
  0.6366197723675836,
  0.10277260330178876,
  -0.01912844700507046,
  -0.0002091946948401883,
  0.0016962063857221701,
  -0.0005901255527520327,
  2.5878603677017305e-05,
  6.449186270540275e-05,
  -2.97240504374475e-05,
  3.40727301216472e-06,
  2.8351301286650824e-06,
  -1.741537075390982e-06,
  3.3635640207218743e-07,
  1.3718718351273165e-07,
  -1.4176439526062555e-07,
  6.573442618065742e-08,
  -2.096294114913779e-08,
  4.997776359202341e-09,
  -9.082371821744775e-10,
  1.248432815885534e-10,
  -1.2611275653702277e-11,
  8.84580993558486e-13,
  -3.850651473206189e-14,
  7.834495228370041e-16,
];

/**
 * The error function, `2/√π` times the integral of `exp(-t²)` from 0 to `x`, within two units of the last place.
 *
 * @param x Any number
 * @returns A number from -1 to 1
 */
export function erf(x: number): number {
  if (x === 0) return x;
  const size = Math.min(Math.abs(x), FLAT);
  const high = size * SLOPE, low = size * POLYNOMIAL.reduceRight((sum, c) => sum * size + c);
  const exponent = high + low, lost = high - exponent + low;
  const left = Math.expm1(-exponent);
  const value = lost * (left + 1) - left;
  return x < 0 ? -value : value;
}
