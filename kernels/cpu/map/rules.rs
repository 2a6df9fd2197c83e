//! The ops of a class, as the machine applies them: to registers, or to vectors in memory.

use super::random;
use crate::cpu::math::Math;
use crate::cpu::simd::{Float, Int, Vector, first_of, side_by_side, side_by_side_mut};
use crate::ops::{LONG, LONG_FOR_INTEGERS, LONG_IF_WIDE, Op, apply_float, apply_int, call_float, call_int};

/// The vectors of a full accumulator where there are 32 registers of 64 bytes.
pub const WIDE: usize = 16;

/// The ops of a class of vectors.
pub trait Rules<V: Vector> {
    /// Whether lines are asked for ahead of time: code for each op that large integers need too seldom.
    const ASKS_AHEAD: bool;
    /// Applies a short op to the vectors of an accumulator, or what `other` does.
    fn apply<A: Fn(usize) -> V, const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl FnOnce() -> A,
        b: impl FnOnce() -> A,
        other: impl FnOnce(&mut [V; T]),
    );
    /// Applies a long op to the vectors of an accumulator and of its second operand.
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]);
    /// Random numbers at these indices.
    fn random(to: &mut [V::Elem], indices: &[i64], seed: f64, base: f64);
}

/// Rules for floats.
pub struct Floats;
/// Rules for integers.
pub struct Integers;

impl<V: Float<Elem: Math + random::Uniform>> Rules<V> for Floats {
    const ASKS_AHEAD: bool = true;

    #[inline(always)]
    fn apply<A: Fn(usize) -> V, const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl FnOnce() -> A,
        b: impl FnOnce() -> A,
        other: impl FnOnce(&mut [V; T]),
    ) {
        if const { T == WIDE } {
            apply_float::<V, A, T, LONG_IF_WIDE>(op, swap, acc, a, b, other)
        } else {
            apply_float::<V, A, T, LONG>(op, swap, acc, a, b, other)
        }
    }
    #[inline(always)]
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
        // A vector alone has others beside it that are computed for nothing.
        let mut alone = [V::Several::zero(); 2];
        let [mine, others] = &mut alone;
        let is_alone = acc.len() == 1;
        let (mine, others) = if is_alone {
            *first_of(mine) = acc[0];
            *first_of(others) = *second.first().unwrap_or(&acc[0]);
            (std::slice::from_mut(mine), std::slice::from_ref(others))
        } else {
            (side_by_side_mut(acc), side_by_side(second))
        };
        call_float(op, swap, mine, others);
        if is_alone {
            acc[0] = *first_of(&mut mine[0]);
        }
    }
    #[inline(always)]
    fn random(to: &mut [V::Elem], indices: &[i64], seed: f64, base: f64) {
        random::fill(to, indices, seed as u64, base as u64)
    }
}

impl<V: Int> Rules<V> for Integers {
    const ASKS_AHEAD: bool = false;

    #[inline(always)]
    fn apply<A: Fn(usize) -> V, const T: usize>(
        op: Op,
        swap: bool,
        acc: &mut [V; T],
        a: impl FnOnce() -> A,
        b: impl FnOnce() -> A,
        other: impl FnOnce(&mut [V; T]),
    ) {
        apply_int::<V, A, T, LONG_FOR_INTEGERS>(op, swap, acc, a, b, other)
    }
    #[inline(always)]
    fn call(op: Op, swap: bool, acc: &mut [V], second: &[V]) {
        call_int(op, swap, acc, second)
    }
    fn random(_: &mut [V::Elem], _: &[i64], _: f64, _: f64) {
        unreachable!("programs were checked: no random integers")
    }
}
