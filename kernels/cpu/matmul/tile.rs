//! The micro-kernel: a tile of rows × vectors of a product, held in registers over all of its depth.
//!
//! Each step loads a row of B as vectors and one element of A for every row, spread over the lanes, and
//! does rows × vectors fused multiply-adds. So each result is one chain over the depth, in order, on
//! every path that ends here. 6 × 4 vectors keep both FMA units busy with 32 registers, 6 × 2 with 16.
//! With 32 of 16 bytes (NEON) 6 × 4 also loads least: 10 times for 24 multiply-adds, 8 × 3 takes 11, 12 × 2 takes 14.

use crate::cpu::simd::{Simd, Vector};

/// Tiles one below the other: `c[i, j] = Σ_k a[i, k] · b[k, j]`. Strides count elements.
pub struct Tiles<E> {
    /// How many tiles; a call for each would take a third of the time of short ones.
    pub count: usize,
    /// How many steps.
    pub depth: usize,
    /// Element `[0, 0]` of A.
    pub a: *const E,
    /// From a row of A to the next.
    pub a_row: isize,
    /// From a step to the next in A.
    pub a_step: isize,
    /// Element `[0, 0]` of B, whose rows are contiguous.
    pub b: *const E,
    /// From a step to the next in B.
    pub b_step: isize,
    /// Element `[0, 0]` of C, whose rows are contiguous.
    pub c: *mut E,
    /// From a row of C to the next.
    pub c_row: usize,
    /// How many columns the last vector has.
    pub last: usize,
    /// Whether each tile asks for the rows of A of the one below it, which are long and contiguous.
    pub asks: bool,
    /// Whether the chains go on from what is in C, instead of from zero.
    pub resume: bool,
}

/// Computes tiles of a certain size.
///
/// Safety of a call: every element of A, B and C that the tiles name lies in memory valid for this use,
/// C is written by nobody else, and the machine has the tier's features.
pub type Kernel<E> = unsafe fn(&Tiles<E>);

/// The most rows of any tile.
const MOST_ROWS: usize = 12;
/// How many cache lines of a row are asked for, and their bytes.
const ASKED_LINES: usize = 4;
const LINE_BYTES: usize = 64;
/// How many rows of A are reached from one pointer.
const NEAR_ROWS: usize = 3;

/// The most vectors a tile of this kind of vector has.
pub const fn most_vectors<V: Vector>() -> usize {
    if many_registers::<V>() { 4 } else { 2 }
}

/// The most rows a tile with so many vectors has.
pub const fn most_rows<V: Vector>(vectors: usize) -> usize {
    match vectors {
        1 | 2 if many_registers::<V>() => 12,
        3 => 8,
        _ => 6,
    }
}

/// Whether the machine has 32 registers of this kind rather than 16.
const fn many_registers<V: Vector>() -> bool {
    V::REGISTERS == 32
}

/// Whether loading the first lanes costs no more than all: a mask in a register is free, one in a vector is not.
const fn masks_are_free<V: Vector>() -> bool {
    size_of::<V>() == 64
}

/// The widest tile that so many columns can fill: how many vectors it has, and how many columns it covers.
#[inline]
pub fn widest<V: Vector>(columns: usize) -> (usize, usize) {
    let lanes = V::LANES;
    let vectors = match columns {
        n if n > 3 * lanes && many_registers::<V>() => 4,
        n if n > 2 * lanes && many_registers::<V>() => 3,
        n if n > lanes => 2,
        _ => 1,
    };
    (vectors, columns.min(vectors * lanes))
}

/// The kernel for tiles of so many rows and vectors. `ragged`: the last vector of B may not be loaded whole.
pub fn kernel<S: Simd, V: Vector>(rows: usize, vectors: usize, ragged: bool) -> Kernel<V::Elem> {
    let ragged = ragged || vectors == 1 || masks_are_free::<V>();
    macro_rules! pick {
        ($($vectors:literal $ragged:literal: $($rows:literal)*;)*) => {
            match (vectors, rows, ragged) {
                $($(
                    ($vectors, $rows, $ragged) => outlined::<S, V, $rows, $vectors, $ragged>,
                )*)*
                _ => unreachable!("there is no tile of {rows} rows and {vectors} vectors"),
            }
        };
    }
    if const { masks_are_free::<V>() } {
        pick! {
            1 true: 1 2 3 4 5 6 7 8 9 10 11 12;
            2 true: 1 2 3 4 5 6 7 8 9 10 11 12;
            3 true: 1 2 3 4 5 6 7 8;
            4 true: 1 2 3 4 5 6;
        }
    } else if const { many_registers::<V>() } {
        pick! {
            1 true: 1 2 3 4 5 6 7 8 9 10 11 12;
            2 true: 1 2 3 4 5 6 7 8 9 10 11 12;
            2 false: 1 2 3 4 5 6 7 8 9 10 11 12;
            3 true: 1 2 3 4 5 6 7 8;
            3 false: 1 2 3 4 5 6 7 8;
            4 true: 1 2 3 4 5 6;
            4 false: 1 2 3 4 5 6;
        }
    } else {
        pick! {
            1 true: 1 2 3 4 5 6;
            2 true: 1 2 3 4 5 6;
            2 false: 1 2 3 4 5 6;
        }
    }
}

unsafe fn outlined<S: Simd, V: Vector, const R: usize, const C: usize, const RAGGED: bool>(
    t: &Tiles<V::Elem>,
) {
    // SAFETY: the caller vouches for the tiles and for the features.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                let (mut a, mut c) = (t.a, t.c);
                for _ in 0..t.count {
                    tile::<S, V, R, C, RAGGED>(t, a, c);
                    a = a.wrapping_offset(R as isize * t.a_row);
                    c = c.wrapping_add(R * t.c_row);
                }
            },
        )
    }
}

#[inline(always)]
unsafe fn tile<S: Simd, V: Vector, const R: usize, const C: usize, const RAGGED: bool>(
    t: &Tiles<V::Elem>,
    a: *const V::Elem,
    c: *mut V::Elem,
) {
    let mut sums = [[V::zero(); C]; R];
    if t.asks {
        ask_below::<S, V::Elem, R>(t, a);
    }
    // A pointer for every few rows: were there one, each row's address would wait for that of the row before.
    let mut a = [a; MOST_ROWS.div_ceil(NEAR_ROWS)];
    for (i, a) in a.iter_mut().enumerate() {
        *a = a.wrapping_offset((i * NEAR_ROWS) as isize * t.a_row);
    }
    let mut b = t.b;
    // SAFETY: the caller vouches for every element that the tile names.
    unsafe {
        if t.resume {
            for (i, row) in sums.iter_mut().enumerate() {
                let c = c.add(i * t.c_row);
                for (j, sum) in row.iter_mut().enumerate() {
                    *sum = load::<V>(c.add(j * V::LANES), j + 1 == C, t.last);
                }
            }
        }
        for _ in 0..t.depth {
            let mut vectors = [V::zero(); C];
            for (j, vector) in vectors.iter_mut().enumerate() {
                *vector = load::<V>(b.add(j * V::LANES), RAGGED && j + 1 == C, t.last);
            }
            for (i, row) in sums.iter_mut().enumerate() {
                let x = V::splat(*a[i / NEAR_ROWS].offset((i % NEAR_ROWS) as isize * t.a_row));
                for (sum, &vector) in row.iter_mut().zip(&vectors) {
                    *sum = x.mul_add(vector, *sum);
                }
            }
            for a in a[..R.div_ceil(NEAR_ROWS)].iter_mut() {
                *a = a.wrapping_offset(t.a_step);
            }
            b = b.wrapping_offset(t.b_step);
        }
        for (i, row) in sums.iter().enumerate() {
            let c = c.add(i * t.c_row);
            for (j, sum) in row.iter().enumerate() {
                if j + 1 == C && t.last < V::LANES {
                    sum.store_first(c.add(j * V::LANES), t.last);
                } else {
                    sum.store(c.add(j * V::LANES));
                }
            }
        }
    }
}

/// Asks for where the rows of A of the tile below begin; the machine follows them from there on.
#[inline(always)]
fn ask_below<S: Simd, E, const R: usize>(t: &Tiles<E>, a: *const E) {
    for i in R..2 * R {
        let row = a.wrapping_offset(i as isize * t.a_row).cast::<u8>();
        for line in 0..ASKED_LINES {
            S::prefetch(row.wrapping_add(line * LINE_BYTES));
        }
    }
}

/// A whole vector, or its first lanes if it is `ragged`.
#[inline(always)]
unsafe fn load<V: Vector>(p: *const V::Elem, ragged: bool, lanes: usize) -> V {
    // SAFETY: the caller vouches for so many lanes.
    unsafe {
        if ragged {
            V::load_first(p, lanes)
        } else {
            V::load(p)
        }
    }
}
