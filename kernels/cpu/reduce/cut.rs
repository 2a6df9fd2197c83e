//! How a reduction is cut into pieces for threads. Any cut gives the same bits: it follows the tree of blocks.

use crate::cpu::threads;

/// A piece folds so many elements at least, if others can be had.
const LEAST_ELEMENTS: usize = 16 << 10;
/// A piece of columns is so wide at least.
const LEAST_COLUMNS: usize = 256;
/// Pieces for each thread, so that a slow one does not hold the others up.
const PIECES_A_THREAD: usize = 8;

/// The shape of a reduction: each outer coordinate has `width` results, each a fold of `length` elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// How many coordinates the kept axes before the reduced ones have.
    pub outer: usize,
    /// How many elements a result folds.
    pub length: usize,
    /// How many coordinates the kept axes after the reduced ones have.
    pub width: usize,
    /// How many elements a block has.
    pub block: usize,
}

/// Part of a reduction: some results, and for each the same part of its elements.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// The first result.
    pub first: usize,
    /// How many results: a part of one outer coordinate's, or all of some.
    pub results: usize,
    /// The first element of each.
    pub start: usize,
    /// How many elements of each.
    pub length: usize,
    /// Which part of the elements this is.
    pub group: usize,
}

/// A way to cut.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    shape: Shape,
    /// Outer coordinates in a piece.
    outer: usize,
    /// Results of an outer coordinate in a piece.
    width: usize,
    /// Elements of a result in a piece: blocks, as many as a power of two.
    length: usize,
}

impl Shape {
    /// How many results there are.
    pub fn results(&self) -> usize {
        self.outer.wrapping_mul(self.width)
    }

    /// One piece.
    pub fn whole(self) -> Cut {
        Cut {
            shape: self,
            outer: self.outer.max(1),
            width: self.width.max(1),
            length: self.length.max(1),
        }
    }

    /// Pieces for all threads: of results if there are enough, else of elements too.
    pub fn shared(self) -> Cut {
        let wanted = PIECES_A_THREAD * threads::threads();
        let mut cut = self.whole();
        if self.outer >= wanted {
            let least = LEAST_ELEMENTS.div_ceil(self.length * self.width);
            cut.outer = self.outer.div_ceil(wanted).max(least).min(self.outer);
            return cut;
        }
        cut.outer = 1;
        // Long rows come from memory fastest: columns are parted only if there are too few blocks of rows.
        let parts = wanted.div_ceil(self.outer * self.length.div_ceil(self.block));
        let columns = self.width.div_ceil(parts).next_multiple_of(64);
        cut.width = columns.max(LEAST_COLUMNS).min(self.width);
        let groups = wanted.div_ceil(self.outer * self.width.div_ceil(cut.width));
        let blocks = self
            .length
            .div_ceil(self.block)
            .div_ceil(groups)
            .next_power_of_two();
        let least = LEAST_ELEMENTS
            .div_ceil(self.block * cut.width)
            .next_power_of_two();
        cut.length = (blocks.max(least) * self.block).min(self.length);
        cut
    }
}

impl Cut {
    /// In how many parts the elements of a result are cut.
    pub fn groups(&self) -> usize {
        self.shape.length.div_ceil(self.length)
    }

    /// How many pieces there are.
    pub fn pieces(&self) -> usize {
        self.shape.outer.div_ceil(self.outer) * self.across() * self.groups()
    }

    /// A piece.
    pub fn piece(&self, index: usize) -> Piece {
        let (group, place) = (index % self.groups(), index / self.groups());
        let outer = place / self.across() * self.outer;
        let column = place % self.across() * self.width;
        let outers = self.outer.min(self.shape.outer - outer);
        let start = group * self.length;
        Piece {
            first: outer * self.shape.width + column,
            results: outers * self.width.min(self.shape.width - column),
            start,
            length: self.length.min(self.shape.length - start),
            group,
        }
    }

    fn across(&self) -> usize {
        self.shape.width.div_ceil(self.width)
    }
}
