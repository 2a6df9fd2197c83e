//! Folding a piece of a reduction: along rows, or down columns.

use super::combine::Number;
use super::cut::{Piece, Shape};
use super::fold::{Folds, Rows, Tree};
use super::values::{Source, WINDOW, Window};
use crate::cpu::map::{Lane, Scratch};
use std::mem::MaybeUninit;

/// The elements of a block along a row.
pub const ROW_BLOCK: usize = 4096;
/// The elements of a block down a column.
pub const COLUMN_BLOCK: usize = 128;

/// How many columns go down together: their folds stay in the L1 cache. Of computed ones a window has several rows.
const COLUMNS: usize = 4096;
const COMPUTED_COLUMNS: usize = 1024;
/// How many results of rows are given away together.
const BATCH: usize = 64;

/// Takes results: the number of the first one, and the folds.
pub type Emit<'a, E> = &'a mut dyn FnMut(usize, &[E]);

/// Folds results whose elements follow each other.
pub fn fold_rows<E: Number>(folds: &Folds<E>, source: Source, shape: &Shape, piece: &Piece, emit: Emit<E>) {
    let mut scratch = Scratch::take();
    let mut machine = source.machine(&mut scratch);
    let mut window = Window::new(source, machine.as_mut());
    let mut tree = Tree::new(1);
    let mut batch = [E::ZERO; BATCH];
    for first in (0..piece.results).step_by(BATCH) {
        let results = BATCH.min(piece.results - first);
        for (i, result) in batch[..results].iter_mut().enumerate() {
            let flat = (piece.first + first + i) * shape.length + piece.start;
            if piece.length <= ROW_BLOCK {
                let end = if piece.length == shape.length {
                    (piece.first + piece.results) * shape.length
                } else {
                    flat + piece.length
                };
                let row = window.look(flat, piece.length, end);
                // SAFETY: the window shows so many values.
                *result = unsafe { folds.along(row, piece.length) };
            } else {
                *result = fold_long_row(folds, &mut window, &mut tree, flat, piece.length);
            }
        }
        emit(piece.first + first, &batch[..results]);
    }
}

/// Folds a row of several blocks.
fn fold_long_row<E: Number>(
    folds: &Folds<E>,
    window: &mut Window<E>,
    tree: &mut Tree<E>,
    flat: usize,
    length: usize,
) -> E {
    tree.restart(1);
    for start in (0..length).step_by(ROW_BLOCK) {
        let count = ROW_BLOCK.min(length - start);
        let block = window.look(flat + start, count, flat + start + count);
        // SAFETY: the window shows so many values.
        tree.push(folds, &[unsafe { folds.along(block, count) }]);
    }
    tree.finish(folds)[0]
}

/// Folds results whose neighbours' elements follow each other.
pub fn fold_columns<E: Number>(
    folds: &Folds<E>,
    source: Source,
    shape: &Shape,
    piece: &Piece,
    emit: Emit<E>,
) {
    let mut scratch = Scratch::take();
    let mut machine = source.machine(&mut scratch);
    let mut window = Window::new(source, machine.as_mut());
    let mut tree = Tree::new(0);
    let mut space = [const { MaybeUninit::uninit() }; COLUMNS];
    strips(source, shape, piece, |first, strip| {
        if piece.length <= COLUMN_BLOCK {
            emit(
                first,
                strip.fold_block(folds, &mut window, 0, piece.length, &mut space),
            );
        } else {
            tree.restart(strip.width);
            for start in (0..piece.length).step_by(COLUMN_BLOCK) {
                let rows = COLUMN_BLOCK.min(piece.length - start);
                tree.push(
                    folds,
                    strip.fold_block(folds, &mut window, start, rows, &mut space),
                );
            }
            emit(first, tree.finish(folds));
        }
    });
}

/// Some columns of an outer coordinate.
pub struct Strip<'a> {
    shape: &'a Shape,
    piece: &'a Piece,
    /// Where the first element of the first column stands.
    flat: usize,
    /// How many columns.
    pub width: usize,
}

/// Visits a piece in strips of columns, each with the number of its first result.
pub fn strips(source: Source, shape: &Shape, piece: &Piece, mut f: impl FnMut(usize, Strip)) {
    let most = if source.values.direct.is_some() {
        COLUMNS
    } else {
        COMPUTED_COLUMNS
    };
    let end = piece.first + piece.results;
    let (mut outer, mut column) = (piece.first / shape.width, piece.first % shape.width);
    let mut first = piece.first;
    while first < end {
        let width = (shape.width - column).min(most).min(end - first);
        let flat = (outer * shape.length + piece.start) * shape.width + column;
        f(
            first,
            Strip {
                shape,
                piece,
                flat,
                width,
            },
        );
        first += width;
        column += width;
        if column == shape.width {
            (outer, column) = (outer + 1, 0);
        }
    }
}

impl Strip<'_> {
    /// Folds a block of rows, of which there is one at least.
    fn fold_block<'s, E: Number>(
        &self,
        folds: &Folds<E>,
        window: &mut Window<E>,
        start: usize,
        rows: usize,
        space: &'s mut [MaybeUninit<E>],
    ) -> &'s [E] {
        let sums = &raw mut space[..self.width] as *mut [E];
        self.visit(window, start, rows, |row, some| {
            // SAFETY: the rows are as wide as the strip, and all after the first resume.
            unsafe { folds.down(sums, some, row > start) }
        });
        // SAFETY: the first rows have written every sum.
        unsafe { &*sums }
    }

    /// Visits rows in order, some at a time, with the number of the first.
    pub fn visit<E: Lane>(
        &self,
        window: &mut Window<E>,
        start: usize,
        rows: usize,
        mut f: impl FnMut(usize, Rows<E>),
    ) {
        let across = self.shape.width;
        let flat = self.flat + start * across;
        if let Some(stride) = window.stride() {
            let first = window.look(flat, self.width, flat + self.width);
            let count = rows;
            return f(start, Rows { first, stride, count });
        }
        let most = (WINDOW / self.width).min(rows);
        for row in (0..rows).step_by(most) {
            let count = most.min(rows - row);
            let flat = flat + row * across;
            let first = if self.width < across {
                window.gather(flat, self.width, count, across)
            } else if count == self.shape.length {
                window.look(
                    flat,
                    count * across,
                    (self.piece.first + self.piece.results) * count,
                )
            } else {
                window.look(flat, count * across, flat + count * across)
            };
            let stride = self.width as isize;
            f(start + row, Rows { first, stride, count });
        }
    }
}
