//! The library's vector math, reached as its machine reaches it: by the table of ops.

use tensaur::cpu::math::Math;
use tensaur::cpu::simd::{Kernel, Simd, Tier, Vector, dispatch_on};
use tensaur::ops::{Op, ROWS, call_float};

/// The op of a name.
pub fn op(name: &str) -> Op {
    let row = ROWS.iter().find(|row| row.name == name);
    row.unwrap_or_else(|| panic!("no op {name}")).op
}

/// A float type, and what is to be known of its numbers.
pub trait Number: Math {
    /// Bits behind the point.
    const FRACTION: i32;
    /// The exponent of the smallest normal number.
    const LOWEST: i32;
    /// Computes vector by vector; both slices are whole vectors long.
    fn run<S: Simd>(op: Op, x: &mut [Self], y: &[Self]);
    /// Its bits.
    fn bits(self) -> u64;
    /// The number of these bits.
    fn of_bits(bits: u64) -> Self;
}

macro_rules! number {
    ($ty:ident, $uint:ty, $vector:ident, $fraction:literal, $lowest:literal) => {
        impl Number for $ty {
            const FRACTION: i32 = $fraction;
            const LOWEST: i32 = $lowest;
            #[inline(always)]
            fn run<S: Simd>(op: Op, x: &mut [$ty], y: &[$ty]) {
                let lanes = S::$vector::LANES;
                for (x, y) in x.chunks_exact_mut(lanes).zip(y.chunks_exact(lanes)) {
                    // SAFETY: both are as long as a vector.
                    let (mut first, second) = unsafe {
                        (
                            [S::$vector::load(x.as_ptr())],
                            [S::$vector::load(y.as_ptr())],
                        )
                    };
                    call_float(op, false, &mut first, &second);
                    // SAFETY: as above.
                    unsafe { first[0].store(x.as_mut_ptr()) };
                }
            }
            fn bits(self) -> u64 {
                u64::from(self.to_bits())
            }
            fn of_bits(bits: u64) -> $ty {
                $ty::from_bits(bits as $uint)
            }
        }
    };
}
number!(f32, u32, F32, 23, -126);
number!(f64, u64, F64, 52, -1022);

struct Run<'a, T>(Op, &'a mut [T], &'a [T]);

impl<T: Number> Kernel for Run<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        T::run::<S>(self.0, self.1, self.2)
    }
}

/// Puts `op(x, y)` in the place of `x`, on a tier of at most `best()`; a multiple of 16 numbers.
pub fn apply<T: Number>(tier: Tier, op: Op, x: &mut [T], y: &[T]) {
    assert!(x.len().is_multiple_of(16) && x.len() == y.len());
    // SAFETY: callers name no tier above the best.
    unsafe { dispatch_on(tier, Run(op, x, y)) }
}
