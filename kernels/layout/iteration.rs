//! Several operands over one shape, and the positions in it.

use super::{Dims, MAX_NDIM, Moved, Operand, elements};
use crate::arguments::Arguments;
use crate::dtype::DType;
use crate::error::Result;
use crate::list::List;
use crate::reader::Reader;

/// A shape and the operands over it. Elements are visited in row-major order of the shape.
#[derive(Clone)]
pub struct Iteration {
    /// The lengths of the axes.
    pub dims: Dims,
    /// The operands, each with a stride an axis.
    pub operands: Vec<Operand>,
}

impl Iteration {
    /// An iteration without operands yet.
    pub fn new(dims: Dims) -> Self {
        Iteration {
            dims,
            operands: Vec::new(),
        }
    }

    /// Reads an operand for each dtype.
    pub fn read_operands(&mut self, dtypes: &[DType], reader: &mut Reader) -> Result<()> {
        for &dtype in dtypes {
            self.operands.push(Operand::read(reader, dtype, &self.dims)?);
        }
        Ok(())
    }

    /// Sets where every operand lies, and proves that it lies there.
    #[inline]
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        self.operands
            .iter_mut()
            .try_for_each(|operand| operand.bind(arguments))
    }

    /// The same, with those moved that are among the first `count` operands.
    pub fn moved(&self, Moved { slot, from, by }: Moved, count: usize) -> Iteration {
        let mut iteration = self.clone();
        for operand in iteration.operands[..count].iter_mut() {
            if operand.dtype.has_memory() && operand.place.slot == slot && operand.data.addr() == from {
                operand.data = std::ptr::with_exposed_provenance_mut(from.wrapping_add_signed(by));
            }
        }
        iteration
    }

    /// How many elements are visited.
    #[inline]
    pub fn elements(&self) -> usize {
        elements(&self.dims)
    }

    /// Whether 32 bits count every element, and how far each operand's elements are from its first.
    pub fn is_short(&self) -> bool {
        let most = i64::from(i32::MAX);
        let axis = |(&stride, &dim): (&i64, &usize)| stride.unsigned_abs().saturating_mul(dim as u64);
        let reach = |operand: &Operand| {
            operand
                .strides
                .iter()
                .zip(&*self.dims)
                .map(axis)
                .fold(0, u64::saturating_add)
        };
        self.elements() as u64 <= most as u64
            && self.operands.iter().all(|operand| reach(operand) <= most as u64)
    }

    /// Brings the axes in another order: axis `order[i]` becomes axis `i`.
    pub fn permute(&mut self, order: &[usize]) {
        let dims = self.dims;
        self.dims = order.iter().map(|&axis| dims[axis]).collect();
        for operand in self.operands.iter_mut() {
            let strides = operand.strides;
            operand.strides = order.iter().map(|&axis| strides[axis]).collect();
        }
    }

    /// Drops axes of length 1 and joins neighbours that every operand crosses with one stride; the
    /// order of elements stays. At least one axis is left.
    pub fn collapse(&mut self) {
        if self.dims.len() == 1 && self.dims[0] != 1 {
            return;
        }
        let mut groups = List::filled(false, self.dims.len());
        self.collapse_groups(&mut groups);
    }

    /// As `collapse`, but only axes of the same group are joined; `groups` follows the axes.
    pub fn collapse_groups(&mut self, groups: &mut List<bool, MAX_NDIM>) {
        let mut kept = 0;
        for axis in 0..self.dims.len() {
            if self.dims[axis] == 1 {
                continue;
            }
            if kept > 0 && groups[kept - 1] == groups[axis] && self.joins(kept - 1, axis) {
                self.dims[kept - 1] *= self.dims[axis];
                self.set_axis(kept - 1, axis);
            } else {
                self.dims[kept] = self.dims[axis];
                groups[kept] = groups[axis];
                self.set_axis(kept, axis);
                kept += 1;
            }
        }
        self.truncate(kept, groups);
    }

    /// Whether a step along `outer` is as far as all steps along `inner`, for every operand.
    fn joins(&self, outer: usize, inner: usize) -> bool {
        let length = self.dims[inner] as i64;
        self.operands
            .iter()
            .all(|o| o.strides[outer] == o.strides[inner].wrapping_mul(length))
    }

    fn set_axis(&mut self, to: usize, from: usize) {
        for operand in self.operands.iter_mut() {
            operand.strides[to] = operand.strides[from];
        }
    }

    fn truncate(&mut self, axes: usize, groups: &mut List<bool, MAX_NDIM>) {
        self.dims.truncate(axes);
        groups.truncate(axes);
        self.operands
            .iter_mut()
            .for_each(|operand| operand.strides.truncate(axes));
        if axes == 0 {
            self.dims.push(1);
            groups.push(false);
            self.operands
                .iter_mut()
                .for_each(|operand| operand.strides.push(1));
        }
    }
}

/// The coordinates of a position in row-major order.
///
/// An array as a whole is written and copied by vectors: a list's length, written by itself, would make each copy wait
/// for it (30 ns).
#[derive(Clone, Copy)]
pub struct Cursor {
    /// One coordinate an axis, then zeros.
    pub coords: [usize; MAX_NDIM],
}

impl Cursor {
    /// The coordinates of element number `flat`; zeros if there are no elements.
    pub fn at(dims: &[usize], mut flat: usize) -> Self {
        let mut coords = [0; MAX_NDIM];
        for (coord, &dim) in coords[..dims.len()].iter_mut().zip(dims).rev() {
            if flat == 0 {
                break;
            }
            *coord = flat % dim.max(1);
            flat /= dim.max(1);
        }
        Cursor { coords }
    }

    /// Moves on by `n` elements; beyond the last element the coordinates start again at zero.
    #[inline]
    pub fn advance(&mut self, dims: &[usize], n: usize) {
        let mut carry = n;
        for (coord, &dim) in self.coords[..dims.len()].iter_mut().zip(dims).rev() {
            let sum = *coord + carry;
            if sum < dim {
                *coord = sum;
                return;
            }
            (*coord, carry) = if sum < 2 * dim {
                (sum - dim, 1)
            } else {
                (sum % dim, sum / dim)
            };
        }
    }
}

/// Rows and columns: so many of the last axis but one, and of the last.
#[derive(Clone, Copy)]
pub struct Block {
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
}

/// The blocks that make up some elements, in row-major order, each with the cursor where it begins.
pub struct Blocks<'a> {
    dims: &'a [usize],
    cursor: Cursor,
    left: usize,
}

impl<'a> Blocks<'a> {
    /// The blocks of `n` elements from a cursor on.
    #[inline]
    pub fn new(dims: &'a [usize], cursor: &Cursor, n: usize) -> Self {
        Blocks {
            dims,
            cursor: *cursor,
            left: n,
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = (Cursor, Block);

    #[inline]
    fn next(&mut self) -> Option<(Cursor, Block)> {
        if self.left == 0 {
            return None;
        }
        let (cursor, last) = (self.cursor, self.dims.len() - 1);
        let (width, column) = (self.dims[last], cursor.coords[last]);
        let block = if last > 0 && column == 0 && self.left >= width {
            let rows = (self.left / width).min(self.dims[last - 1] - cursor.coords[last - 1]);
            Block { rows, columns: width }
        } else {
            let columns = self.left.min(width - column);
            Block { rows: 1, columns }
        };
        let elements = block.rows * block.columns;
        self.cursor.advance(self.dims, elements);
        self.left -= elements;
        Some((cursor, block))
    }
}
