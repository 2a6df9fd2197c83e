//! Packing: a part of B laid out as the micro-kernel reads it, panel by panel, each step's vectors side by side.
//!
//! Rows that are contiguous are copied; columns that are contiguous are transposed in registers, a square of
//! lanes × lanes at a time. Ends are padded with zeros.
//!
//! Dropped: a last square that overlaps the one before, to be whole; it made products of few rows a tenth slower.

use super::block::Product;
use crate::cpu::simd::{Simd, Vector};
use crate::cpu::squares::across;

/// The length of a packed part of B: panels of `width` columns.
pub fn packed_length(columns: usize, depth: usize, width: usize) -> usize {
    columns.next_multiple_of(width) * depth
}

/// Packs the B of a product in panels of `width` columns (a multiple of the lanes). Returns the product that
/// reads a panel, given its first column and its number of columns, through [`panel`].
///
/// # Safety
/// Every element of B lies in memory valid for reading, `to` is valid for writing `packed_length` elements, and
/// the machine has the tier's features.
pub unsafe fn pack<S: Simd, V: Vector>(p: &Product<V::Elem>, width: usize, to: *mut V::Elem) {
    // SAFETY: the caller vouches for B, `to` and the features.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                for column in (0..p.columns).step_by(width) {
                    let to = to.add(column * p.depth);
                    let here = width.min(p.columns - column);
                    for lane in (0..here).step_by(V::LANES) {
                        let columns = (here - lane).min(V::LANES);
                        let part = p.columns(column + lane, columns);
                        strip::<V>(&part, width, to.add(lane));
                    }
                }
            },
        );
    }
}

/// The part of a product whose B was packed at `packed`: the panel that starts at `column`.
pub fn panel<E: Copy>(p: &Product<E>, column: usize, width: usize, packed: *const E) -> Product<E> {
    let part = p.columns(column, (p.columns - column).min(width));
    Product {
        b: packed.wrapping_add(column * p.depth),
        b_step: width as isize,
        b_column: 1,
        ..part
    }
}

/// Packs as many columns as a vector has lanes, or fewer.
#[inline(always)]
unsafe fn strip<V: Vector>(p: &Product<V::Elem>, width: usize, to: *mut V::Elem) {
    // SAFETY: the caller of `pack` vouches for B and `to`.
    unsafe {
        if p.b_column == 1 {
            copy::<V>(p, width, to);
        } else if p.b_step == 1 {
            transpose::<V>(p, width, to);
        } else {
            gather::<V>(p, width, to);
        }
    }
}

#[inline(always)]
unsafe fn copy<V: Vector>(p: &Product<V::Elem>, width: usize, to: *mut V::Elem) {
    for k in 0..p.depth {
        // SAFETY: as for `strip`.
        unsafe {
            let from = p.b.offset(k as isize * p.b_step);
            let row = if p.columns == V::LANES {
                V::load(from)
            } else {
                V::load_first(from, p.columns)
            };
            row.store(to.add(k * width));
        }
    }
}

#[inline(always)]
unsafe fn transpose<V: Vector>(p: &Product<V::Elem>, width: usize, to: *mut V::Elem) {
    let whole = if p.columns == V::LANES {
        p.depth / V::LANES * V::LANES
    } else {
        0
    };
    // SAFETY (of both): as for `strip`; squares cover the depth, each step once.
    for start in (0..whole).step_by(V::LANES) {
        let part = p.steps(start, V::LANES);
        unsafe { put(&square::<V, true>(&part), V::LANES, width, to.add(start * width)) };
    }
    for start in (whole..p.depth).step_by(V::LANES) {
        let part = p.steps(start, V::LANES.min(p.depth - start));
        unsafe {
            put(
                &square::<V, false>(&part),
                part.depth,
                width,
                to.add(start * width),
            )
        };
    }
}

/// Stores the first lines, `width` elements apart.
#[inline(always)]
unsafe fn put<V: Vector>(lines: &[V; 16], count: usize, width: usize, to: *mut V::Elem) {
    let mut to = to;
    for (k, line) in lines[..V::LANES].iter().enumerate() {
        if k < count {
            // SAFETY: as for `strip`.
            unsafe { line.store(to) };
        }
        to = to.wrapping_add(width);
    }
}

/// The steps of as many columns as a vector has lanes, a vector for each; columns are contiguous. If `FULL`, there are
/// as many of both as lanes; else what is missing is zero.
///
/// # Safety
/// Every element of B lies in memory valid for reading, and the machine has the tier's features.
#[inline(always)]
pub unsafe fn square<V: Vector, const FULL: bool>(p: &Product<V::Elem>) -> [V; 16] {
    // SAFETY: the caller vouches for B.
    unsafe { across::<V, FULL>(p.b, p.b_column, p.columns, p.depth) }
}

#[inline(always)]
unsafe fn gather<V: Vector>(p: &Product<V::Elem>, width: usize, to: *mut V::Elem) {
    for k in 0..p.depth {
        // SAFETY: as for `strip`.
        unsafe {
            V::zero().store(to.add(k * width));
            for j in 0..p.columns {
                let from = p.b.offset(k as isize * p.b_step + j as isize * p.b_column);
                *to.add(k * width + j) = *from;
            }
        }
    }
}
