//! How a map is cut into pieces of work for threads.

use super::reach::Reach;
use super::slots::MOST_ELEMENTS;
use crate::cpu::threads;
use crate::layout::Iteration;
use std::ops::Range;

/// Pieces start at multiples of this many elements.
const UNIT: usize = 1024;
/// Blocks that are walked by one thread have so many elements, if there are more.
const BLOCK: usize = 1 << 16;

/// A piece of work: the elements of a range, or of these columns of the range's rows.
pub struct Piece {
    pub elements: Range<usize>,
    pub columns: Option<Range<usize>>,
}

/// Equal pieces.
pub struct Cut {
    elements: usize,
    width: usize,
    /// The elements of a piece, or of the rows that it is a part of.
    piece: usize,
    /// How many columns of these rows, where blocks are walked.
    columns: Option<usize>,
}

impl Piece {
    /// A range of elements.
    pub fn whole(elements: Range<usize>) -> Piece {
        let columns = None;
        Piece { elements, columns }
    }
}

impl Cut {
    /// The pieces of an iteration for the threads in force.
    #[inline]
    pub fn of(over: &Iteration, reach: &Reach, cost_ns: f64) -> Cut {
        let (elements, width) = (over.elements(), over.dims[over.dims.len() - 1]);
        let wanted = if threads::pays(cost_ns) {
            (elements as f64 * threads::piece_ns(cost_ns) / cost_ns) as usize
        } else {
            elements
        };
        if reach.by_blocks() {
            return Cut::blocks(elements, width, reach.panel_rows, wanted.min(BLOCK));
        }
        // Pieces are whole rows, or parts of a row that begin where a tile would.
        let piece = if wanted < elements {
            let unit = width.min(UNIT);
            wanted.next_multiple_of(unit).max(unit)
        } else {
            elements
        };
        let columns = None;
        Cut {
            elements,
            width,
            piece,
            columns,
        }
    }

    /// Pieces as narrow as a panel, so that the lines and pages that it touches are those of the next panel below.
    fn blocks(elements: usize, width: usize, panel_rows: usize, wanted: usize) -> Cut {
        let rows = (wanted / MOST_ELEMENTS)
            .next_multiple_of(panel_rows)
            .max(panel_rows)
            .min(elements / width.max(1));
        let columns = (wanted / rows.max(1))
            .next_multiple_of(MOST_ELEMENTS)
            .max(MOST_ELEMENTS);
        Cut {
            elements,
            width,
            piece: rows * width,
            columns: Some(columns),
        }
    }

    /// How many pieces there are.
    pub fn pieces(&self) -> usize {
        let down = self.elements.div_ceil(self.piece.max(1));
        down * self.columns.map_or(1, |columns| self.width.div_ceil(columns))
    }

    /// How many elements a piece has, but for those at the ends.
    pub fn piece_elements(&self) -> usize {
        match self.columns {
            Some(columns) => self.piece / self.width * columns.min(self.width),
            None => self.piece,
        }
    }

    /// A piece; those of the same columns come one after the other.
    pub fn piece(&self, number: usize) -> Piece {
        let Cut {
            elements,
            width,
            piece,
            columns,
        } = *self;
        let down = elements.div_ceil(piece.max(1));
        let start = number % down * piece;
        let range = start..elements.min(start + piece);
        let columns = columns.map(|columns| {
            let start = number / down * columns;
            start..width.min(start + columns)
        });
        Piece {
            elements: range,
            columns,
        }
    }
}
