//! Angles: whole quarter turns and what is left.

use super::Math;
use super::lanes::{from_lanes, to_lanes};
use crate::cpu::simd::{Float, FloatElement};

/// `n`, `r` and `low` where `x = n π/2 + r + low` and `r` is within an eighth of a turn, for `x >= 0`; `low` is small
/// beside `r`, or both are. Of `n`, which `MAGIC` is added to, only the last bits are right.
#[inline(always)]
pub fn quarter_turns<V: Float<Elem: Math>>(x: V) -> (V, V, V) {
    let magic = V::splat(V::Elem::MAGIC);
    let turns = x.mul_add(V::splat(V::Elem::TWO_OVER_PI), magic);
    let n = turns.sub(magic);
    let [high, middle, last] = V::Elem::HALF_PI.map(V::splat);
    // Exact, and a multiple of the last place of what is taken from it: so is the difference of the next two lines.
    let first = n.neg_mul_add(high, x);
    let r = first.sub(n.mul(middle));
    let low = n.neg_mul_add(last, n.neg_mul_add(middle, first.sub(r)));
    if !V::all(x.le(V::splat(V::Elem::REDUCIBLE))) {
        return large_lanes(x, turns, r, low);
    }
    (turns, r, low)
}

/// Whether `turns` of `quarter_turns` is even, and its second bit as a sign.
#[inline(always)]
pub fn quadrant<V: Float<Elem: Math>>(turns: V) -> (V::Mask, V) {
    // Of the last two bits one becomes the sign, the other makes the number 2.
    let bits = turns.shl(V::Elem::WIDTH - 2);
    (bits.eq(V::zero()), bits.sign_bit())
}

/// The same, with large lanes reduced one by one.
#[inline(always)]
fn large_lanes<V: Float<Elem: Math>>(x: V, turns: V, r: V, low: V) -> (V, V, V) {
    let (mut turns, mut rests, mut lows) = (to_lanes(turns), to_lanes(r), to_lanes(low));
    reduce_lanes(&to_lanes(x)[..V::LANES], &mut turns, &mut rests, &mut lows);
    (from_lanes(turns), from_lanes(rests), from_lanes(lows))
}

#[cold]
#[inline(never)]
fn reduce_lanes<T: Math>(angles: &[T], turns: &mut [T], rests: &mut [T], lows: &mut [T]) {
    for (i, angle) in angles.iter().map(|angle| angle.to_f64()).enumerate() {
        if angle > T::REDUCIBLE.to_f64() {
            let (turn, rest, low) = reduce_large(angle);
            turns[i] = T::from_f64(T::MAGIC.to_f64() + turn);
            rests[i] = T::from_f64(rest);
            lows[i] = T::from_f64(rest - rests[i].to_f64() + low);
        }
    }
}

/// 2/π, 64 bits a word.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
];

/// 64 bits of 2/π from bit `at` behind the point; bits before the point are zero.
fn bits_of_two_over_pi(at: i32) -> u64 {
    let word = |i: i32| {
        usize::try_from(i)
            .ok()
            .and_then(|i| TWO_OVER_PI.get(i))
            .copied()
            .unwrap_or(0)
    };
    let (first, shift) = (at.div_euclid(64), at.rem_euclid(64) as u32);
    match shift {
        0 => word(first),
        _ => word(first) << shift | word(first + 1) >> (64 - shift),
    }
}

/// Payne and Hanek's reduction of `x > 0`: of the product with 2/π only the bits around the point matter.
fn reduce_large(x: f64) -> (f64, f64, f64) {
    if !x.is_finite() {
        return (0.0, f64::NAN, 0.0);
    }
    let bits = x.to_bits();
    let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    // |x| = mantissa × 2^exponent. Bits of 2/π that give whole multiples of 4 turns are left out.
    let exponent = (bits >> 52) as i32 - 1075;
    let start = exponent - 2;
    let words = [0, 64, 128].map(|skip| u128::from(bits_of_two_over_pi(start + skip)));
    let middle = ((mantissa * words[2]) >> 64) + mantissa * words[1];
    let high = (middle >> 64) + mantissa * words[0];
    // The product in units of 2^-126 turns (of four quarters each, modulo 1).
    let fraction = high << 64 | middle & u128::from(u64::MAX);
    let turns = ((fraction >> 125) + 1) >> 1;
    let rest = fraction.wrapping_sub(turns << 126) as i128;
    let (turns, unit) = ((turns & 3) as f64, 0.5f64.powi(126));
    let (high, low) = (rest as f64, (rest - (rest as f64) as i128) as f64);
    let [quarter, quarter_low, _] = f64::HALF_PI;
    let angle = high * quarter;
    let low = high.mul_add(quarter, -angle) + (low * quarter + high * quarter_low);
    (turns, angle * unit, low * unit)
}
