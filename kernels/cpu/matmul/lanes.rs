//! Products with a handful of results: each is summed in 16 lanes at once instead of in one chain.
//!
//! Lane `l` takes the steps `l, l + 16, …` as a chain of fused multiply-adds from zero (the end padded with
//! zeros); the lanes are folded by halves. The order is the same for any strides and any vector width.

use super::block::Product;
use crate::cpu::simd::{Element, Simd, Vector};

/// How many chains a result has.
const LANES: usize = 16;

/// How many steps of a strided operand are brought together at a time.
const STEPS: usize = 256;

/// Whether a product of this size is computed in lanes.
pub fn fits(rows: usize, columns: usize, depth: usize) -> bool {
    rows * columns < 16 && depth >= 64
}

/// Computes a product in lanes.
///
/// # Safety
/// Every element that the product names lies in memory valid for this use, and C is written by nobody else.
/// The machine has the tier's features.
pub unsafe fn lanes<S: Simd, V: Vector>(p: &Product<V::Elem>) {
    // SAFETY: the caller vouches for the product and the features.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                for i in 0..p.rows {
                    for j in 0..p.columns {
                        let one = p.rows(i, 1).columns(j, 1);
                        *one.c = if one.a_step == 1 && one.b_step == 1 {
                            let mut sums = [V::zero(); LANES];
                            chain::<V>(&mut sums, one.a, one.b, one.depth);
                            folded(sums)
                        } else {
                            strided::<V>(&one)
                        };
                    }
                }
            },
        );
    }
}

/// One result whose operands are brought together piece by piece.
#[inline(always)]
unsafe fn strided<V: Vector>(p: &Product<V::Elem>) -> V::Elem {
    let zero = V::zero();
    let (mut a, mut b) = ([V::Elem::ZERO; STEPS], [V::Elem::ZERO; STEPS]);
    let mut sums = [zero; LANES];
    for start in (0..p.depth).step_by(STEPS) {
        let steps = (p.depth - start).min(STEPS);
        for k in 0..steps {
            let step = (start + k) as isize;
            // SAFETY: the caller vouches for every element that the product names.
            unsafe {
                a[k] = *p.a.offset(step * p.a_step);
                b[k] = *p.b.offset(step * p.b_step);
            }
        }
        // SAFETY: both arrays hold so many steps.
        unsafe { chain(&mut sums, a.as_ptr(), b.as_ptr(), steps) };
    }
    folded(sums)
}

/// Adds the products of contiguous elements to the lanes.
#[inline(always)]
unsafe fn chain<V: Vector>(sums: &mut [V; LANES], a: *const V::Elem, b: *const V::Elem, steps: usize) {
    let vectors = LANES / V::LANES;
    let whole = steps / LANES * LANES;
    // SAFETY: the caller vouches for so many steps of both.
    unsafe {
        for k in (0..whole).step_by(LANES) {
            for (v, sum) in sums.iter_mut().take(vectors).enumerate() {
                let at = k + v * V::LANES;
                *sum = V::load(a.add(at)).mul_add(V::load(b.add(at)), *sum);
            }
        }
        for (v, sum) in sums.iter_mut().take(vectors).enumerate() {
            let at = whole + v * V::LANES;
            let left = steps.saturating_sub(at).min(V::LANES);
            if left > 0 {
                *sum = V::load_first(a.add(at), left).mul_add(V::load_first(b.add(at), left), *sum);
            }
        }
    }
}

/// The lanes folded by halves.
#[inline(always)]
fn folded<V: Vector>(mut sums: [V; LANES]) -> V::Elem {
    let mut vectors = LANES / V::LANES;
    while vectors > 1 {
        vectors /= 2;
        for v in 0..vectors {
            sums[v] = sums[v].add(sums[v + vectors]);
        }
    }
    sums[0].fold(V::add)
}
