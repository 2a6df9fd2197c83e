//! The folds themselves, in the order that every layout, tier and number of threads shares.
//!
//! Along a row: 64 lanes over a block, each taking every 64th value, folded by halves. Down columns: one chain
//! over a block for each column. Folds of blocks are joined by the tree of [`Tree`].

use super::combine::{Fold, Number};
use crate::cpu::simd::{Simd, Vector};

/// How many chains a block of a row has.
const LANES: usize = 64;
/// The most vectors that hold them.
const VECTORS: usize = 32;
/// How many rows are joined to a row at once: they are streams for the prefetcher, and spare its loads and stores.
const ROWS: usize = 8;

/// The folds of a combine, compiled for a tier that the machine has.
#[derive(Clone, Copy)]
pub struct Folds<E> {
    /// What the fold of nothing is.
    pub identity: E,
    along: unsafe fn(*const E, usize) -> E,
    down: unsafe fn(*mut [E], *const E, isize, usize),
}

impl<E: Number> Folds<E> {
    /// The folds for the vectors of a tier.
    pub fn of<S: Simd, V: Vector<Elem = E>, F: Fold>() -> Self {
        Folds {
            identity: F::identity(),
            along: along_on::<S, V, F>,
            down: down_on::<S, V, F>,
        }
    }

    /// Folds a block of consecutive values, at most the block of a row long.
    ///
    /// # Safety
    /// `values` is valid for reading `count` elements.
    #[inline]
    pub unsafe fn along(&self, values: *const E, count: usize) -> E {
        // SAFETY: the caller's promise; the tier is one of the machine's.
        unsafe { (self.along)(values, count) }
    }

    /// Joins `count` rows to a row of folds, one after the other.
    ///
    /// # Safety
    /// Each of the rows, which are `stride` elements apart, is valid for reading as many elements as `folds` has.
    #[inline]
    pub unsafe fn down(&self, folds: &mut [E], rows: *const E, stride: isize, count: usize) {
        // SAFETY: the caller's promise; the tier is one of the machine's.
        unsafe { (self.down)(folds, rows, stride, count) }
    }
}

unsafe fn along_on<S: Simd, V: Vector<Elem: Number>, F: Fold>(
    values: *const V::Elem,
    count: usize,
) -> V::Elem {
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || along::<V, F>(values, count),
        )
    }
}

#[inline(always)]
unsafe fn along<V: Vector<Elem: Number>, F: Fold>(values: *const V::Elem, count: usize) -> V::Elem {
    if count < LANES {
        // SAFETY: the caller's promise.
        return unsafe { along_few::<V, F>(values, count) };
    }
    let vectors = const { LANES / V::LANES };
    let mut lanes = [V::splat(F::identity()); VECTORS];
    let whole = count / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for (v, lane) in lanes.iter_mut().take(vectors).enumerate() {
            // SAFETY: the values before `whole` exist.
            *lane = F::join(*lane, unsafe { V::load(values.add(start + v * V::LANES)) });
        }
    }
    if whole < count {
        // SAFETY: the values from `whole` to `count` exist, and are fewer than 64.
        let rest = unsafe { padded::<V, F>(values.add(whole), count - whole) };
        for (v, lane) in lanes.iter_mut().take(vectors).enumerate() {
            // SAFETY: `rest` has 64 elements.
            *lane = F::join(*lane, unsafe { V::load(rest.as_ptr().add(v * V::LANES)) });
        }
    }
    let mut left = vectors;
    while left > 1 {
        left /= 2;
        for v in 0..left {
            lanes[v] = F::join(lanes[v], lanes[v + left]);
        }
    }
    lanes[0].fold(F::join)
}

/// The same for less than a value a lane. Lanes without one hold the identity and are left out.
#[inline(always)]
unsafe fn along_few<V: Vector<Elem: Number>, F: Fold>(values: *const V::Elem, count: usize) -> V::Elem {
    // SAFETY: the caller's promise; there are fewer than 64.
    let mut lanes = unsafe { padded::<V, F>(values, count) };
    // SAFETY (of the calls): a vector that begins within the lanes in use ends within them.
    let started = |lane: *const V::Elem| F::join(V::splat(F::identity()), unsafe { V::load(lane) });
    let mut left = count.div_ceil(V::LANES).next_power_of_two();
    while left > 1 {
        left /= 2;
        for v in 0..left {
            // SAFETY: `lanes` has twice `left` vectors at least.
            unsafe {
                let lane = lanes.as_mut_ptr().add(v * V::LANES);
                F::join(started(lane), started(lane.add(left * V::LANES))).store(lane);
            }
        }
    }
    started(lanes.as_ptr()).fold(F::join)
}

/// Fewer than 64 values, followed by the identity in the lanes that have none.
///
/// # Safety
/// `values` is valid for reading `count` elements.
#[inline(always)]
unsafe fn padded<V: Vector<Elem: Number>, F: Fold>(values: *const V::Elem, count: usize) -> [V::Elem; LANES] {
    debug_assert!(count < LANES);
    let mut lanes = [F::identity::<V::Elem>(); LANES];
    for start in (0..count).step_by(V::LANES) {
        let here = (count - start).min(V::LANES);
        // SAFETY: so many values exist, and as many lanes.
        unsafe { V::load_first(values.add(start), here).store_first(lanes.as_mut_ptr().add(start), here) };
    }
    lanes
}

unsafe fn down_on<S: Simd, V: Vector<Elem: Number>, F: Fold>(
    folds: *mut [V::Elem],
    rows: *const V::Elem,
    stride: isize,
    count: usize,
) {
    let at = |row: usize| rows.wrapping_offset((row as isize).wrapping_mul(stride));
    let together = count / ROWS * ROWS;
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                for row in (0..together).step_by(ROWS) {
                    down::<V, F, ROWS>(folds, at(row), stride);
                }
                for row in together..count {
                    down::<V, F, 1>(folds, at(row), stride);
                }
            },
        );
    }
}

/// Joins `N` rows.
#[inline(always)]
unsafe fn down<V: Vector<Elem: Number>, F: Fold, const N: usize>(
    folds: *mut [V::Elem],
    rows: *const V::Elem,
    stride: isize,
) {
    let (width, folds) = (folds.len(), folds.cast::<V::Elem>());
    for column in (0..width).step_by(V::LANES) {
        let left = width - column;
        // SAFETY: as for `Folds::down`; the last vector may be ragged.
        unsafe {
            let fold = folds.add(column);
            let whole = left >= V::LANES;
            let load = |p: *const V::Elem| if whole { V::load(p) } else { V::load_first(p, left) };
            let mut sum = load(fold);
            for row in 0..N {
                sum = F::join(sum, load(rows.offset(row as isize * stride).add(column)));
            }
            if whole {
                sum.store(fold)
            } else {
                sum.store_first(fold, left)
            }
        }
    }
}

/// Joins the folds of blocks, which come in order, by the tree that splits `n` blocks at the largest power of two
/// below `n`. A part is a row of folds.
pub struct Tree<E> {
    width: usize,
    /// Finished subtrees, largest first; their sizes are the bits of `parts`.
    rows: Vec<E>,
    parts: usize,
}

impl<E: Number> Tree<E> {
    /// A tree without parts.
    pub fn new(width: usize) -> Self {
        Tree {
            width,
            rows: Vec::new(),
            parts: 0,
        }
    }

    /// Forgets all parts; the next ones are of this width.
    pub fn restart(&mut self, width: usize) {
        self.rows.clear();
        (self.width, self.parts) = (width, 0);
    }

    /// Adds the next part.
    pub fn push(&mut self, folds: &Folds<E>, part: &[E]) {
        self.rows.extend_from_slice(part);
        self.parts += 1;
        for _ in 0..self.parts.trailing_zeros() {
            self.join_last(folds);
        }
    }

    /// The fold of all parts.
    pub fn finish(&mut self, folds: &Folds<E>) -> &[E] {
        while self.rows.len() > self.width {
            self.join_last(folds);
        }
        &self.rows
    }

    fn join_last(&mut self, folds: &Folds<E>) {
        let right = self.rows.len() - self.width;
        let (lefts, rights) = self.rows.split_at_mut(right);
        // SAFETY: the last row is as wide as the one before.
        unsafe { folds.down(&mut lefts[right - self.width..], rights.as_ptr(), 0, 1) };
        self.rows.truncate(right);
    }
}
