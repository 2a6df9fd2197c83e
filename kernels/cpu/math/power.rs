//! Powers, and logarithms of other bases: the natural logarithm and its product are carried in two words.

use super::pair::{Pair, exact_product, exact_sum, ordered_sum, pair_product};
use super::{Math, bound_exponent, defined_logarithm, polynomial, reduce_exponent, small_exp, split};
use crate::cpu::simd::{Float, FloatElement};

/// The logarithm of a finite `x > 0`.
#[inline(always)]
fn log_pair<V: Float<Elem: Math>>(x: V) -> Pair<V> {
    let (m, e) = split(x);
    let f = m.sub(V::one());
    let below = exact_sum(V::one(), m);
    let s = f.div(below.0);
    let missing = s.neg_mul_add(below.0, f).sub(s.mul(below.1));
    let s = (s, missing.div(below.0));
    let z = pair_product(s, s);
    let tail = polynomial(z.0, V::Elem::LOG_TAIL).mul(z.0);
    let (high, low) = ordered_sum(V::splat(V::Elem::TWO_THIRDS_HIGH), tail);
    let series = pair_product(
        pair_product(s, z),
        (high, low.add(V::splat(V::Elem::TWO_THIRDS_LOW))),
    );
    let (near, rest) = ordered_sum(s.0.add(s.0), series.0);
    let rest = rest.add(s.1.add(s.1).add(series.1));
    let (far, far_rest) = exact_product(e, V::splat(V::Elem::LN2_HIGH));
    let (high, low) = exact_sum(far, near);
    let low = low.add(e.mul_add(V::splat(V::Elem::LN2_LOW), far_rest).add(rest));
    ordered_sum(high, low)
}

/// `x^y` as IEEE 754 has it: 1 to any power is 1, and so is anything to the power of 0.
#[inline(always)]
pub fn pow<V: Float<Elem: Math>>(x: V, y: V) -> V {
    let (zero, one, infinity) = (V::zero(), V::one(), V::splat(V::Elem::INFINITY));
    let base = x.abs();
    let log = log_pair(base);
    let (z, low) = exact_product(y, log.0);
    let low = y.mul_add(log.1, low);
    // Beyond the bounds of exp the low word is of no use, and not a number if the product overflowed.
    let bounded = z.abs().le(V::splat(V::Elem::EXP_LOWEST).neg());
    let (n, r) = reduce_exponent(bound_exponent(z));
    let size = small_exp(r.add(V::select(bounded, low, zero))).scale(n);

    let vanishing = V::select(y.lt(zero), infinity, zero);
    let growing = V::select(y.lt(zero), zero, infinity);
    let size = V::select(base.eq(zero), vanishing, size);
    let size = V::select(base.eq(infinity), growing, size);
    let size = V::select(base.eq(one), one, size);

    let half = y.mul(V::splat(V::Elem::HALF));
    let odd = V::select(half.floor().eq(half), zero, V::splat(V::Elem::SIGN));
    let whole = V::select(y.floor().eq(y), size.or(x.and(odd)), size);
    let defined = V::select(base.eq(infinity), size, V::splat(V::Elem::NAN));
    let fractional = V::select(x.lt(zero), defined, size);
    let power = V::select(y.floor().eq(y), whole, fractional);

    let power = V::select(x.eq(x), power, x);
    let power = V::select(y.eq(y), power, y);
    V::select(y.eq(zero), one, V::select(x.eq(one), one, power))
}

/// The logarithm whose base has this pair as the reciprocal of its own; exact for whole powers of the base.
#[inline(always)]
fn log_of_base<V: Float<Elem: Math>>(x: V, reciprocal: (V::Elem, V::Elem)) -> V {
    let (high, low) = pair_product(log_pair(x), (V::splat(reciprocal.0), V::splat(reciprocal.1)));
    defined_logarithm(x, high.add(low))
}

/// The logarithm to base 2.
#[inline(always)]
pub fn log2<V: Float<Elem: Math>>(x: V) -> V {
    log_of_base(x, (V::Elem::LOG2_E, V::Elem::LOG2_E_LOW))
}

/// The logarithm to base 10.
#[inline(always)]
pub fn log10<V: Float<Elem: Math>>(x: V) -> V {
    log_of_base(x, (V::Elem::LOG10_E, V::Elem::LOG10_E_LOW))
}
