//! Products of one row, or of one column, where the columns of B are contiguous: a matrix times a vector.
//!
//! Each element of B is used once, so the memory is the limit. Squares of lanes × lanes are transposed in registers
//! and feed the chains at once. Dropped: a packed panel in between (half as fast); two chains side by side (the
//! compiler keeps what they share, and spills).

use super::block::Product;
use super::pack::square;
use crate::cpu::simd::{Simd, Vector};

/// Whether a product is computed here.
pub fn fits<E>(p: &Product<E>) -> bool {
    p.rows == 1 && p.b_step == 1 && p.b_column != 1
}

/// Computes the product of a row.
///
/// # Safety
/// Every element that the product names lies in memory valid for this use, and C is written by nobody else.
/// The machine has the tier's features.
pub unsafe fn row<S: Simd, V: Vector>(p: &Product<V::Elem>) {
    debug_assert!(fits(p));
    // SAFETY: the caller vouches for the product and the features.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                for column in (0..p.columns).step_by(V::LANES) {
                    strip::<V>(&p.columns(column, V::LANES.min(p.columns - column)));
                }
            },
        );
    }
}

/// Computes as many results as a vector has lanes, or fewer.
#[inline(always)]
unsafe fn strip<V: Vector>(p: &Product<V::Elem>) {
    let mut sum = V::zero();
    let whole = if p.columns == V::LANES {
        p.depth / V::LANES * V::LANES
    } else {
        0
    };
    // SAFETY (of all): the caller vouches for every element that the product names; squares cover the depth once.
    for start in (0..whole).step_by(V::LANES) {
        let here = p.steps(start, V::LANES);
        sum = unsafe { add(sum, &here, &square::<V, true>(&here)) };
    }
    for start in (whole..p.depth).step_by(V::LANES) {
        let here = p.steps(start, V::LANES.min(p.depth - start));
        sum = unsafe { add(sum, &here, &square::<V, false>(&here)) };
    }
    unsafe { sum.store_first(p.c, p.columns) };
}

/// Goes on with the chains by the lines of a transposed square, step by step.
#[inline(always)]
unsafe fn add<V: Vector>(mut sum: V, p: &Product<V::Elem>, lines: &[V; 16]) -> V {
    for (k, &line) in lines[..V::LANES].iter().enumerate() {
        if k < p.depth {
            // SAFETY: the caller vouches for A.
            let x = unsafe { *p.a.offset(k as isize * p.a_step) };
            sum = V::splat(x).mul_add(line, sum);
        }
    }
    sum
}
