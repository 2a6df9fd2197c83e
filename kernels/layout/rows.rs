//! Rows: equal parts of an iteration, in row-major order, and the bytes that operands have in them.

use super::{Operand, extent};

/// Some of the rows of an iteration, worked on by one thread.
#[derive(Clone, Copy, Debug)]
pub struct RowPart {
    /// How many rows there are in all.
    pub of: usize,
    /// The first of these.
    pub first: usize,
    /// How many these are.
    pub count: usize,
    /// Whether nobody will soon read the results.
    pub last: bool,
    /// How many rows ahead lies what the thread works on next, if its lines are to be asked for; else 0.
    pub ahead: usize,
    /// What lies elsewhere for as long as these rows are worked on.
    pub moved: Option<Moved>,
}

/// Which operands are moved: what they have in some rows lies so many bytes further on.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// Their slot.
    pub slot: usize,
    /// The address at which they begin.
    pub from: usize,
    /// How many bytes further on.
    pub by: isize,
}

/// The bytes of a slot that an operand has in each row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RowSpan {
    slot: usize,
    /// Bytes between neighbouring rows.
    stride: i64,
    /// Where the bytes of the first row begin, and where they end.
    first: (i64, i64),
    /// Where the bytes of all rows begin, and where they end.
    all: (i64, i64),
    /// Whether a run moves it.
    moves: bool,
}

impl RowSpan {
    /// How many bytes a row spans.
    pub fn bytes(&self) -> usize {
        (self.first.1 - self.first.0) as usize
    }

    /// Whether two operands may have a byte in common.
    pub fn meets(&self, other: &RowSpan) -> bool {
        let apart = self.all.1 <= other.all.0 || other.all.1 <= self.all.0;
        self.slot == other.slot && (self.moves || other.moves || !apart)
    }

    /// Whether a run may move it within its slot.
    pub fn moves(&self) -> bool {
        self.moves
    }

    /// Whether two operands have no byte in common but in the same row.
    pub fn keeps_apart(&self, other: &RowSpan) -> bool {
        if !self.meets(other) {
            return true;
        }
        if self.moves || other.moves {
            return false;
        }
        let low = self.first.0.min(other.first.0);
        let high = self.first.1.max(other.first.1);
        self.stride == other.stride && high - low <= self.stride.abs()
    }
}

impl Operand {
    /// What it has in each of `rows` parts of the iteration; none if it is an index, or if the outermost axis does
    /// not fall into so many parts.
    pub fn row_span(&self, dims: &[usize], rows: usize) -> Option<RowSpan> {
        let size = self.dtype.size() as i64;
        let parts = dims[0]
            .checked_div(rows)
            .filter(|parts| parts * rows == dims[0])?;
        let mut part = super::Dims::new();
        part.push(parts);
        dims[1..].iter().for_each(|&dim| part.push(dim));
        let bytes = |(low, high): (i64, i64)| (low * size, (high + 1) * size);
        Some(RowSpan {
            slot: self.place.slot,
            stride: self.strides[0] * parts as i64 * size,
            first: bytes(extent(self.place.offset, &self.strides, &part)?),
            all: bytes(self.reach?),
            moves: self.place.moves(),
        })
    }
}
