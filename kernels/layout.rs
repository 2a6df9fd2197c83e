//! Where elements lie: operands, their bounds, and the iteration over several of them at once.

mod iteration;

pub use self::iteration::{Cursor, Iteration};

use crate::dtype::DType;
use crate::error::{Result, refuse};
use crate::list::List;
use crate::reader::Reader;

/// The most axes of an iteration.
pub const MAX_NDIM: usize = 16;
/// The most operands of an iteration.
pub const MAX_OPERANDS: usize = 24;
/// The largest number that a descriptor holds exactly.
const MAX_ADDRESS: usize = 1 << 53;
/// The most elements of an iteration; in tests so few that any iteration ends.
const MAX_ELEMENTS: usize = if cfg!(test) { 1 << 22 } else { MAX_ADDRESS };

/// The lengths of axes.
pub type Dims = List<usize, MAX_NDIM>;

/// A strided view of memory that was proved to lie within its storage, or an index.
#[derive(Clone, Copy)]
pub struct Operand {
    /// What an element is.
    pub dtype: DType,
    /// Where element [0, …, 0] lies; dangling if the iteration is empty or the operand an index.
    pub data: *mut u8,
    /// The value of an index at [0, …, 0]; 0 for memory.
    pub start: i64,
    /// Elements between neighbours, one number an axis.
    pub strides: List<i64, MAX_NDIM>,
}

// SAFETY: an operand is an address; kernels hand disjoint parts to threads.
unsafe impl Send for Operand {}
// SAFETY: as above.
unsafe impl Sync for Operand {}

/// Reads `ndim` and the lengths; their product may not exceed what a descriptor can count.
#[inline]
pub fn read_dims(reader: &mut Reader, dims: &mut Dims) -> Result<()> {
    let ndim = reader.count(MAX_NDIM, "axes")?;
    read_lengths(reader, ndim, dims)
}

/// Reads the lengths of `ndim` axes.
#[inline]
pub fn read_lengths(reader: &mut Reader, ndim: usize, dims: &mut Dims) -> Result<()> {
    for _ in 0..ndim {
        dims.push(reader.count(MAX_ELEMENTS, "elements")?);
    }
    checked_elements(dims)?;
    Ok(())
}

/// How many elements these axes span, or a refusal if they are too many to count.
#[inline]
pub fn checked_elements(dims: &[usize]) -> Result<usize> {
    if dims.contains(&0) {
        return Ok(0);
    }
    let total = dims
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim));
    match total {
        Some(total) if total <= MAX_ELEMENTS => Ok(total),
        _ => refuse_shape(dims),
    }
}

#[cold]
#[inline(never)]
fn refuse_shape(dims: &[usize]) -> Result<usize> {
    refuse(format!("the shape {dims:?} has too many elements"))
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
        }
    }

    /// Reads address, bytes, offset and a stride an axis, and proves that every element lies inside.
    pub fn read(reader: &mut Reader, dtype: DType, dims: &[usize]) -> Result<Operand> {
        let mut operand = Operand::new(dtype);
        operand.read_in_place(reader, dims)?;
        Ok(operand)
    }

    /// The same without a copy.
    #[inline]
    pub fn read_in_place(&mut self, reader: &mut Reader, dims: &[usize]) -> Result<()> {
        let (address, bytes, offset) = read_place(reader)?;
        for _ in dims {
            self.strides.push(reader.int()?);
        }
        self.prove(address, bytes, offset, dims)
    }

    /// Reads address, bytes and offset of a contiguous operand of the shape `dims`.
    #[inline]
    pub fn read_contiguous(&mut self, reader: &mut Reader, dims: &[usize]) -> Result<()> {
        let (address, bytes, offset) = read_place(reader)?;
        self.set_contiguous(dims);
        self.prove(address, bytes, offset, dims)
    }

    #[inline]
    fn set_contiguous(&mut self, dims: &[usize]) {
        dims.iter().for_each(|_| self.strides.push(0));
        let mut stride = 1i64;
        for (slot, &dim) in self.strides.iter_mut().zip(dims).rev() {
            *slot = stride;
            stride = stride.wrapping_mul(dim as i64);
        }
    }

    /// Proves that every element lies in the storage, and sets where the first one does.
    #[inline]
    fn prove(&mut self, address: usize, bytes: usize, offset: i64, dims: &[usize]) -> Result<()> {
        if self.dtype == DType::Index {
            self.start = offset;
            return if address == 0 && bytes == 0 {
                Ok(())
            } else {
                refuse("an index has no memory")
            };
        }
        if dims.contains(&0) {
            return Ok(());
        }
        let size = self.dtype.size();
        if address == 0 || address & (size - 1) != 0 {
            return refuse_address(address, size);
        }
        match extent(offset, &self.strides, dims) {
            Some((low, high)) if low >= 0 && high < (bytes >> size.trailing_zeros()) as i64 => {
                self.data = (address + offset as usize * size) as *mut u8;
                Ok(())
            }
            _ => refuse_extent(offset, &self.strides, bytes),
        }
    }

    /// Refuses strides that might address an element twice: outputs are written by several threads.
    #[inline]
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
fn refuse_extent(offset: i64, strides: &[i64], bytes: usize) -> Result<()> {
    refuse(format!(
        "elements from {offset} on with strides {strides:?} do not lie in {bytes} bytes"
    ))
}

#[inline]
fn read_place(reader: &mut Reader) -> Result<(usize, usize, i64)> {
    let (address, bytes) = (
        reader.count(MAX_ADDRESS, "an address")?,
        reader.count(MAX_ADDRESS, "bytes")?,
    );
    #[cfg(test)]
    crate::testing::require_known(address, bytes)?;
    Ok((address, bytes, reader.int()?))
}

/// The smallest and largest position of an element, unless they are too far away to count.
#[inline]
fn extent(offset: i64, strides: &[i64], dims: &[usize]) -> Option<(i64, i64)> {
    let (mut low, mut high) = (offset, offset);
    for (&stride, &dim) in strides.iter().zip(dims) {
        let reach = stride.checked_mul(dim as i64 - 1)?;
        let end = if reach < 0 { &mut low } else { &mut high };
        *end = end.checked_add(reach)?;
    }
    Some((low, high))
}
