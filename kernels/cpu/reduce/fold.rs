//! The folds themselves, in the order that every layout, tier and number of threads shares.
//!
//! Along a row: 64 lanes over a block, each taking every 64th value, folded by halves. Down columns: one chain
//! over a block for each column. Folds of blocks are joined by the tree of [`Tree`].

use super::arg::is_nan;
use super::combine::{Fold, Number};
use crate::cpu::simd::{Simd, Vector};

/// How many chains a block of a row has.
const LANES: usize = 64;
/// The most vectors that hold them.
const VECTORS: usize = 32;
/// How many rows are joined to a row at once: they are streams for the prefetcher, and spare its loads and stores.
const ROWS: usize = 8;

/// Rows of values that are folded down their columns.
#[derive(Clone, Copy)]
pub struct Rows<E> {
    /// Where the first one lies.
    pub first: *const E,
    /// Elements from one to the next.
    pub stride: isize,
    /// How many.
    pub count: usize,
}

impl<E> Rows<E> {
    /// Where a row lies.
    #[inline(always)]
    pub fn row(&self, number: usize) -> *const E {
        self.first
            .wrapping_offset((number as isize).wrapping_mul(self.stride))
    }

    /// Some of the rows.
    #[inline(always)]
    fn part(self, start: usize, count: usize) -> Self {
        let first = self.row(start);
        Rows { first, count, ..self }
    }
}

/// The folds of a combine, compiled for a tier that the machine has.
#[derive(Clone, Copy)]
pub struct Folds<E> {
    /// What the fold of nothing is.
    pub identity: E,
    along: unsafe fn(*const E, usize) -> E,
    down: unsafe fn(*mut [E], Rows<E>, bool),
    find: unsafe fn(*const E, usize, E) -> usize,
}

impl<E: Number> Folds<E> {
    /// The folds for the vectors of a tier.
    pub fn of<S: Simd, V: Vector<Elem = E>, F: Fold>() -> Self {
        Folds {
            identity: F::identity(),
            along: along_on::<S, V, F>,
            down: down_on::<S, V, F>,
            find: find_on::<S, V>,
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

    /// Folds rows down their columns, going on from what is in `folds` if `resume`.
    ///
    /// # Safety
    /// Each of the rows, of which there is one at least, is valid for reading as many elements as `folds` is valid for
    /// writing; `folds` holds values if `resume`.
    #[inline]
    pub unsafe fn down(&self, folds: *mut [E], rows: Rows<E>, resume: bool) {
        // SAFETY: the caller's promise; the tier is one of the machine's.
        unsafe { (self.down)(folds, rows, resume) }
    }

    /// The place of the first value that equals a number; if none does, as with NaN, of the first NaN.
    ///
    /// # Safety
    /// `values` is valid for reading `count` elements.
    #[inline]
    pub unsafe fn find(&self, values: *const E, count: usize, wanted: E) -> usize {
        // SAFETY: the caller's promise; the tier is one of the machine's.
        unsafe { (self.find)(values, count, wanted) }
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
    let vectors = const { LANES / V::LANES };
    let identity = V::splat(F::identity());
    let mut lanes = [identity; VECTORS];
    let whole = count / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for (v, lane) in lanes.iter_mut().take(vectors).enumerate() {
            // SAFETY: the values before `whole` exist.
            *lane = F::join(*lane, unsafe { V::load(values.add(start + v * V::LANES)) });
        }
    }
    if whole < count {
        for (v, lane) in lanes.iter_mut().take(vectors).enumerate() {
            let at = whole + v * V::LANES;
            let left = count.saturating_sub(at).min(V::LANES);
            // SAFETY: so many values exist from `at` on.
            let rest = unsafe { V::load_first(values.wrapping_add(at), left) };
            // A lane without a value takes the identity, which changes no fold that has begun.
            *lane = F::join(*lane, V::select(V::first(left), rest, identity));
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

unsafe fn find_on<S: Simd, V: Vector<Elem: Number>>(
    values: *const V::Elem,
    count: usize,
    wanted: V::Elem,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || find::<V>(values, count, wanted),
        )
    }
}

/// Finds the vector first, then the lane.
#[inline(always)]
unsafe fn find<V: Vector<Elem: Number>>(values: *const V::Elem, count: usize, wanted: V::Elem) -> usize {
    let number = V::splat(wanted);
    let whole = count / V::LANES * V::LANES;
    // SAFETY: the values before `whole` exist.
    let has = |&at: &usize| V::any(unsafe { V::load(values.add(at)) }.eq(number));
    let from = (0..whole).step_by(V::LANES).find(has).unwrap_or(whole);
    // SAFETY: so many values exist.
    let all = unsafe { std::slice::from_raw_parts(values, count) };
    let here = all[from..].iter().position(|&x| x == wanted);
    let place = here.map(|lane| from + lane);
    place.unwrap_or_else(|| all.iter().position(|&x| is_nan(x)).unwrap_or(0))
}

unsafe fn down_on<S: Simd, V: Vector<Elem: Number>, F: Fold>(
    folds: *mut [V::Elem],
    rows: Rows<V::Elem>,
    resume: bool,
) {
    let together = rows.count / ROWS * ROWS;
    // SAFETY: the caller's promise.
    unsafe {
        S::vectorize(
            #[inline(always)]
            || {
                for row in (0..together).step_by(ROWS) {
                    down::<V, F>(folds, rows.part(row, ROWS), resume || row > 0);
                }
                if together < rows.count {
                    let rest = rows.part(together, rows.count - together);
                    down::<V, F>(folds, rest, resume || together > 0);
                }
            },
        );
    }
}

/// Folds a few rows.
#[inline(always)]
unsafe fn down<V: Vector<Elem: Number>, F: Fold>(folds: *mut [V::Elem], rows: Rows<V::Elem>, resume: bool) {
    let (width, folds) = (folds.len(), folds.cast::<V::Elem>());
    let whole = width / V::LANES * V::LANES;
    // SAFETY: as for `Folds::down`; the last vector may be ragged.
    unsafe {
        for column in (0..whole).step_by(V::LANES) {
            let load = |p: *const V::Elem| V::load(p.add(column));
            joined::<V, F>(folds, rows, resume, load).store(folds.add(column));
        }
        if whole < width {
            let left = width - whole;
            let load = |p: *const V::Elem| V::load_first(p.add(whole), left);
            joined::<V, F>(folds, rows, resume, load).store_first(folds.add(whole), left);
        }
    }
}

/// A vector of folds, joined with what `load` finds in each of the rows.
#[inline(always)]
unsafe fn joined<V: Vector<Elem: Number>, F: Fold>(
    folds: *const V::Elem,
    rows: Rows<V::Elem>,
    resume: bool,
    load: impl Fn(*const V::Elem) -> V,
) -> V {
    let mut sum = if resume {
        load(folds)
    } else {
        V::splat(F::identity())
    };
    for row in 0..rows.count {
        sum = F::join(sum, load(rows.row(row)));
    }
    sum
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
        let row = Rows {
            first: rights.as_ptr(),
            stride: 0,
            count: 1,
        };
        // SAFETY: the last row is as wide as the one before.
        unsafe { folds.down(&mut lefts[right - self.width..], row, true) };
        self.rows.truncate(right);
    }
}
