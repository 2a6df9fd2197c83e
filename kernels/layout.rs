//! Where elements lie: operands, their bounds, and the iteration over several of them at once.

mod iteration;
mod place;
mod rows;

pub use self::iteration::{Block, Blocks, Cursor, Iteration};
pub use self::place::{MOST_ARGUMENTS, Place};
pub use self::rows::{Moved, RowPart, RowSpan};

use crate::arguments::Arguments;
use crate::dtype::DType;
use crate::error::{Result, refuse};
use crate::list::List;
use crate::reader::Reader;

/// The most axes of an iteration.
pub const MAX_NDIM: usize = 16;
/// The most operands of an iteration.
pub const MAX_OPERANDS: usize = 24;
/// The most elements of an iteration, which an `f64` counts exactly; in tests so few that any iteration ends.
const MAX_ELEMENTS: usize = if cfg!(test) { 1 << 22 } else { 1 << 53 };

/// The lengths of axes.
pub type Dims = List<usize, MAX_NDIM>;

/// A strided view of a slot's memory that a run has bound and proved to lie within it, or an index.
#[derive(Clone)]
pub struct Operand {
    /// What an element is.
    pub dtype: DType,
    /// Where element [0, …, 0] lies; dangling if the iteration is empty or the operand an index.
    pub data: *mut u8,
    /// The value of an index at [0, …, 0].
    pub start: i64,
    /// Elements between neighbours, one number an axis.
    pub strides: List<i64, MAX_NDIM>,
    /// Where it lies in which slot.
    pub place: Place,
    /// The first and the last element of the slot that it has without a run's shift; none if it has no elements.
    reach: Option<(i64, i64)>,
}

// SAFETY: an operand is an address; kernels hand disjoint parts to threads.
unsafe impl Send for Operand {}
// SAFETY: as above.
unsafe impl Sync for Operand {}

/// Reads `ndim` and the lengths; their product may not exceed what a descriptor can count.
pub fn read_dims(reader: &mut Reader, dims: &mut Dims) -> Result<()> {
    let ndim = reader.count(MAX_NDIM, "axes")?;
    read_lengths(reader, ndim, dims)
}

/// Reads the lengths of `ndim` axes.
pub fn read_lengths(reader: &mut Reader, ndim: usize, dims: &mut Dims) -> Result<()> {
    for _ in 0..ndim {
        dims.push(reader.count(MAX_ELEMENTS, "elements")?);
    }
    checked_elements(dims)?;
    Ok(())
}

/// How many elements these axes span, or a refusal if they are too many to count.
pub fn checked_elements(dims: &[usize]) -> Result<usize> {
    if dims.contains(&0) {
        return Ok(0);
    }
    let total = dims
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim));
    match total {
        Some(total) if total <= MAX_ELEMENTS => Ok(total),
        _ => refuse(format!("the shape {dims:?} has too many elements")),
    }
}

/// How many elements these axes span; they were checked before.
#[inline]
pub fn elements(dims: &[usize]) -> usize {
    dims.iter().fold(1, |product, &dim| product.wrapping_mul(dim))
}

impl Operand {
    /// An operand that is yet to be read.
    #[inline(always)]
    pub fn new(dtype: DType) -> Operand {
        Operand {
            dtype,
            data: std::ptr::dangling_mut(),
            start: 0,
            strides: List::new(),
            place: Place::default(),
            reach: None,
        }
    }

    /// Reads a place and a stride an axis.
    pub fn read(reader: &mut Reader, dtype: DType, dims: &[usize]) -> Result<Operand> {
        let mut operand = Operand::new(dtype);
        operand.place = Place::read(reader, dtype)?;
        for _ in dims {
            operand.strides.push(reader.int()?);
        }
        operand.measure(dims)?;
        Ok(operand)
    }

    /// Reads the place of a contiguous operand of the shape `dims`.
    pub fn read_contiguous(reader: &mut Reader, dtype: DType, dims: &[usize]) -> Result<Operand> {
        let mut operand = Operand::new(dtype);
        operand.place = Place::read(reader, dtype)?;
        operand.strides = List::filled(0, dims.len());
        let mut stride = 1i64;
        for (slot, &dim) in operand.strides.iter_mut().zip(dims).rev() {
            *slot = stride;
            stride = stride.wrapping_mul(dim as i64);
        }
        operand.measure(dims)?;
        Ok(operand)
    }

    /// Finds how far the elements reach.
    fn measure(&mut self, dims: &[usize]) -> Result<()> {
        if !self.dtype.has_memory() || dims.contains(&0) {
            return Ok(());
        }
        self.reach = extent(self.place.offset, &self.strides, dims);
        match self.reach {
            Some(_) => Ok(()),
            None => refuse(format!("the strides {:?} reach too far", &self.strides[..])),
        }
    }

    /// Sets where the first element lies, and proves that every one lies in the slot's memory.
    #[inline]
    pub fn bind(&mut self, arguments: &Arguments) -> Result<()> {
        let shift = self.place.shift(arguments)?;
        let Some((low, high)) = self.reach else {
            self.start = self.place.offset.wrapping_add(shift);
            return Ok(());
        };
        let (memory, size) = (arguments.slot(self.place.slot)?, self.dtype.size());
        if memory.address == 0 || memory.address & (size - 1) != 0 {
            return refuse_address(memory.address, size);
        }
        match (low.checked_add(shift), high.checked_add(shift)) {
            (Some(low), Some(high)) if low >= 0 && high < (memory.bytes >> size.trailing_zeros()) as i64 => {
                self.data = (memory.address + (self.place.offset + shift) as usize * size) as *mut u8;
                Ok(())
            }
            _ => refuse_reach(low, high, shift, memory.bytes),
        }
    }

    /// Refuses strides that might address an element twice: outputs are written by several threads.
    pub fn require_distinct(&self, dims: &[usize]) -> Result<()> {
        if dims.contains(&0) || self.is_contiguous(dims) {
            return Ok(());
        }
        self.require_distinct_axes(dims)
    }

    fn require_distinct_axes(&self, dims: &[usize]) -> Result<()> {
        let mut axes: List<(u64, usize), MAX_NDIM> = List::new();
        for (&stride, &dim) in self.strides.iter().zip(dims) {
            if dim > 1 {
                axes.push((stride.unsigned_abs(), dim));
            }
        }
        axes.sort_unstable();
        let mut inner: u128 = 0;
        for &(stride, dim) in axes.iter() {
            if u128::from(stride) <= inner {
                return refuse(format!(
                    "an output with strides {:?} overlaps itself",
                    &self.strides[..]
                ));
            }
            inner += u128::from(stride) * (dim - 1) as u128;
        }
        Ok(())
    }

    /// How many elements `coords` is away from [0, …, 0].
    #[inline]
    pub fn distance(&self, coords: &[usize]) -> i64 {
        let axis = |(&stride, &coord): (&i64, &usize)| stride.wrapping_mul(coord as i64);
        let distances = self.strides.iter().zip(coords).map(axis);
        distances.fold(0, i64::wrapping_add)
    }

    /// Where the element at `coords` lies.
    #[inline]
    pub fn pointer(&self, coords: &[usize]) -> *mut u8 {
        self.data
            .wrapping_offset(self.distance(coords) as isize * self.dtype.size() as isize)
    }

    /// The elements between neighbours on the last axis but one (0 if there is none) and on the last.
    #[inline(always)]
    pub fn last_strides(&self) -> [isize; 2] {
        match self.strides[..] {
            [.., row, column] => [row as isize, column as isize],
            [column] => [0, column as isize],
            [] => [0, 0],
        }
    }

    /// Where element number `flat` of the shape lies, in row-major order.
    #[inline]
    pub fn element(&self, dims: &[usize], flat: usize) -> *mut u8 {
        let (mut rest, mut distance) = (flat, 0i64);
        for (axis, (&dim, &stride)) in dims.iter().zip(&*self.strides).enumerate().rev() {
            let coord = if axis == 0 { rest } else { rest % dim };
            distance = distance.wrapping_add(stride.wrapping_mul(coord as i64));
            rest = if axis == 0 { 0 } else { rest / dim };
        }
        self.data
            .wrapping_offset(distance as isize * self.dtype.size() as isize)
    }

    /// Whether the elements lie one after the other in row-major order.
    #[inline]
    pub fn is_contiguous(&self, dims: &[usize]) -> bool {
        let mut wanted = 1;
        for (&stride, &dim) in self.strides.iter().zip(dims).rev() {
            if dim != 1 && stride != wanted {
                return false;
            }
            wanted *= dim as i64;
        }
        true
    }
}

#[cold]
#[inline(never)]
fn refuse_address(address: usize, size: usize) -> Result<()> {
    refuse(format!(
        "address {address} does not hold elements of {size} bytes"
    ))
}

#[cold]
#[inline(never)]
fn refuse_reach(low: i64, high: i64, shift: i64, bytes: usize) -> Result<()> {
    refuse(format!(
        "elements {low} to {high}, shifted by {shift}, do not lie in {bytes} bytes"
    ))
}

/// The smallest and largest position of an element, unless they are too far away to count.
fn extent(offset: i64, strides: &[i64], dims: &[usize]) -> Option<(i64, i64)> {
    let (mut low, mut high) = (offset, offset);
    for (&stride, &dim) in strides.iter().zip(dims) {
        let reach = stride.checked_mul(dim as i64 - 1)?;
        let end = if reach < 0 { &mut low } else { &mut high };
        *end = end.checked_add(reach)?;
    }
    Some((low, high))
}
