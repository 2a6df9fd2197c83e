//! The error function, from the exponential function of one polynomial over its whole range.

use super::pair::Pair;
use super::{Math, clamp, polynomial};
use crate::cpu::simd::{Element, Float};

/// `1 - e^-(x + low)` for `x >= 0` where the power is not tiny, and `low` is smaller than `x`.
#[inline(always)]
fn decay<V: Float<Elem: Math>>((x, low): Pair<V>) -> V {
    let n = x.add(low).mul(V::splat(V::Elem::LOG2_E)).round();
    let near = n.mul_add(V::splat(V::Elem::LN2_HIGH), x.neg());
    let rest = n.mul_add(V::splat(V::Elem::LN2_LOW), low.neg());
    let r = near.add(rest);
    let growth = near.add(polynomial(r, V::Elem::EXP).mul_add(r.mul(r), rest));
    let power = V::power_of_two(n.neg());
    growth.neg_mul_add(power, V::one().sub(power))
}

/// The error function: `-log(1 - erf x)` is nearly a straight line, and then nearly a parabola.
#[inline(always)]
pub fn erf<V: Float<Elem: Math>>(x: V) -> V {
    let size = clamp(x.abs(), V::Elem::ZERO, V::Elem::ERF_FLAT);
    let low = polynomial(size, V::Elem::ERF).mul(size);
    decay((size.mul(V::splat(V::Elem::ERF_SLOPE)), low)).or(x.sign_bit())
}
