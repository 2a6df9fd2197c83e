//! Products of a few rows with a B whose columns are contiguous, as a layer's weights are: turned in registers.
//!
//! The rows of all of A are one tile, so each element of B is used once: packing it would be a third of the time.
//! For each 16 bytes of depth a tile's columns are turned by loads of 16 bytes and shuffles within them, which leave the
//! units of multiply-adds alone. A is packed, so that its rows need no pointers, which are scarce here.
//!
//! 10×100×100 takes 1.5 µs with AVX-512 where packing B took 1.8, 10×256×256 7.7 and 10.6; with AVX2 8×100×100 takes
//! 2.0 and 2.7. Dropped: A in place (a quarter slower: pointers are spilled); one vector of columns for 32 registers (a
//! fifth: bound by loads); two tiles of half the rows; more than 8 rows for 16 registers (float64 is slower then).

use super::block::Product;
use super::pack::pack;
use crate::cpu::simd::{Simd, Vector};

/// The most rows, with 32 registers and with 16.
const MOST_ROWS: [usize; 2] = [12, 8];
/// Elements of a step of the packed A: a multiple of any vector's lanes that holds the most rows.
const A_STEP: usize = 16;
/// The most bytes of B: its columns are read 16 bytes at a time, and their lines must stay in the nearest caches.
const MOST_BYTES: usize = 256 << 10;
/// Columns so many bytes apart, or a multiple, fall into few sets of the nearest cache, which does not hold them then.
const CROWDED_BYTES: usize = 2048;
/// The bytes of each column that are turned together.
const TURNED_BYTES: usize = 16;

/// The vectors of a tile.
const fn vectors<V: Vector>() -> usize {
    if V::REGISTERS == 32 { 2 } else { 1 }
}

/// The steps that are turned together.
const fn steps<E>() -> usize {
    TURNED_BYTES / size_of::<E>()
}

/// The columns of a tile.
pub const fn tile_columns<V: Vector>() -> usize {
    vectors::<V>() * V::LANES
}

/// Whether a product is computed here: a tile is filled, and more than three quarters of what tiles
/// compute are results.
pub fn fits<V: Vector>(p: &Product<V::Elem>) -> bool {
    let (size, most_rows) = (size_of::<V::Elem>(), MOST_ROWS[usize::from(V::REGISTERS < 32)]);
    let crowded = (p.b_column.unsigned_abs().wrapping_mul(size)).is_multiple_of(CROWDED_BYTES);
    p.b_step == 1
        && !(p.b_column == 1 || crowded)
        && (2..=most_rows).contains(&p.rows)
        && p.columns >= tile_columns::<V>()
        && p.columns * 4 > p.columns.next_multiple_of(tile_columns::<V>()) * 3
        && p.depth > 0
        && p.depth.is_multiple_of(steps::<V::Elem>())
        && p.columns * p.depth * size <= MOST_BYTES
}

/// The length of the packed A.
pub fn packed_length(depth: usize) -> usize {
    depth * A_STEP
}

/// Computes a product, given room for the packed A.
///
/// # Safety
/// Every element that the product names lies in memory valid for this use, C is written by nobody else, `packed` is valid
/// for writing `packed_length` elements, and the machine has the tier's features.
pub unsafe fn turned<S: Simd, V: Vector>(p: &Product<V::Elem>, packed: *mut V::Elem) {
    debug_assert!(fits::<V>(p));
    let rows_as_columns = Product {
        columns: p.rows,
        b: p.a,
        b_step: p.a_step,
        b_column: p.a_row,
        ..*p
    };
    // SAFETY: the caller vouches for the product, for the room and for the features.
    unsafe {
        pack::<S, V>(&rows_as_columns, A_STEP, packed);
        match p.rows.div_ceil(2) {
            0..=2 => tiles::<S, V, 4>(p, packed),
            3 => tiles::<S, V, 6>(p, packed),
            4 => tiles::<S, V, 8>(p, packed),
            5 => tiles::<S, V, 10>(p, packed),
            _ => tiles::<S, V, 12>(p, packed),
        }
    }
}

/// Computes a product of at most `R` rows.
unsafe fn tiles<S: Simd, V: Vector, const R: usize>(p: &Product<V::Elem>, packed: *const V::Elem) {
    // SAFETY: as for `turned`.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                if const { vectors::<V>() == 2 } {
                    across::<V, R, 2>(p, packed);
                } else {
                    across::<V, R, 1>(p, packed);
                }
            },
        );
    }
}

/// Tiles side by side. The last one overlaps the one before, so as to be whole: it computes the same once more.
#[inline(always)]
unsafe fn across<V: Vector, const R: usize, const C: usize>(p: &Product<V::Elem>, packed: *const V::Elem) {
    let width = tile_columns::<V>();
    for column in (0..p.columns).step_by(width) {
        let column = column.min(p.columns - width);
        // SAFETY: as for `turned`.
        unsafe { tile::<V, R, C>(&p.columns(column, width), packed) };
    }
}

#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const C: usize>(p: &Product<V::Elem>, packed: *const V::Elem) {
    let mut sums = [[V::zero(); C]; R];
    let steps = const { steps::<V::Elem>() };
    // A pointer for each group of columns whose parts of 16 bytes are turned within themselves. They stay as they are:
    // if they moved, the compiler would keep them in vectors.
    let mut groups = [[p.b; 4]; C];
    for (j, groups) in groups.iter_mut().enumerate() {
        for (g, group) in groups.iter_mut().enumerate() {
            *group = group.wrapping_offset((j * V::LANES + g * steps) as isize * p.b_column);
        }
    }
    // SAFETY (of all): the caller vouches for every element that the product names, and for the packed A.
    for start in (0..p.depth).step_by(steps) {
        let mut lines = [[V::zero(); 4]; C];
        for (lines, groups) in lines.iter_mut().zip(&groups) {
            *lines = unsafe { V::turn(groups, start, p.b_column) };
        }
        for step in 0..steps {
            for (i, row) in sums.iter_mut().enumerate() {
                let x = V::splat(unsafe { *packed.add((start + step) * A_STEP + i) });
                for (sum, lines) in row.iter_mut().zip(&lines) {
                    *sum = x.mul_add(lines[step], *sum);
                }
            }
        }
    }
    for (i, row) in sums.iter().enumerate() {
        if i < p.rows {
            for (j, sum) in row.iter().enumerate() {
                unsafe { sum.store(p.c.add(i * p.c_row + j * V::LANES)) };
            }
        }
    }
}
