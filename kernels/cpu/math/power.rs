//! Powers: the logarithm and its product with the exponent are carried in two words.

use super::{Math, bound_exponent, growth, polynomial, reduce_exponent, split};
use crate::cpu::simd::{Float, FloatElement};

/// A number as an unevaluated sum; the second word is small.
type Pair<V> = (V, V);

/// `a + b` exactly, for `|a| >= |b|`.
#[inline(always)]
fn ordered_sum<V: Float>(a: V, b: V) -> Pair<V> {
    let sum = a.add(b);
    (sum, b.sub(sum.sub(a)))
}

/// `a + b` exactly.
#[inline(always)]
fn exact_sum<V: Float>(a: V, b: V) -> Pair<V> {
    let sum = a.add(b);
    let part = sum.sub(a);
    (sum, a.sub(sum.sub(part)).add(b.sub(part)))
}

/// `a × b` exactly.
#[inline(always)]
fn exact_product<V: Float>(a: V, b: V) -> Pair<V> {
    let product = a.mul(b);
    (product, a.mul_add(b, product.neg()))
}

/// The product of two pairs, but for the smallest part.
#[inline(always)]
fn pair_product<V: Float>(a: Pair<V>, b: Pair<V>) -> Pair<V> {
    let (high, low) = exact_product(a.0, b.0);
    (high, a.1.mul_add(b.0, a.0.mul_add(b.1, low)))
}

/// The logarithm of a finite `x > 0`.
#[inline(always)]
fn log_pair<V: Float<Elem: Math>>(x: V) -> Pair<V> {
    let (m, e) = split(x);
    let f = m.sub(V::one());
    let below = exact_sum(V::one(), m);
    let s = f.div(below.0);
    let missing = s.neg().mul_add(below.0, f).sub(s.mul(below.1));
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
    let size = growth(r.add(V::select(bounded, low, zero))).add(one).scale(n);

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
