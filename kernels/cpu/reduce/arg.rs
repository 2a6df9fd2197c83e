//! Finding the first largest or smallest value: the position of the extreme, NaN being the most extreme.
//!
//! The order does not matter to the result, so the pieces are those of the other folds. Along a row a block is
//! folded first, and looked through only if it has a new extreme.

use super::combine::Number;
use super::cut::{Piece, Shape};
use super::fold::Folds;
use super::pieces::{Emit, ROW_BLOCK, strips};
use super::values::{Values, Window};
use crate::cpu::map::Scratch;

/// A value and its position among the elements of a result.
#[derive(Clone, Copy, Debug)]
pub struct Found<E> {
    /// The value.
    pub value: E,
    /// Its position.
    pub position: usize,
}

#[inline(always)]
fn is_nan<E: PartialEq>(x: E) -> bool {
    #[expect(
        clippy::eq_op,
        reason = "only NaN differs from itself, and integers have none"
    )]
    let nan = x != x;
    nan
}

/// Whether a later value replaces the best one so far.
#[inline(always)]
pub fn beats<E: Number, const LARGEST: bool>(x: E, best: E) -> bool {
    (if LARGEST { x > best } else { x < best }) || (is_nan(x) && !is_nan(best))
}

/// Finds the extremes of results whose elements follow each other.
pub fn find_in_rows<E: Number, const LARGEST: bool>(
    folds: &Folds<E>,
    values: &Values,
    shape: &Shape,
    piece: &Piece,
    emit: Emit<Found<E>>,
) {
    let mut scratch = Scratch::take();
    let mut machine = values.machine(&mut scratch);
    let mut window = Window::new(values, machine.as_mut());
    let end = (piece.first + piece.results) * shape.length;
    for result in piece.first..piece.first + piece.results {
        let flat = result * shape.length + piece.start;
        let mut best = None;
        for start in (0..piece.length).step_by(ROW_BLOCK) {
            let count = ROW_BLOCK.min(piece.length - start);
            let single = count == shape.length;
            let block = window.look(
                flat + start,
                count,
                if single { end } else { flat + start + count },
            );
            // SAFETY: the window shows so many values.
            let extreme = unsafe { folds.along(block, count) };
            if best.is_none_or(|best: Found<E>| beats::<_, LARGEST>(extreme, best.value)) {
                // SAFETY: as above.
                let block = unsafe { std::slice::from_raw_parts(block, count) };
                let here = block
                    .iter()
                    .position(|&x| x == extreme || (is_nan(x) && is_nan(extreme)));
                let position = piece.start + start + here.unwrap_or(0);
                best = Some(Found {
                    value: extreme,
                    position,
                });
            }
        }
        emit(result, best.as_slice());
    }
}

/// Finds the extremes of results whose neighbours' elements follow each other.
pub fn find_in_columns<E: Number, const LARGEST: bool>(
    _: &Folds<E>,
    values: &Values,
    shape: &Shape,
    piece: &Piece,
    emit: Emit<Found<E>>,
) {
    let mut scratch = Scratch::take();
    let mut machine = values.machine(&mut scratch);
    let mut window = Window::new(values, machine.as_mut());
    let mut bests: Vec<Found<E>> = Vec::new();
    strips(shape, piece, |first, strip| {
        bests.clear();
        strip.visit(&mut window, 0, piece.length, |start, rows| {
            for row in 0..rows.count {
                let position = piece.start + start + row;
                // SAFETY: the strip shows rows of its width.
                let row = unsafe { std::slice::from_raw_parts(rows.row(row), strip.width) };
                if bests.is_empty() {
                    bests.extend(row.iter().map(|&value| Found { value, position }));
                }
                for (best, &value) in bests.iter_mut().zip(row) {
                    if beats::<_, LARGEST>(value, best.value) {
                        *best = Found { value, position };
                    }
                }
            }
        });
        emit(first, &bests);
    });
}
