//! The hyperbolic functions and their inverses, from `e^x - 1` and `log(1 + x)` without loss near 0.

use super::pair::{Pair, exact_sum, ordered_sum, pair_quotient, pair_root, square_plus};
use super::{Math, bound_exponent, log, polynomial, reduce_exponent, small_exp};
use crate::cpu::simd::{Float, FloatElement};

/// `e^x - 1` in two words, where `e^x` is neither tiny nor near overflow.
#[inline(always)]
fn growth_pair<V: Float<Elem: Math>>(x: V) -> Pair<V> {
    let n = x.mul(V::splat(V::Elem::LOG2_E)).round();
    let near = n.neg_mul_add(V::splat(V::Elem::LN2_HIGH), x);
    let far = n.mul(V::splat(V::Elem::LN2_LOW));
    let r = near.sub(far);
    let lost = near.sub(r).sub(far);
    let tail = polynomial(r, V::Elem::EXP).mul_add(r.mul(r), lost);
    let power = V::power_of_two(n);
    let (high, low) = exact_sum(power.sub(V::one()), power.mul(r));
    ordered_sum(high, power.mul_add(tail, low))
}

/// `e^x / 2`, which is finite a little longer than `e^x`.
#[inline(always)]
fn half_exp<V: Float<Elem: Math>>(x: V) -> V {
    let (n, r) = reduce_exponent(bound_exponent(x));
    small_exp(r).scale(n.sub(V::one()))
}

/// Where 1 is too small beside `e^x` to matter.
#[inline(always)]
fn is_steep<V: Float<Elem: Math>>(x: V) -> V::Mask {
    V::splat(V::Elem::TANH_FLAT).lt(x)
}

/// `e^x - 1`.
#[inline(always)]
pub fn expm1<V: Float<Elem: Math>>(x: V) -> V {
    let steep = is_steep(x);
    let low = V::splat(V::Elem::TANH_FLAT).neg();
    let (high, _) = growth_pair(V::select(steep, V::zero(), low.greater(x)));
    let y = V::select(steep, super::exp(x), high);
    V::select(x.eq(V::zero()), x, y)
}

/// The hyperbolic sine: `(t + t / (t + 1)) / 2` with `t = e^|x| - 1`.
#[inline(always)]
pub fn sinh<V: Float<Elem: Math>>(x: V) -> V {
    let size = x.abs();
    let steep = is_steep(size);
    let (high, low) = growth_pair(V::select(steep, V::zero(), size));
    let sum = high.add(high.div(high.add(V::one())).add(low));
    let y = V::select(steep, half_exp(size), sum.mul(V::splat(V::Elem::HALF)));
    V::select(x.abs().lt(V::splat(V::Elem::NEARLY_ZERO)), x, y.or(x.sign_bit()))
}

/// The hyperbolic cosine: `h + 1 / (4 h)` with `h = e^|x| / 2`.
#[inline(always)]
pub fn cosh<V: Float<Elem: Math>>(x: V) -> V {
    let half = half_exp(x.abs());
    let quarter = V::splat(V::Elem::HALF).mul(V::splat(V::Elem::HALF));
    half.add(quarter.div(half))
}

/// The logarithm of a sum of which `low` is at most half a unit of the last place of `high`.
#[inline(always)]
fn log_of_pair<V: Float<Elem: Math>>((high, low): Pair<V>) -> V {
    let y = log(high);
    let finite = y.abs().lt(V::splat(V::Elem::INFINITY));
    V::select(finite, y.add(low.div(high)), y)
}

/// `log(1 + x)`.
#[inline(always)]
pub fn log1p<V: Float<Elem: Math>>(x: V) -> V {
    let y = log_of_pair(exact_sum(V::one(), x));
    V::select(x.eq(V::zero()), x, y)
}

/// `log(x + sqrt(x^2 + c))` for `c` 1 or -1; beyond `LIFT` the root is `x`.
#[inline(always)]
fn log_with_root<V: Float<Elem: Math>>(x: V, c: V) -> V {
    let far = V::splat(V::Elem::LIFT).lt(x);
    let (root, rest) = pair_root(square_plus(x, c));
    let (sum, low) = exact_sum(x, root);
    let near = log_of_pair((V::select(far, x, sum), V::select(far, V::zero(), low.add(rest))));
    V::select(far, near.add(V::splat(V::Elem::LN2_HIGH)), near)
}

/// The inverse of the hyperbolic sine.
#[inline(always)]
pub fn asinh<V: Float<Elem: Math>>(x: V) -> V {
    let y = log_with_root(x.abs(), V::one()).or(x.sign_bit());
    V::select(x.abs().lt(V::splat(V::Elem::NEARLY_ZERO)), x, y)
}

/// The inverse of the hyperbolic cosine.
#[inline(always)]
pub fn acosh<V: Float<Elem: Math>>(x: V) -> V {
    let y = log_with_root(x, V::one().neg());
    V::select(V::one().le(x), y, V::splat(V::Elem::NAN))
}

/// The inverse of the hyperbolic tangent: half the logarithm of `1 + 2x / (1 - x)`.
#[inline(always)]
pub fn atanh<V: Float<Elem: Math>>(x: V) -> V {
    let size = x.abs();
    let below = exact_sum(V::one(), size.neg());
    let (quotient, rest) = pair_quotient((size.add(size), V::zero()), below);
    let (sum, low) = exact_sum(V::one(), quotient);
    let y = log_of_pair((sum, low.add(rest))).mul(V::splat(V::Elem::HALF));
    V::select(size.lt(V::splat(V::Elem::NEARLY_ZERO)), x, y.or(x.sign_bit()))
}
