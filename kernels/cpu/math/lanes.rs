//! Functions that are computed lane by lane: exact ones that are rare.

use super::Math;
use crate::cpu::simd::{Element, Float};

/// The most lanes of several vectors of floats.
pub const MOST_LANES: usize = 64;

/// The lanes of a vector, zeros behind them.
#[inline(always)]
pub fn to_lanes<V: Float>(x: V) -> [V::Elem; MOST_LANES] {
    let mut lanes = [V::Elem::ZERO; MOST_LANES];
    // SAFETY: there is room for the lanes of any tier.
    unsafe { x.store(lanes.as_mut_ptr()) };
    lanes
}

/// The vector of the first lanes.
#[inline(always)]
pub fn from_lanes<V: Float>(lanes: [V::Elem; MOST_LANES]) -> V {
    // SAFETY: no tier has more lanes.
    unsafe { V::load(lanes.as_ptr()) }
}

#[inline(always)]
fn zip_lanes<V: Float<Elem: Math>>(x: V, y: V, f: impl Fn(f64, f64) -> f64) -> V {
    let (mut lanes, others) = (to_lanes(x), to_lanes(y));
    for (lane, other) in lanes.iter_mut().zip(others).take(V::LANES) {
        *lane = V::Elem::from_f64(f(lane.to_f64(), other.to_f64()));
    }
    from_lanes(lanes)
}

/// A number modulo 2^32, as JavaScript's bitwise operators take it.
fn to_int32(x: f64) -> i32 {
    let whole = x.trunc() % 4294967296.0;
    whole as i64 as i32
}

/// The rest of the division that truncates: exact, with the dividend's sign.
#[inline(always)]
pub fn fmod<V: Float<Elem: Math>>(x: V, y: V) -> V {
    zip_lanes(x, y, |x, y| x % y)
}

/// The nearest number of `f32`.
#[inline(always)]
pub fn fround<V: Float<Elem: Math>>(x: V) -> V {
    zip_lanes(x, x, |x, _| f64::from(x as f32))
}

/// The nearest number of IEEE's 16 bits, halves to the even one.
fn to_f16(x: f64) -> f64 {
    // From here on the even neighbour is infinity.
    if x.abs() >= 65520.0 {
        return f64::INFINITY.copysign(x);
    }
    let exponent = (x.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    // Powers of two, so that the number alone is rounded.
    let unit = 2f64.powi(exponent.max(-14) - 10);
    (x / unit).round_ties_even() * unit
}

/// The nearest number of IEEE's 16 bits.
#[inline(always)]
pub fn f16round<V: Float<Elem: Math>>(x: V) -> V {
    zip_lanes(x, x, |x, _| to_f16(x))
}

/// How many zeros the number begins with as an integer of 32 bits.
#[inline(always)]
pub fn clz32<V: Float<Elem: Math>>(x: V) -> V {
    zip_lanes(x, x, |x, _| f64::from(to_int32(x).leading_zeros()))
}

/// The product of integers of 32 bits, wrapped.
#[inline(always)]
pub fn imul<V: Float<Elem: Math>>(x: V, y: V) -> V {
    zip_lanes(x, y, |x, y| f64::from(to_int32(x).wrapping_mul(to_int32(y))))
}
