//! The tangent, and angles from the sides of a triangle: quotients in two words.

use super::pair::{Pair, exact_product, exact_sum, ordered_sum, pair_quotient, pair_root, square_plus};
use super::reduce::{quadrant, quarter_turns};
use super::root::moderation;
use super::{Math, clamp, cosine_pair, polynomial};
use crate::cpu::simd::{Element, Float, FloatElement};

/// `yes` or `no`, word by word.
#[inline(always)]
fn select_pair<V: Float>(mask: V::Mask, yes: Pair<V>, no: Pair<V>) -> Pair<V> {
    (V::select(mask, yes.0, no.0), V::select(mask, yes.1, no.1))
}

#[inline(always)]
fn negated<V: Float>(x: Pair<V>) -> Pair<V> {
    (x.0.neg(), x.1.neg())
}

/// The tangent: sine by cosine, or after an odd number of quarter turns minus cosine by sine.
#[inline(always)]
pub fn tan<V: Float<Elem: Math>>(x: V) -> V {
    let (turns, r, low) = quarter_turns(x.abs());
    let square = r.mul(r);
    let (near, rest) = cosine_pair(square);
    let bend = polynomial(square, V::Elem::SIN).mul(square.mul(r));
    let sine = ordered_sum(r, low.mul_add(near, bend));
    let cosine = ordered_sum(near, low.neg_mul_add(r, rest));
    let (even, _) = quadrant(turns);
    let above = select_pair(even, sine, negated(cosine));
    let (quotient, rest) = pair_quotient(above, select_pair(even, cosine, sine));
    quotient.add(rest).xor(x.sign_bit())
}

/// The angle of the point (`x`, `y`), both `>= 0`, not both 0 and with a finite sum; or of (`-x`, `y`) where `turned`
/// has the sign bit: the arc tangent of a quotient of at most 1/2, added to a whole eighth of a turn.
#[inline(always)]
fn angle<V: Float<Elem: Math>>(y: Pair<V>, x: Pair<V>, turned: V) -> V {
    let (one, half) = (V::one(), V::splat(V::Elem::HALF));
    let (flat, steep) = (y.0.lt(x.0.mul(half)), x.0.lt(y.0.mul(half)));
    // Between both the difference of the first words is exact.
    let difference = (y.0.sub(x.0), y.1.sub(x.1));
    let (sum, lost) = exact_sum(y.0, x.0);
    let sum = (sum, lost.add(y.1.add(x.1)));
    let above = select_pair(flat, y, select_pair(steep, negated(x), difference));
    let below = select_pair(flat, x, select_pair(steep, y, sum));
    let (t, rest) = pair_quotient(above, below);
    let z = t.mul(t);
    let tail = polynomial(z, V::Elem::ATAN).mul_add(z.mul(t), rest);

    let sign = turned.sign_bit();
    let quarters = V::select(flat, V::zero(), V::select(steep, one, half));
    let left = one.or(sign).lt(V::zero());
    let quarters = V::select(left, one.add(one).sub(quarters), quarters);
    let (base, base_low) = exact_product(quarters, V::splat(V::Elem::HALF_PI[0]));
    let base_low = quarters.mul_add(V::splat(V::Elem::HALF_PI[1]), base_low);
    let (high, low) = ordered_sum(base, t.xor(sign));
    high.add(low.add(tail.xor(sign).add(base_low)))
}

/// `sqrt(1 - x^2)`.
#[inline(always)]
fn other_side<V: Float<Elem: Math>>(x: V) -> Pair<V> {
    pair_root(negated(square_plus(x, V::one().neg())))
}

/// The angle with the sine `x`.
#[inline(always)]
pub fn asin<V: Float<Elem: Math>>(x: V) -> V {
    let zero = V::zero();
    angle((x.abs(), zero), other_side(x), zero).or(x.sign_bit())
}

/// The angle with the cosine `x`.
#[inline(always)]
pub fn acos<V: Float<Elem: Math>>(x: V) -> V {
    angle(other_side(x), (x.abs(), V::zero()), x)
}

/// The angle with the tangent `x`.
#[inline(always)]
pub fn atan<V: Float<Elem: Math>>(x: V) -> V {
    let zero = V::zero();
    let size = clamp(x.abs(), V::Elem::ZERO, V::Elem::LARGE);
    angle((size, zero), (V::one(), zero), zero).or(x.sign_bit())
}

/// The angle of the point (`x`, `y`), with the sign of `y`.
#[inline(always)]
pub fn atan2<V: Float<Elem: Math>>(y: V, x: V) -> V {
    let (zero, one) = (V::zero(), V::one());
    let most = x.abs().greater(y.abs());
    let infinity = V::splat(V::Elem::INFINITY);
    // The sum of the sides must be finite.
    let scale = moderation(most, V::Elem::HALF);
    // Infinite sides hide finite ones, and are as long as each other.
    let side = |side: V| {
        let among_infinite = V::select(side.eq(infinity), one, zero);
        V::select(most.eq(infinity), among_infinite, side.mul(scale))
    };
    let (height, width) = (side(y.abs()), side(x.abs()));
    let width = V::select(most.eq(zero), one, width);
    let found = angle((height, zero), (width, zero), x).or(y.sign_bit());
    V::select(x.eq(x), V::select(y.eq(y), found, y), x)
}
