//! NEON (AArch64's Advanced SIMD): 16-byte vectors in 32 registers, masks are vectors of all-ones or all-zero lanes.
//!
//! There are no loads and stores under a mask: tails go lane by lane. Nor are there stores past the caches.
//! Every machine of the architecture has the tier. It is not measured: its tests run under an emulator.
//!
//! SAFETY of every intrinsic here: the target has their features; pointers are the caller's promise.

use super::several::Several;
use super::{Element, Float, Int, Simd, Vector};
use std::arch::aarch64::*;
use std::arch::asm;
use std::mem::transmute;

/// The tier.
#[derive(Clone, Copy)]
pub struct Neon;

impl Simd for Neon {
    type F32 = F32;
    type F64 = F64;
    type I32 = I32;

    #[inline(never)]
    unsafe fn vectorize<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn fence() {}

    const PREFETCHES: bool = true;

    #[inline(always)]
    fn prefetch<T>(p: *const T) {
        // SAFETY: a prefetch never faults, and changes no memory.
        unsafe { asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, preserves_flags, readonly)) }
    }
}

macro_rules! call {
    ($($e:tt)*) => {
        // SAFETY: see the head of the file.
        unsafe { $($e)* }
    };
}

macro_rules! vector {
    ($name:ident, $elem:ty, $raw:ty, $lanes:literal, memory $splat:ident $load:ident $store:ident,
     arithmetic $add:ident $sub:ident $mul:ident $mul_add:ident $min:ident $max:ident,
     compare $eq:ident $lt:ident $le:ident, select $select:ident, zip $zip_low:ident $zip_high:ident,
     bits $uint:ty, $bits:ty, $to_bits:ident $of_bits:ident, splat $splat_bits:ident, $and:ident $or:ident $xor:ident
     $add_bits:ident $sub_bits:ident below $below:ident, shift $shift:ident $by:ident $int:ty) => {
        /// A vector of 16 bytes.
        #[derive(Clone, Copy)]
        pub struct $name($raw);

        impl $name {
            #[inline(always)]
            fn bits(self) -> $bits {
                call!($to_bits(self.0))
            }
            #[inline(always)]
            fn of_bits(bits: $bits) -> Self {
                Self(call!($of_bits(bits)))
            }
            /// Shifts the bits left, or right by what is negative.
            #[inline(always)]
            fn shift(self, by: $int) -> Self {
                Self::of_bits(call!($shift(self.bits(), $by(by))))
            }
            /// Loads the lanes that `has` tells of, the others are zero.
            #[inline(always)]
            unsafe fn load_lanes(p: *const $elem, has: impl Fn(usize) -> bool) -> Self {
                // SAFETY: the caller's promise: these lanes are readable.
                let lane = |i: usize| {
                    if has(i) {
                        unsafe { *p.wrapping_add(i) }
                    } else {
                        <$elem>::ZERO
                    }
                };
                let lanes: [$elem; $lanes] = std::array::from_fn(lane);
                Self(call!($load(lanes.as_ptr())))
            }
            /// Stores the lanes that `has` tells of.
            #[inline(always)]
            unsafe fn store_lanes(self, p: *mut $elem, has: impl Fn(usize) -> bool) {
                let mut lanes = [<$elem>::ZERO; $lanes];
                call!($store(lanes.as_mut_ptr(), self.0));
                for i in (0..$lanes).filter(|&i| has(i)) {
                    // SAFETY: the caller's promise: these lanes are writable.
                    unsafe { *p.wrapping_add(i) = lanes[i] }
                }
            }
        }

        impl Vector for $name {
            type Elem = $elem;
            type Mask = $bits;
            const LANES: usize = $lanes;
            const REGISTERS: usize = 32;

            #[inline(always)]
            fn splat(x: $elem) -> Self {
                Self(call!($splat(x)))
            }
            #[inline(always)]
            unsafe fn load(p: *const $elem) -> Self {
                Self(call!($load(p)))
            }
            #[inline(always)]
            unsafe fn load_where(mask: $bits, p: *const $elem) -> Self {
                let mask = call!(transmute::<$bits, [$uint; $lanes]>(mask));
                call!(Self::load_lanes(p, |i| mask[i] != 0))
            }
            #[inline(always)]
            unsafe fn load_first(p: *const $elem, n: usize) -> Self {
                call!(Self::load_lanes(p, |i| i < n))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $elem) {
                call!($store(p, self.0))
            }
            #[inline(always)]
            unsafe fn stream(self, p: *mut $elem) {
                call!(self.store(p))
            }
            #[inline(always)]
            unsafe fn store_where(self, mask: $bits, p: *mut $elem) {
                let mask = call!(transmute::<$bits, [$uint; $lanes]>(mask));
                call!(self.store_lanes(p, |i| mask[i] != 0))
            }
            #[inline(always)]
            unsafe fn store_first(self, p: *mut $elem, n: usize) {
                call!(self.store_lanes(p, |i| i < n))
            }
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                Self(call!($add(self.0, o.0)))
            }
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                Self(call!($sub(self.0, o.0)))
            }
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                Self(call!($mul(self.0, o.0)))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Self(call!($mul_add(c.0, self.0, b.0)))
            }
            #[inline(always)]
            fn min(self, o: Self) -> Self {
                Self(call!($min(self.0, o.0)))
            }
            #[inline(always)]
            fn max(self, o: Self) -> Self {
                Self(call!($max(self.0, o.0)))
            }
            #[inline(always)]
            fn eq(self, o: Self) -> $bits {
                call!($eq(self.0, o.0))
            }
            #[inline(always)]
            fn lt(self, o: Self) -> $bits {
                call!($lt(self.0, o.0))
            }
            #[inline(always)]
            fn le(self, o: Self) -> $bits {
                call!($le(self.0, o.0))
            }
            #[inline(always)]
            fn first(n: usize) -> $bits {
                let numbers: [$uint; $lanes] = std::array::from_fn(|i| i as $uint);
                call!($below(
                    transmute::<[$uint; $lanes], $bits>(numbers),
                    $splat_bits(n as $uint)
                ))
            }
            #[inline(always)]
            fn both(a: $bits, b: $bits) -> $bits {
                call!($and(a, b))
            }
            #[inline(always)]
            fn all(mask: $bits) -> bool {
                call!(vminvq_u32(transmute::<$bits, uint32x4_t>(mask))) != 0
            }
            #[inline(always)]
            fn any(mask: $bits) -> bool {
                call!(vmaxvq_u32(transmute::<$bits, uint32x4_t>(mask))) != 0
            }
            #[inline(always)]
            fn select(mask: $bits, yes: Self, no: Self) -> Self {
                Self(call!($select(mask, yes.0, no.0)))
            }
            #[inline(always)]
            fn and(self, o: Self) -> Self {
                Self::of_bits(call!($and(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                Self::of_bits(call!($or(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                Self::of_bits(call!($xor(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn add_bits(self, o: Self) -> Self {
                Self::of_bits(call!($add_bits(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn sub_bits(self, o: Self) -> Self {
                Self::of_bits(call!($sub_bits(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn shl(self, n: u32) -> Self {
                self.shift(n as $int)
            }
            #[inline(always)]
            fn shr(self, n: u32) -> Self {
                self.shift(-(n as $int))
            }
            #[inline(always)]
            fn interleave(self, o: Self) -> (Self, Self) {
                call!((Self($zip_low(self.0, o.0)), Self($zip_high(self.0, o.0))))
            }
        }
    };
}

macro_rules! float {
    ($name:ident, neg_mul_add $neg_mul_add:ident div $div:ident sqrt $sqrt:ident floor $floor:ident round $round:ident) => {
        impl Float for $name {
            type Several = Several<Self>;
            const SCALES: bool = false;

            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                Self(call!($neg_mul_add(c.0, self.0, b.0)))
            }
            #[inline(always)]
            fn div(self, o: Self) -> Self {
                Self(call!($div(self.0, o.0)))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(call!($sqrt(self.0)))
            }
            #[inline(always)]
            fn floor(self) -> Self {
                Self(call!($floor(self.0)))
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(call!($round(self.0)))
            }
            #[inline(always)]
            fn lesser(self, o: Self) -> Self {
                Self::select(self.lt(o), self, o)
            }
            #[inline(always)]
            fn greater(self, o: Self) -> Self {
                Self::select(o.lt(self), self, o)
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

vector!(F32, f32, float32x4_t, 4, memory vdupq_n_f32 vld1q_f32 vst1q_f32,
    arithmetic vaddq_f32 vsubq_f32 vmulq_f32 vfmaq_f32 vminq_f32 vmaxq_f32,
    compare vceqq_f32 vcltq_f32 vcleq_f32, select vbslq_f32, zip vzip1q_f32 vzip2q_f32,
    bits u32, uint32x4_t, vreinterpretq_u32_f32 vreinterpretq_f32_u32, splat vdupq_n_u32, vandq_u32 vorrq_u32 veorq_u32
    vaddq_u32 vsubq_u32 below vcltq_u32, shift vshlq_u32 vdupq_n_s32 i32);
float!(F32, neg_mul_add vfmsq_f32 div vdivq_f32 sqrt vsqrtq_f32 floor vrndmq_f32 round vrndnq_f32);

vector!(F64, f64, float64x2_t, 2, memory vdupq_n_f64 vld1q_f64 vst1q_f64,
    arithmetic vaddq_f64 vsubq_f64 vmulq_f64 vfmaq_f64 vminq_f64 vmaxq_f64,
    compare vceqq_f64 vcltq_f64 vcleq_f64, select vbslq_f64, zip vzip1q_f64 vzip2q_f64,
    bits u64, uint64x2_t, vreinterpretq_u64_f64 vreinterpretq_f64_u64, splat vdupq_n_u64, vandq_u64 vorrq_u64 veorq_u64
    vaddq_u64 vsubq_u64 below vcltq_u64, shift vshlq_u64 vdupq_n_s64 i64);
float!(F64, neg_mul_add vfmsq_f64 div vdivq_f64 sqrt vsqrtq_f64 floor vrndmq_f64 round vrndnq_f64);

vector!(I32, i32, int32x4_t, 4, memory vdupq_n_s32 vld1q_s32 vst1q_s32,
    arithmetic vaddq_s32 vsubq_s32 vmulq_s32 vmlaq_s32 vminq_s32 vmaxq_s32,
    compare vceqq_s32 vcltq_s32 vcleq_s32, select vbslq_s32, zip vzip1q_s32 vzip2q_s32,
    bits u32, uint32x4_t, vreinterpretq_u32_s32 vreinterpretq_s32_u32, splat vdupq_n_u32, vandq_u32 vorrq_u32 veorq_u32
    vaddq_u32 vsubq_u32 below vcltq_u32, shift vshlq_u32 vdupq_n_s32 i32);
impl Int for I32 {}
