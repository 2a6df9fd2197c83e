//! Where elements lie: operands, their bounds, and the iteration over several of them at once.

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
pub fn read_dims(reader: &mut Reader) -> Result<Dims> {
    let ndim = reader.count(MAX_NDIM, "axes")?;
    read_lengths(reader, ndim)
}

/// Reads the lengths of `ndim` axes.
pub fn read_lengths(reader: &mut Reader, ndim: usize) -> Result<Dims> {
    let mut dims = Dims::new();
    for _ in 0..ndim {
        dims.push(reader.count(MAX_ELEMENTS, "elements")?);
    }
    checked_elements(&dims)?;
    Ok(dims)
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
    pub fn nothing() -> Self {
        Operand {
            dtype: DType::F32,
            data: std::ptr::dangling_mut(),
            start: 0,
            strides: List::new(),
        }
    }

    /// Reads address, bytes, offset and a stride an axis, and proves that every element lies inside.
    #[inline]
    pub fn read(reader: &mut Reader, dtype: DType, dims: &[usize]) -> Result<Operand> {
        let (address, bytes, offset) = read_place(reader)?;
        let mut strides = List::new();
        for _ in dims {
            strides.push(reader.int()?);
        }
        Operand::at(dtype, address, bytes, offset, strides, dims)
    }

    /// Reads address, bytes and offset of a contiguous operand of the shape `dims`.
    pub fn read_contiguous(reader: &mut Reader, dtype: DType, dims: &[usize]) -> Result<Operand> {
        let (address, bytes, offset) = read_place(reader)?;
        Operand::at(dtype, address, bytes, offset, contiguous_strides(dims), dims)
    }

    fn at(
        dtype: DType,
        address: usize,
        bytes: usize,
        offset: i64,
        strides: List<i64, MAX_NDIM>,
        dims: &[usize],
    ) -> Result<Operand> {
        if dtype == DType::Index {
            return Operand::index(address, bytes, offset, strides);
        }
        if dims.contains(&0) {
            return Ok(Operand {
                dtype,
                strides,
                ..Operand::nothing()
            });
        }
        let size = dtype.size();
        if address == 0 || !address.is_multiple_of(size) {
            return refuse(format!(
                "address {address} does not hold elements of {size} bytes"
            ));
        }
        let (low, high) = extent(&strides, dims);
        let (low, high) = (low + i128::from(offset), high + i128::from(offset));
        if low < 0 || high >= (bytes / size) as i128 {
            return refuse(format!("elements {low} to {high} do not lie in {bytes} bytes"));
        }
        Ok(Operand {
            dtype,
            data: (address + offset as usize * size) as *mut u8,
            start: 0,
            strides,
        })
    }

    fn index(address: usize, bytes: usize, start: i64, strides: List<i64, MAX_NDIM>) -> Result<Operand> {
        if address != 0 || bytes != 0 {
            return refuse("an index has no memory");
        }
        Ok(Operand {
            dtype: DType::Index,
            start,
            strides,
            ..Operand::nothing()
        })
    }

    /// Refuses strides that might address an element twice: outputs are written by several threads.
    pub fn require_distinct(&self, dims: &[usize]) -> Result<()> {
        if dims.contains(&0) {
            return Ok(());
        }
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

fn read_place(reader: &mut Reader) -> Result<(usize, usize, i64)> {
    let (address, bytes) = (
        reader.count(MAX_ADDRESS, "an address")?,
        reader.count(MAX_ADDRESS, "bytes")?,
    );
    #[cfg(test)]
    crate::testing::require_known(address, bytes)?;
    Ok((address, bytes, reader.int()?))
}

/// The strides of a contiguous shape.
pub fn contiguous_strides(dims: &[usize]) -> List<i64, MAX_NDIM> {
    let mut strides = List::filled(0, dims.len());
    let mut stride = 1i64;
    for (slot, &dim) in strides.iter_mut().zip(dims).rev() {
        *slot = stride;
        stride = stride.wrapping_mul(dim as i64);
    }
    strides
}

/// The smallest and largest distance from [0, …, 0], in elements.
fn extent(strides: &[i64], dims: &[usize]) -> (i128, i128) {
    let (mut low, mut high) = (0i128, 0i128);
    for (&stride, &dim) in strides.iter().zip(dims) {
        let reach = i128::from(stride) * (dim - 1) as i128;
        if reach < 0 {
            low += reach;
        } else {
            high += reach;
        }
    }
    (low, high)
}

/// A shape and the operands over it. Elements are visited in row-major order of the shape.
#[derive(Clone, Copy)]
pub struct Iteration {
    /// The lengths of the axes.
    pub dims: Dims,
    /// The operands, each with a stride an axis.
    pub operands: List<Operand, MAX_OPERANDS>,
}

impl Iteration {
    /// An iteration without operands yet.
    #[inline(always)]
    pub fn new(dims: Dims) -> Self {
        Iteration {
            dims,
            operands: List::new(),
        }
    }

    /// Reads one more operand.
    #[inline]
    pub fn read_operand(&mut self, dtype: DType, reader: &mut Reader) -> Result<()> {
        self.operands.push(Operand::read(reader, dtype, &self.dims)?);
        Ok(())
    }

    /// Reads an operand for each dtype.
    #[inline]
    pub fn read_inputs(&mut self, dtypes: &[DType], reader: &mut Reader) -> Result<()> {
        dtypes
            .iter()
            .try_for_each(|&dtype| self.read_operand(dtype, reader))
    }

    /// How many elements are visited.
    #[inline]
    pub fn elements(&self) -> usize {
        elements(&self.dims)
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
#[derive(Clone, Copy)]
pub struct Cursor {
    /// One coordinate an axis.
    pub coords: List<usize, MAX_NDIM>,
}

impl Cursor {
    /// The coordinates of element number `flat`; zeros if there are no elements.
    pub fn at(dims: &[usize], mut flat: usize) -> Self {
        let mut coords = List::filled(0, dims.len());
        for (coord, &dim) in coords.iter_mut().zip(dims).rev() {
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
        for (coord, &dim) in self.coords.iter_mut().zip(dims).rev() {
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
