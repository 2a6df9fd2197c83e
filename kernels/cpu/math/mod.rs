//! Vector math: one algorithm a function, for both float types, on every tier.
//!
//! `docs/accuracy.md` has the largest error of each, of all inputs in `f32`, which `deno task math:check` measures.
//! Allowed is 1 ulp for exp, log, sin and cos and 2 for the others, in `f64` 2 and 3.
//!
//! | function | method |
//! | --- | --- |
//! | exp | x = n·ln 2 + r, polynomial of r, scaling by 2^n |
//! | log | x = m·2^e with m around 1, odd series of s = (m − 1)/(m + 1) |
//! | tanh | u/(2 − u) with u = 1 − e^−2│x│; the quotient is corrected for what the sum rounds away |
//! | sigmoid | e/(1 + e) with e = e^−│x│, or 1/(1 + e), corrected the same way |
//! | erf | 1 − e^−g with a polynomial g in two words (`erf.rs`) |
//! | sin, cos | x = n·π/2 + r in three parts and r in two words, exactly for large x (`reduce.rs`) |
//! | pow | e^(y·log x), the logarithm and the product in two words (`power.rs`) |
//! | log2, log10 | the same logarithm times a constant in two words |
//! | tan | sine by cosine, all in two words (`angle.rs`) |
//! | asin, acos, atan, atan2 | odd polynomial of a quotient in two words, beside an eighth of a turn |
//! | expm1, log1p | as `exp` and `log`, with what the sum with 1 rounds away (`hyperbolic.rs`) |
//! | sinh, cosh | from e^x − 1, and from e^x/2 |
//! | asinh, acosh, atanh | as `log1p` |
//! | cbrt, hypot | a step of Newton's from e^(log x / 3); the root of a sum in two words (`root.rs`) |
//!
//! The rest is exact: `round.rs` and, lane by lane, `lanes.rs`.
//!
//! The polynomials are minimax approximations of our own, made with Remez's exchange in 60 digits.

mod angle;
mod constants;
mod erf;
mod hyperbolic;
mod lanes;
mod pair;
mod power;
mod reduce;
mod root;
mod round;

pub use angle::{acos, asin, atan, atan2, tan};
pub use constants::Math;
pub use erf::erf;
pub use hyperbolic::{acosh, asinh, atanh, cosh, expm1, log1p, sinh};
pub use lanes::{clz32, f16round, fmod, fround, imul};
pub use power::{log2, log10, pow};
pub use root::{cbrt, hypot};
pub use round::{round_half_up, trunc};

use super::simd::{Float, FloatElement, Vector};
use pair::{Pair, quotient_by_sum};
use reduce::{quadrant, quarter_turns};

/// A polynomial with its lowest coefficient first.
#[inline(always)]
fn polynomial<V: Vector>(x: V, coefficients: &[V::Elem]) -> V {
    let mut left = coefficients.len() - 1;
    let mut sum = V::splat(coefficients[left]);
    while left > 0 {
        left -= 1;
        sum = sum.mul_add(x, V::splat(coefficients[left]));
    }
    sum
}

/// `x` within bounds; NaN stays.
#[inline(always)]
fn clamp<V: Float>(x: V, low: V::Elem, high: V::Elem) -> V {
    V::splat(high).lesser(V::splat(low).greater(x))
}

/// `n` and `r` where `x = n ln 2 + r`, with `n` whole and `r` small.
#[inline(always)]
fn reduce_exponent<V: Float<Elem: Math>>(x: V) -> (V, V) {
    let n = x.mul(V::splat(V::Elem::LOG2_E)).round();
    let r = n.neg_mul_add(V::splat(V::Elem::LN2_HIGH), x);
    (n, n.neg_mul_add(V::splat(V::Elem::LN2_LOW), r))
}

/// `x` within the bounds beyond which `exp` is 0 or infinite.
#[inline(always)]
fn bound_exponent<V: Float<Elem: Math>>(x: V) -> V {
    clamp(x, V::Elem::EXP_LOWEST, V::Elem::EXP_HIGHEST)
}

/// `e^r - 1` for a small `r`, to the last place also where it is next to nothing.
#[inline(always)]
fn growth<V: Float<Elem: Math>>(r: V) -> V {
    polynomial(r, V::Elem::EXP).mul_add(r.mul(r), r)
}

/// `e^r` for a small `r`.
#[inline(always)]
fn small_exp<V: Float<Elem: Math>>(r: V) -> V {
    polynomial(r, V::Elem::EXP)
        .mul_add(r, V::one())
        .mul_add(r, V::one())
}

/// `e^x`.
#[inline(always)]
pub fn exp<V: Float<Elem: Math>>(x: V) -> V {
    if is_near(x) {
        return near_exp(x);
    }
    let (n, r) = reduce_exponent(bound_exponent(x));
    small_exp(r).scale(n)
}

/// Whether `near_exp` takes each of these lanes, on tiers where it gains something.
#[inline(always)]
fn is_near<V: Float<Elem: Math>>(x: V) -> bool {
    !V::SCALES && V::all(x.abs().le(V::splat(V::Elem::EXP_NORMAL)))
}

/// `e^x` where that is neither tiny nor near overflow: the exponent is added as it is.
#[inline(always)]
fn near_exp<V: Float<Elem: Math>>(x: V) -> V {
    let (n, r) = reduce_exponent(x);
    let exponent = n.add(V::splat(V::Elem::MAGIC)).shl(V::Elem::MANTISSA);
    small_exp(r).add_bits(exponent)
}

/// `m` and `e` where `x = m 2^e` and `m` is between the roots of 1/2 and 2, for finite `x > 0`.
#[inline(always)]
fn split<V: Float<Elem: Math>>(x: V) -> (V, V) {
    let tiny = x.lt(V::splat(V::Elem::SMALLEST_NORMAL));
    let normal = V::select(tiny, x.mul(V::splat(V::Elem::LIFT)), x);
    let shifted = normal.add_bits(V::one().sub_bits(V::splat(V::Elem::ROOT_HALF)));
    let biased = shifted.shr(V::Elem::MANTISSA);
    let whole = biased.or(V::splat(V::Elem::WHOLE));
    let bias = V::select(tiny, V::splat(V::Elem::BIAS_LIFTED), V::splat(V::Elem::BIAS));
    let m = normal.sub_bits(biased.shl(V::Elem::MANTISSA)).add_bits(V::one());
    (m, whole.sub(bias))
}

/// The natural logarithm.
#[inline(always)]
pub fn log<V: Float<Elem: Math>>(x: V) -> V {
    let (m, e) = split(x);
    let f = m.sub(V::one());
    let s = f.div(f.add(V::splat(V::Elem::TWO)));
    let z = s.mul(s);
    let half_square = f.mul(f).mul(V::splat(V::Elem::HALF));
    let series = polynomial(z, V::Elem::LOG).mul_add(z, half_square);
    let low = s.mul_add(series, e.mul(V::splat(V::Elem::LN2_LOW)));
    let y = e.mul_add(V::splat(V::Elem::LN2_HIGH), f.sub(half_square.sub(low)));
    defined_logarithm(x, y)
}

/// The logarithm `y` of `x`, where `x` may also be 0, infinite, negative or NaN.
#[inline(always)]
fn defined_logarithm<V: Float<Elem: Math>>(x: V, y: V) -> V {
    let y = V::select(x.eq(V::splat(V::Elem::INFINITY)), x, y);
    let y = V::select(x.eq(V::zero()), V::splat(V::Elem::INFINITY).neg(), y);
    V::select(V::zero().le(x), y, V::splat(V::Elem::NAN))
}

/// The hyperbolic tangent: `u / (2 - u)` with `u = 1 - e^-2|x|`.
#[inline(always)]
pub fn tanh<V: Float<Elem: Math>>(x: V) -> V {
    let minus_double = x.add(x).or(V::splat(V::Elem::SIGN));
    let (n, r) = reduce_exponent(V::splat(V::Elem::TANH_FLAT).neg().greater(minus_double));
    let power = V::power_of_two(n);
    let u = growth(r).neg_mul_add(power, V::one().sub(power));
    quotient_by_sum(u, V::splat(V::Elem::TWO), u.neg()).or(x.sign_bit())
}

/// `1 / (1 + e^-x)`, also precise where it is nearly 0.
#[inline(always)]
pub fn sigmoid<V: Float<Elem: Math>>(x: V) -> V {
    let minus = x.or(V::splat(V::Elem::SIGN));
    let e = if is_near(x) {
        near_exp(minus)
    } else {
        let (n, r) = reduce_exponent(V::splat(V::Elem::EXP_LOWEST).greater(minus));
        small_exp(r).scale(n)
    };
    let above = V::select(x.lt(V::zero()), e, V::one());
    quotient_by_sum(above, V::one(), e)
}

/// The sine.
#[inline(always)]
pub fn sin<V: Float<Elem: Math>>(x: V) -> V {
    let (turns, r, low) = quarter_turns(x.abs());
    turned_sine(turns, r, low).xor(x.sign_bit())
}

/// The cosine: the sine of a quarter turn more.
#[inline(always)]
pub fn cos<V: Float<Elem: Math>>(x: V) -> V {
    let (turns, r, low) = quarter_turns(x.abs());
    turned_sine(turns.add(V::one()), r, low)
}

/// The sine of `turns` quarter turns plus `r + low`, with `r` within an eighth of a turn: the sine of that,
/// `r + (r³ S + low)`, or the cosine, `1 - r²/2 + (r⁴ C - r low)`.
#[inline(always)]
fn turned_sine<V: Float<Elem: Math>>(turns: V, r: V, low: V) -> V {
    let square = r.mul(r);
    let (even, sign) = quadrant(turns);
    let series = V::select(
        even,
        polynomial(square, V::Elem::SIN),
        polynomial(square, V::Elem::COS),
    );
    let power = V::select(even, r, square).mul(square);
    let (near, lost) = parabola(square);
    let low = V::select(even, low, low.neg_mul_add(r, lost));
    V::select(even, r, near).add(series.mul_add(power, low)).xor(sign)
}

/// `1 - square / 2`, and what is lost by rounding it.
#[inline(always)]
fn parabola<V: Float<Elem: Math>>(square: V) -> Pair<V> {
    let minus_half = V::splat(V::Elem::HALF).neg();
    let near = square.mul_add(minus_half, V::one());
    (near, square.mul_add(minus_half, V::one().sub(near)))
}

/// The cosine of an angle within an eighth of a turn, from its square.
#[inline(always)]
fn cosine_pair<V: Float<Elem: Math>>(square: V) -> Pair<V> {
    let (near, lost) = parabola(square);
    (
        near,
        polynomial(square, V::Elem::COS).mul_add(square.mul(square), lost),
    )
}

#[cfg(test)]
mod tests;
