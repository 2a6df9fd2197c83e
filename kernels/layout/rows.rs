//! Rows: equal parts of an iteration, in row-major order, and the bytes that operands have in them.

use super::{Operand, extent};

/// The bytes of a slot that an operand has in each row.
#[derive(Clone, Copy, Debug)]
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

    /// Whether two operands have no byte in common but in the same row.
    pub fn keeps_apart(&self, other: &RowSpan) -> bool {
        if self.slot != other.slot {
            return true;
        }
        if self.moves || other.moves {
            return false;
        }
        if self.all.1 <= other.all.0 || other.all.1 <= self.all.0 {
            return true;
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
