//! Squares of lanes × lanes, transposed in registers: 64 shuffles for 256 elements, 9 ns with AVX-512.

use super::simd::Vector;

/// Lines that are contiguous and `stride` elements apart, as they are across: vector `k` has element `k` of each. If
/// `FULL`, there are as many lines, of as many elements, as lanes; else `count` of `length`, and what is missing is
/// zero. Its loops are over constants, so that the lines stay in registers.
///
/// # Safety
/// Every element of the lines is valid for reading, and the machine has the tier's features.
#[inline(always)]
pub unsafe fn across<V: Vector, const FULL: bool>(
    from: *const V::Elem,
    stride: isize,
    count: usize,
    length: usize,
) -> [V; 16] {
    let (mut lines, mut from) = ([V::zero(); 16], from);
    for (j, line) in lines[..V::LANES].iter_mut().enumerate() {
        // SAFETY: the caller vouches for the lines.
        unsafe {
            if FULL {
                *line = V::load(from);
            } else if j < count {
                *line = V::load_first(from, length);
            }
        }
        from = from.wrapping_offset(stride);
    }
    V::transpose(&mut lines);
    lines
}
