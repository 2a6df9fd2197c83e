//! Rounding to whole numbers in the ways that vectors have no instruction for.

use crate::cpu::simd::{Float, FloatElement};

/// The whole part.
#[inline(always)]
pub fn trunc<V: Float>(x: V) -> V {
    x.abs().floor().or(x.sign_bit())
}

/// The nearest whole number, halves up: `floor(x + 1/2)` without rounding the sum.
#[inline(always)]
pub fn round_half_up<V: Float>(x: V) -> V {
    let below = x.floor();
    let up = V::splat(V::Elem::HALF).le(x.sub(below));
    V::select(up, below.add(V::one()), below).or(x.sign_bit())
}
