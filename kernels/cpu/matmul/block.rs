//! Blocks of a product: tiles over rows and columns, with strides that go straight into the kernel.

use super::tile::{Tiles, kernel, most_rows, widest};
use crate::cpu::simd::{Simd, Vector};

/// From so many steps on, rows of A are asked for before they are needed.
const ASK_DEPTH: usize = 128;

/// `c[i, j] = Σ_k a[i, k] · b[k, j]`, whole or a part. Strides count elements; rows of C are contiguous.
#[derive(Clone, Copy)]
pub struct Product<E> {
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// Columns of A, rows of B.
    pub depth: usize,
    /// The left operand.
    pub a: *const E,
    /// From a row of A to the next.
    pub a_row: isize,
    /// From a column of A to the next.
    pub a_step: isize,
    /// The right operand.
    pub b: *const E,
    /// From a row of B to the next.
    pub b_step: isize,
    /// From a column of B to the next.
    pub b_column: isize,
    /// The result.
    pub c: *mut E,
    /// From a row of C to the next.
    pub c_row: usize,
}

impl<E> Product<E> {
    /// The rows from `start` on.
    #[inline]
    pub fn rows(self, start: usize, rows: usize) -> Self {
        let a = self.a.wrapping_offset((start as isize).wrapping_mul(self.a_row));
        Product {
            rows,
            a,
            c: self.c.wrapping_add(start * self.c_row),
            ..self
        }
    }

    /// The columns from `start` on.
    #[inline]
    pub fn columns(self, start: usize, columns: usize) -> Self {
        let b = self
            .b
            .wrapping_offset((start as isize).wrapping_mul(self.b_column));
        Product {
            columns,
            b,
            c: self.c.wrapping_add(start),
            ..self
        }
    }

    /// The part of each sum from step `start` on.
    #[inline]
    pub fn steps(self, start: usize, depth: usize) -> Self {
        let a = self.a.wrapping_offset((start as isize).wrapping_mul(self.a_step));
        let b = self.b.wrapping_offset((start as isize).wrapping_mul(self.b_step));
        Product { depth, a, b, ..self }
    }

    /// The same numbers computed as `Cᵀ = Bᵀ · Aᵀ`, for a product with one column.
    pub fn swapped(self) -> Self {
        debug_assert!(self.columns == 1 && self.c_row == 1);
        Product {
            rows: 1,
            columns: self.rows,
            a: self.b,
            a_row: self.b_column,
            a_step: self.b_step,
            b: self.a,
            b_step: self.a_step,
            b_column: self.a_row,
            c_row: self.rows,
            ..self
        }
    }
}

/// Computes a product whose rows of B are contiguous, going on from what is in C if `resume`.
/// `padded`: B may be read up to whole vectors.
///
/// # Safety
/// Every element that the product names lies in memory valid for this use, and C is written by nobody else.
/// The machine has the tier's features.
pub unsafe fn block<S: Simd, V: Vector>(p: &Product<V::Elem>, padded: bool, resume: bool) {
    debug_assert!(p.b_column == 1);
    let mut column = 0;
    while column < p.columns {
        let (vectors, columns) = widest::<V>(p.columns - column);
        let last = columns - (vectors - 1) * V::LANES;
        let ragged = last < V::LANES && !padded;
        let parts = p.rows.div_ceil(most_rows::<V>(vectors)).max(1);
        // Even tiles: first those with a row more.
        let (least, more) = (p.rows / parts, p.rows % parts);
        for (row, rows, count) in [(0, least + 1, more), (more * (least + 1), least, parts - more)] {
            if rows * count == 0 {
                continue;
            }
            let strip = p.rows(row, rows * count);
            let tiles = Tiles {
                count,
                depth: p.depth,
                a: strip.a,
                a_row: p.a_row,
                a_step: p.a_step,
                b: p.b.wrapping_add(column),
                b_step: p.b_step,
                c: strip.c.wrapping_add(column),
                c_row: p.c_row,
                last,
                asks: S::PREFETCHES && p.a_step == 1 && p.depth >= ASK_DEPTH,
                resume,
            };
            // SAFETY: the tiles lie within the product, for which the caller vouches.
            unsafe { kernel::<S, V>(rows, vectors, ragged)(&tiles) };
        }
        column += columns;
    }
}
