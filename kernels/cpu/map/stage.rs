//! Tiles of operands that do not lie element after element: gathered before a tile runs, scattered after it.

use crate::dtype::DType;
use crate::layout::{Cursor, Operand};

/// Copies `n` elements from one stride to another.
///
/// # Safety
/// Every element is valid for reading or writing; the two do not overlap.
#[inline(always)]
unsafe fn copy<T: Copy>(from: *const T, from_stride: isize, to: *mut T, to_stride: isize, n: usize) {
    if from_stride == 1 && to_stride == 1 {
        // SAFETY: the caller's promise.
        return unsafe { std::ptr::copy_nonoverlapping(from, to, n) };
    }
    for i in 0..n as isize {
        // SAFETY: the caller's promise.
        unsafe { *to.offset(i * to_stride) = *from.offset(i * from_stride) }
    }
}

/// Runs of elements of one row each, which together are `n` elements from a cursor on.
fn runs(dims: &[usize], cursor: &Cursor, n: usize, mut run: impl FnMut(&[usize], usize, usize)) {
    let mut cursor = *cursor;
    let row = dims[dims.len() - 1];
    let mut done = 0;
    while done < n {
        let length = (row - cursor.coords[dims.len() - 1]).min(n - done);
        run(&cursor.coords, done, length);
        cursor.advance(dims, length);
        done += length;
    }
}

/// Gathers `n` elements into a tile (indices as `i64`).
///
/// # Safety
/// The operand was proved over `dims`, and `n` elements are left from the cursor on; `tile` has room for them.
pub unsafe fn gather(operand: &Operand, dims: &[usize], cursor: &Cursor, tile: *mut u8, n: usize) {
    let stride = operand.strides[dims.len() - 1];
    runs(dims, cursor, n, |coords, done, length| {
        let to = tile.wrapping_add(done * operand.dtype.size());
        if operand.dtype == DType::Index {
            let first = operand.start.wrapping_add(operand.distance(coords));
            // SAFETY: the tile has room.
            return unsafe { count_up(to.cast(), first, stride, length) };
        }
        let from = operand.pointer(coords).cast_const();
        // SAFETY: the run lies inside the operand, and the tile has room.
        unsafe {
            match operand.dtype.size() {
                1 => copy(from, stride as isize, to, 1, length),
                4 => copy(from.cast::<u32>(), stride as isize, to.cast(), 1, length),
                _ => copy(from.cast::<u64>(), stride as isize, to.cast(), 1, length),
            }
        }
    });
}

/// Scatters the `n` elements of a tile.
///
/// # Safety
/// As for `gather`; the tile holds `n` elements.
pub unsafe fn scatter(operand: &Operand, dims: &[usize], cursor: &Cursor, tile: *const u8, n: usize) {
    let stride = operand.strides[dims.len() - 1] as isize;
    runs(dims, cursor, n, |coords, done, length| {
        let from = tile.wrapping_add(done * operand.dtype.size());
        let to = operand.pointer(coords);
        // SAFETY: the run lies inside the operand, and the tile holds as much.
        unsafe {
            match operand.dtype.size() {
                1 => copy(from, 1, to, stride, length),
                4 => copy(from.cast::<u32>(), 1, to.cast(), stride, length),
                _ => copy(from.cast::<u64>(), 1, to.cast(), stride, length),
            }
        }
    });
}

/// # Safety
/// `to` is valid for writing `n` numbers.
unsafe fn count_up(to: *mut i64, first: i64, step: i64, n: usize) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe { *to.add(i) = first.wrapping_add(step.wrapping_mul(i as i64)) }
    }
}
