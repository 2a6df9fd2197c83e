//! Between memory's dtypes and the classes in which programs compute.

use crate::cpu::simd::Element;
use crate::dtype::{Class, DType};

/// A lane of a class.
pub trait Lane: Element {
    /// The class.
    const CLASS: Class;

    /// A constant in the class.
    fn constant(value: f64) -> Self;

    /// `to[i]` from the element `i` of some dtype, for `n` elements.
    ///
    /// # Safety
    /// `from` is valid for reading `n` elements of the dtype, `to` for writing `n` lanes.
    unsafe fn load(from: *const u8, dtype: DType, to: *mut Self, n: usize);

    /// Element `i` of some dtype from `from[i]`, for `n` elements.
    ///
    /// # Safety
    /// `from` is valid for reading `n` lanes, `to` for writing `n` elements of the dtype.
    unsafe fn store(from: *const Self, to: *mut u8, dtype: DType, n: usize);
}

/// `to[i] = f(from[i])`.
///
/// # Safety
/// `from` is valid for reading `n` elements, `to` for writing them.
#[inline(always)]
unsafe fn convert<A: Copy, B>(from: *const A, to: *mut B, n: usize, f: impl Fn(A) -> B) {
    for i in 0..n {
        // SAFETY: the caller's promise.
        unsafe { *to.add(i) = f(*from.add(i)) }
    }
}

macro_rules! lanes {
    ($($ty:ty, $class:expr;)*) => { $(impl Lane for $ty {
        const CLASS: Class = $class;

        #[inline(always)]
        fn constant(value: f64) -> $ty {
            value as $ty
        }

        #[inline(always)]
        unsafe fn load(from: *const u8, dtype: DType, to: *mut $ty, n: usize) {
            // SAFETY: the caller's promise.
            unsafe {
                match dtype {
                    DType::F32 => convert(from.cast::<f32>(), to, n, |x| x as $ty),
                    DType::F64 => convert(from.cast::<f64>(), to, n, |x| x as $ty),
                    DType::I32 => convert(from.cast::<i32>(), to, n, |x| x as $ty),
                    DType::U8 | DType::Bool => convert(from, to, n, |x| x as $ty),
                    DType::Index => convert(from.cast::<i64>(), to, n, |x| x as $ty),
                }
            }
        }

        #[inline(always)]
        unsafe fn store(from: *const $ty, to: *mut u8, dtype: DType, n: usize) {
            // SAFETY: the caller's promise.
            unsafe {
                match dtype {
                    DType::F32 => convert(from, to.cast::<f32>(), n, |x| x as f32),
                    DType::F64 => convert(from, to.cast::<f64>(), n, |x| x as f64),
                    DType::I32 => convert(from, to.cast::<i32>(), n, |x| x as i32),
                    DType::U8 => convert(from, to, n, |x| x as u8),
                    DType::Bool => convert(from, to, n, |x| u8::from(x != <$ty>::ZERO)),
                    DType::Index => unreachable!("an index is never stored to"),
                }
            }
        }
    })* };
}
lanes! {
    f32, Class::F32;
    f64, Class::F64;
    i32, Class::I32;
}
