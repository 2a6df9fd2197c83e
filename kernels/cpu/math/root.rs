//! Roots: guesses are corrected by what their powers miss.

use super::pair::{exact_product, exact_sum, pair_root};
use super::{Math, exp, log};
use crate::cpu::simd::Float;

/// The cubic root: a guess by the logarithm and a step of Newton's, with the cube in two words.
#[inline(always)]
pub fn cbrt<V: Float<Elem: Math>>(x: V) -> V {
    let three = V::splat(V::Elem::from_f64(3.0));
    let tiny = x.abs().lt(V::one());
    let size = V::select(tiny, x.abs().mul(V::splat(V::Elem::LIFT)), x.abs());
    let guess = exp(log(size).div(three));
    let (square, low) = exact_product(guess, guess);
    let left = low.neg_mul_add(guess, square.neg_mul_add(guess, size));
    let root = guess.add(left.div(square.mul(three)));
    let root = V::select(tiny, root.mul(V::splat(V::Elem::LOWER_ROOT)), root);
    let ordinary = V::select(x.abs().lt(V::splat(V::Elem::INFINITY)), root.or(x.sign_bit()), x);
    V::select(x.eq(V::zero()), x, ordinary)
}

/// What a length is multiplied by so that little is lost of it: a power of two if it is small, `shrink` if it is large.
#[inline(always)]
pub fn moderation<V: Float<Elem: Math>>(length: V, shrink: V::Elem) -> V {
    let small = length.lt(V::splat(V::Elem::SMALL));
    let scale = V::select(small, V::splat(V::Elem::GROW), V::one());
    let large = V::splat(V::Elem::LARGE).lt(length);
    V::select(large, V::splat(shrink), scale)
}

/// `sqrt(x^2 + y^2)`, scaled so that no square is lost.
#[inline(always)]
pub fn hypot<V: Float<Elem: Math>>(x: V, y: V) -> V {
    let (x, y) = (x.abs(), y.abs());
    let scale = moderation(x.greater(y), V::Elem::SHRINK);
    let (a, b) = (x.mul(scale), y.mul(scale));
    let ((a, a_low), (b, b_low)) = (exact_product(a, a), exact_product(b, b));
    let (sum, low) = exact_sum(a, b);
    let (root, rest) = pair_root((sum, low.add(a_low.add(b_low))));
    let length = root.add(rest).div(scale);
    let infinity = V::splat(V::Elem::INFINITY);
    let length = V::select(x.eq(infinity), x, length);
    V::select(y.eq(infinity), y, length)
}
