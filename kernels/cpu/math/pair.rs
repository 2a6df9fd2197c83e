//! Numbers in two words, for what one word would round away.

use super::Math;
use crate::cpu::simd::{Float, FloatElement};

/// A number as an unevaluated sum; the second word is small.
pub type Pair<V> = (V, V);

/// `a + b` exactly, for `|a| >= |b|`.
#[inline(always)]
pub fn ordered_sum<V: Float>(a: V, b: V) -> Pair<V> {
    let sum = a.add(b);
    (sum, b.sub(sum.sub(a)))
}

/// `a + b` exactly.
#[inline(always)]
pub fn exact_sum<V: Float>(a: V, b: V) -> Pair<V> {
    let sum = a.add(b);
    let part = sum.sub(a);
    (sum, a.sub(sum.sub(part)).add(b.sub(part)))
}

/// `a × b` exactly.
#[inline(always)]
pub fn exact_product<V: Float>(a: V, b: V) -> Pair<V> {
    let product = a.mul(b);
    (product, a.mul_add(b, product.neg()))
}

/// The product of two pairs, but for the smallest part.
#[inline(always)]
pub fn pair_product<V: Float>(a: Pair<V>, b: Pair<V>) -> Pair<V> {
    let (high, low) = exact_product(a.0, b.0);
    (high, a.1.mul_add(b.0, a.0.mul_add(b.1, low)))
}

/// The quotient of two pairs; what is left of it is lost where it is too small or infinite.
#[inline(always)]
pub fn pair_quotient<V: Float<Elem: Math>>(a: Pair<V>, b: Pair<V>) -> Pair<V> {
    let quotient = a.0.div(b.0);
    let left = quotient.neg_mul_add(b.0, a.0).add(a.1);
    (quotient, left.sub(quotient.mul(b.1)).div(b.0))
}

/// `a / (c + b)` with one division: a product with the reciprocal, corrected by what it misses. The quotient times `c`,
/// a power of two, is between `a / 2` and `2 a`, so that one factor is taken from `a` exactly.
#[inline(always)]
pub fn quotient_by_sum<V: Float>(a: V, c: V, b: V) -> V {
    let reciprocal = V::one().div(c.add(b));
    let quotient = a.mul(reciprocal);
    let left = quotient.neg_mul_add(b, quotient.neg_mul_add(c, a));
    left.mul_add(reciprocal, quotient)
}

/// The square root of a pair `>= 0`.
#[inline(always)]
pub fn pair_root<V: Float<Elem: Math>>(x: Pair<V>) -> Pair<V> {
    let root = x.0.sqrt();
    let left = root.neg_mul_add(root, x.0).add(x.1);
    let low = left.mul(V::splat(V::Elem::HALF)).div(root);
    (root, V::select(root.eq(V::zero()), V::zero(), low))
}

/// `x^2 + c`, `|c| = 1`.
#[inline(always)]
pub fn square_plus<V: Float<Elem: Math>>(x: V, c: V) -> Pair<V> {
    let (square, low) = exact_product(x, x);
    let (sum, rest) = exact_sum(square, c);
    (sum, rest.add(low))
}
