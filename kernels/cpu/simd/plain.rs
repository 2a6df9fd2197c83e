//! The plain tier: arrays of lanes, for machines without a tier of their own. Its fused multiply-add
//! is the standard library's: the same bits, but slow where the machine has no instruction for it.

use super::{Float, Int, Simd, Vector};

/// The tier.
#[derive(Clone, Copy)]
pub struct Plain;

impl Simd for Plain {
    type F32 = F32;
    type F64 = F64;
    type I32 = I32;

    #[inline(never)]
    unsafe fn vectorize<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn fence() {}

    const PREFETCHES: bool = false;

    #[inline(always)]
    fn prefetch<T>(_: *const T) {}
}

macro_rules! vector {
    ($name:ident, $elem:ty, $uint:ty, $lanes:literal, |$a:ident, $b:ident| $add:expr, $sub:expr, $mul:expr, $min:expr, $max:expr;
     |$x:ident, $y:ident, $z:ident| $mul_add:expr;
     |$v:ident| $to_bits:expr, $from_bits:expr) => {
        /// A vector of lanes in an array.
        #[derive(Clone, Copy)]
        pub struct $name([$elem; $lanes]);

        impl $name {
            #[inline(always)]
            fn zip<R>(self, o: Self, f: impl Fn($elem, $elem) -> R) -> [R; $lanes] {
                std::array::from_fn(|i| f(self.0[i], o.0[i]))
            }
            #[inline(always)]
            fn zip_bits(self, o: Self, f: impl Fn($uint, $uint) -> $uint) -> Self {
                let bits = |$v: $elem| $to_bits;
                Self(self.zip(o, |a, b| {
                    let $v = f(bits(a), bits(b));
                    $from_bits
                }))
            }
        }

        impl Vector for $name {
            type Elem = $elem;
            type Mask = [bool; $lanes];
            const LANES: usize = $lanes;
            const REGISTERS: usize = 16;

            #[inline(always)]
            fn splat(x: $elem) -> Self {
                Self([x; $lanes])
            }
            #[inline(always)]
            unsafe fn load(p: *const $elem) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { p.cast::<[$elem; $lanes]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn load_where(mask: Self::Mask, p: *const $elem) -> Self {
                // SAFETY: the caller's promise: these lanes are readable.
                let lane = |i| {
                    if mask[i] {
                        unsafe { *p.wrapping_add(i) }
                    } else {
                        0 as $elem
                    }
                };
                Self(std::array::from_fn(lane))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $elem) {
                // SAFETY: the caller's promise.
                unsafe { p.cast::<[$elem; $lanes]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn stream(self, p: *mut $elem) {
                // SAFETY: the caller's promise.
                unsafe { self.store(p) }
            }
            #[inline(always)]
            unsafe fn store_where(self, mask: Self::Mask, p: *mut $elem) {
                for i in (0..$lanes).filter(|&i| mask[i]) {
                    // SAFETY: the caller's promise: these lanes are writable.
                    unsafe { *p.wrapping_add(i) = self.0[i] }
                }
            }
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                Self(self.zip(o, |$a, $b| $add))
            }
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                Self(self.zip(o, |$a, $b| $sub))
            }
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                Self(self.zip(o, |$a, $b| $mul))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(std::array::from_fn(|i| {
                    let ($x, $y, $z) = (self.0[i], b.0[i], c.0[i]);
                    $mul_add
                }))
            }
            #[inline(always)]
            fn min(self, o: Self) -> Self {
                let ($a, $b) = (self, o);
                $min
            }
            #[inline(always)]
            fn max(self, o: Self) -> Self {
                let ($a, $b) = (self, o);
                $max
            }
            #[inline(always)]
            fn eq(self, o: Self) -> Self::Mask {
                self.zip(o, |a, b| a == b)
            }
            #[inline(always)]
            fn lt(self, o: Self) -> Self::Mask {
                self.zip(o, |a, b| a < b)
            }
            #[inline(always)]
            fn le(self, o: Self) -> Self::Mask {
                self.zip(o, |a, b| a <= b)
            }
            #[inline(always)]
            fn first(n: usize) -> Self::Mask {
                std::array::from_fn(|i| i < n)
            }
            #[inline(always)]
            fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask {
                std::array::from_fn(|i| a[i] & b[i])
            }
            #[inline(always)]
            fn all(mask: Self::Mask) -> bool {
                !mask.contains(&false)
            }
            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask.contains(&true)
            }
            #[inline(always)]
            fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
                Self(std::array::from_fn(|i| {
                    if mask[i] { yes.0[i] } else { no.0[i] }
                }))
            }
            #[inline(always)]
            fn and(self, o: Self) -> Self {
                self.zip_bits(o, |a, b| a & b)
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                self.zip_bits(o, |a, b| a | b)
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                self.zip_bits(o, |a, b| a ^ b)
            }
            #[inline(always)]
            fn add_bits(self, o: Self) -> Self {
                self.zip_bits(o, |a, b| a.wrapping_add(b))
            }
            #[inline(always)]
            fn sub_bits(self, o: Self) -> Self {
                self.zip_bits(o, |a, b| a.wrapping_sub(b))
            }
            #[inline(always)]
            fn shl(self, n: u32) -> Self {
                self.zip_bits(self, |a, _| a << n)
            }
            #[inline(always)]
            fn shr(self, n: u32) -> Self {
                self.zip_bits(self, |a, _| a >> n)
            }
            #[inline(always)]
            fn interleave(self, o: Self) -> (Self, Self) {
                let pick = |i: usize| {
                    if i % 2 == 0 {
                        self.0[i / 2]
                    } else {
                        o.0[i / 2]
                    }
                };
                let half = |start: usize| Self(std::array::from_fn(|i| pick(start + i)));
                (half(0), half($lanes))
            }
        }
    };
}

macro_rules! float {
    ($name:ident) => {
        impl Float for $name {
            type Several = Self;
            const SCALES: bool = false;

            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                self.neg().mul_add(b, c)
            }
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                Self(self.zip(o, |a, b| a / b))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.map(|a| a.sqrt()))
            }
            #[inline(always)]
            fn floor(self) -> Self {
                Self(self.0.map(|a| a.floor()))
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(self.0.map(|a| a.round_ties_even()))
            }
            #[inline(always)]
            fn lesser(self, o: Self) -> Self {
                Self(self.zip(o, |a, b| if a < b { a } else { b }))
            }
            #[inline(always)]
            fn greater(self, o: Self) -> Self {
                Self(self.zip(o, |a, b| if a > b { a } else { b }))
            }
            #[inline(always)]
            fn scale(self, n: Self) -> Self {
                super::scale(self, n)
            }
            #[inline(always)]
            fn power_of_two(n: Self) -> Self {
                super::power_of_two(n)
            }
        }
    };
}

vector!(F32, f32, u32, 4, |a, b| a + b, a - b, a * b, super::min(a, b), super::max(a, b);
    |x, y, z| x.mul_add(y, z);
    |v| v.to_bits(), f32::from_bits(v));
float!(F32);
vector!(F64, f64, u64, 2, |a, b| a + b, a - b, a * b, super::min(a, b), super::max(a, b);
    |x, y, z| x.mul_add(y, z);
    |v| v.to_bits(), f64::from_bits(v));
float!(F64);
vector!(I32, i32, u32, 4, |a, b| a.wrapping_add(b), a.wrapping_sub(b), a.wrapping_mul(b), Self(a.zip(b, i32::min)), Self(a.zip(b, i32::max));
    |x, y, z| x.wrapping_mul(y).wrapping_add(z);
    |v| v as u32, v as i32);
impl Int for I32 {}
