//! AVX2 with FMA: 32-byte vectors, masks are vectors of all-ones or all-zero lanes.
//!
//! SAFETY of every intrinsic here: vectors of this tier are made only in code under `Avx2::vectorize`,
//! which is entered only where `dispatch` has seen the features; pointers are the caller's promise.

use super::several::Several;
use super::{Float, Int, Simd, Vector};
use std::arch::x86_64::*;

/// The tier.
#[derive(Clone, Copy)]
pub struct Avx2;

impl Simd for Avx2 {
    type F32 = F32;
    type F64 = F64;
    type I32 = I32;

    #[inline(never)]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn vectorize<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn fence() {
        // SAFETY: the instruction is older than the tier.
        unsafe { _mm_sfence() }
    }

    const PREFETCHES: bool = true;

    #[inline(always)]
    fn prefetch<T>(p: *const T) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
    }
}

macro_rules! call {
    ($($e:tt)*) => {
        // SAFETY: see the head of the file.
        unsafe { $($e)* }
    };
}

/// Lanes of `bytes` bytes of which the first `n` are all ones: a window into ones followed by zeros.
#[inline(always)]
fn first(n: usize, bytes: usize) -> __m256i {
    static WINDOW: [i8; 64] = {
        let mut window = [0; 64];
        let mut i = 0;
        while i < 32 {
            window[i] = -1;
            i += 1;
        }
        window
    };
    debug_assert!(n * bytes <= 32);
    call!(_mm256_loadu_si256(WINDOW.as_ptr().add(32 - n * bytes).cast()))
}

/// The lanes of both in turn, within each half of 16 bytes: of the half's first half, and of its second.
#[inline(always)]
fn zip_halves<const LANES: usize>(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    if LANES == 8 {
        call!((_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)))
    } else {
        call!((_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)))
    }
}

macro_rules! vector {
    ($name:ident, $elem:ty, $raw:ty, $lanes:literal, splat $splat:ident, load $load:ident $maskload:ident store $store:ident $maskstore:ident as $memory:ty,
     arithmetic $add:ident $sub:ident, blend $blend:ident,
     compare($a:ident, $b:ident) $eq:expr, $lt:expr, $le:expr;
     mul($x:ident, $y:ident, $z:ident) $mul:expr, $mul_add:expr; min $min:expr; max $max:expr;
     bits($bits:ident) $to_bits:expr, $from_bits:expr, $add_bits:ident $sub_bits:ident $shl:ident $shr:ident) => {
        /// A vector of 32 bytes.
        #[derive(Clone, Copy)]
        pub struct $name($raw);

        impl $name {
            #[inline(always)]
            fn bits(self) -> __m256i {
                let $bits = self.0;
                $to_bits
            }
            #[inline(always)]
            fn of_bits($bits: __m256i) -> Self {
                Self($from_bits)
            }
        }

        impl Vector for $name {
            type Elem = $elem;
            type Mask = $raw;
            const LANES: usize = $lanes;
            const REGISTERS: usize = 16;

            #[inline(always)]
            fn splat(x: $elem) -> Self {
                Self(call!($splat(x)))
            }
            #[inline(always)]
            unsafe fn load(p: *const $elem) -> Self {
                Self(call!($load(p as *const $memory)))
            }
            #[inline(always)]
            unsafe fn load_where(mask: $raw, p: *const $elem) -> Self {
                Self(call!($maskload(p, Self(mask).bits())))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $elem) {
                call!($store(p as *mut $memory, self.0))
            }
            #[inline(always)]
            unsafe fn stream(self, p: *mut $elem) {
                call!(_mm256_stream_si256(p.cast(), self.bits()))
            }
            #[inline(always)]
            unsafe fn store_where(self, mask: $raw, p: *mut $elem) {
                call!($maskstore(p, Self(mask).bits(), self.0))
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
                let ($x, $y) = (self.0, o.0);
                Self(call!($mul))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                let ($x, $y, $z) = (self.0, b.0, c.0);
                Self(call!($mul_add))
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
            fn eq(self, o: Self) -> $raw {
                let ($a, $b) = (self.0, o.0);
                call!($eq)
            }
            #[inline(always)]
            fn lt(self, o: Self) -> $raw {
                let ($a, $b) = (self.0, o.0);
                call!($lt)
            }
            #[inline(always)]
            fn le(self, o: Self) -> $raw {
                let ($a, $b) = (self.0, o.0);
                call!($le)
            }
            #[inline(always)]
            fn first(n: usize) -> $raw {
                Self::of_bits(first(n, size_of::<$elem>())).0
            }
            #[inline(always)]
            fn both(a: $raw, b: $raw) -> $raw {
                Self(a).and(Self(b)).0
            }
            #[inline(always)]
            fn all(mask: $raw) -> bool {
                call!(_mm256_movemask_epi8(Self(mask).bits())) == -1
            }
            #[inline(always)]
            fn any(mask: $raw) -> bool {
                call!(_mm256_movemask_epi8(Self(mask).bits())) != 0
            }
            #[inline(always)]
            fn select(mask: $raw, yes: Self, no: Self) -> Self {
                Self(call!($blend(no.0, yes.0, mask)))
            }
            #[inline(always)]
            fn and(self, o: Self) -> Self {
                Self::of_bits(call!(_mm256_and_si256(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                Self::of_bits(call!(_mm256_or_si256(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                Self::of_bits(call!(_mm256_xor_si256(self.bits(), o.bits())))
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
                Self::of_bits(call!($shl(self.bits(), _mm_cvtsi32_si128(n as i32))))
            }
            #[inline(always)]
            fn shr(self, n: u32) -> Self {
                Self::of_bits(call!($shr(self.bits(), _mm_cvtsi32_si128(n as i32))))
            }
            #[inline(always)]
            fn interleave(self, o: Self) -> (Self, Self) {
                // Within each half of 16 bytes first, then the halves are put in order.
                let (low, high) = zip_halves::<$lanes>(self.bits(), o.bits());
                (
                    Self::of_bits(call!(_mm256_permute2x128_si256::<0x20>(low, high))),
                    Self::of_bits(call!(_mm256_permute2x128_si256::<0x31>(low, high))),
                )
            }
            #[inline(always)]
            unsafe fn turn(groups: &[*const $elem; 4], start: usize, stride: isize) -> [Self; 4] {
                let mut lines = [Self::zero().bits(); 4];
                for (i, line) in lines[..$lanes / 2].iter_mut().enumerate() {
                    let half = |group: usize| {
                        let from = groups[group]
                            .wrapping_add(start)
                            .wrapping_offset(i as isize * stride);
                        call!(_mm_loadu_si128(from.cast()))
                    };
                    *line = call!(_mm256_inserti128_si256::<1>(
                        _mm256_castsi128_si256(half(0)),
                        half(1)
                    ));
                }
                let [a, b, c, d] = lines;
                let [a, b, c, d] = if $lanes == 8 {
                    let ((a, c), (b, d)) = (zip_halves::<8>(a, c), zip_halves::<8>(b, d));
                    let ((a, b), (c, d)) = (zip_halves::<8>(a, b), zip_halves::<8>(c, d));
                    [a, b, c, d]
                } else {
                    let (a, b) = zip_halves::<4>(a, b);
                    [a, b, c, d]
                };
                [
                    Self::of_bits(a),
                    Self::of_bits(b),
                    Self::of_bits(c),
                    Self::of_bits(d),
                ]
            }
        }
    };
}

macro_rules! float {
    ($name:ident, neg_mul_add $neg_mul_add:ident div $div:ident sqrt $sqrt:ident round $round:ident min $min:ident max $max:ident) => {
        impl Float for $name {
            type Several = Several<Self>;
            const SCALES: bool = false;

            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                Self(call!($neg_mul_add(self.0, b.0, c.0)))
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
                Self(call!(
                    $round::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0)
                ))
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(call!($round::<
                    { _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC },
                >(self.0)))
            }
            #[inline(always)]
            fn lesser(self, o: Self) -> Self {
                Self(call!($min(self.0, o.0)))
            }
            #[inline(always)]
            fn greater(self, o: Self) -> Self {
                Self(call!($max(self.0, o.0)))
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

vector!(F32, f32, __m256, 8, splat _mm256_set1_ps, load _mm256_loadu_ps _mm256_maskload_ps store _mm256_storeu_ps _mm256_maskstore_ps as f32,
    arithmetic _mm256_add_ps _mm256_sub_ps, blend _mm256_blendv_ps,
    compare(a, b) _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b), _mm256_cmp_ps::<_CMP_LT_OQ>(a, b), _mm256_cmp_ps::<_CMP_LE_OQ>(a, b);
    mul(x, y, z) _mm256_mul_ps(x, y), _mm256_fmadd_ps(x, y, z); min super::min(a, b); max super::max(a, b);
    bits(v) call!(_mm256_castps_si256(v)), call!(_mm256_castsi256_ps(v)), _mm256_add_epi32 _mm256_sub_epi32 _mm256_sll_epi32 _mm256_srl_epi32);
float!(F32, neg_mul_add _mm256_fnmadd_ps div _mm256_div_ps sqrt _mm256_sqrt_ps round _mm256_round_ps min _mm256_min_ps max _mm256_max_ps);

vector!(F64, f64, __m256d, 4, splat _mm256_set1_pd, load _mm256_loadu_pd _mm256_maskload_pd store _mm256_storeu_pd _mm256_maskstore_pd as f64,
    arithmetic _mm256_add_pd _mm256_sub_pd, blend _mm256_blendv_pd,
    compare(a, b) _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b), _mm256_cmp_pd::<_CMP_LT_OQ>(a, b), _mm256_cmp_pd::<_CMP_LE_OQ>(a, b);
    mul(x, y, z) _mm256_mul_pd(x, y), _mm256_fmadd_pd(x, y, z); min super::min(a, b); max super::max(a, b);
    bits(v) call!(_mm256_castpd_si256(v)), call!(_mm256_castsi256_pd(v)), _mm256_add_epi64 _mm256_sub_epi64 _mm256_sll_epi64 _mm256_srl_epi64);
float!(F64, neg_mul_add _mm256_fnmadd_pd div _mm256_div_pd sqrt _mm256_sqrt_pd round _mm256_round_pd min _mm256_min_pd max _mm256_max_pd);

vector!(I32, i32, __m256i, 8, splat _mm256_set1_epi32, load _mm256_loadu_si256 _mm256_maskload_epi32 store _mm256_storeu_si256 _mm256_maskstore_epi32 as __m256i,
    arithmetic _mm256_add_epi32 _mm256_sub_epi32, blend _mm256_blendv_epi8,
    compare(a, b) _mm256_cmpeq_epi32(a, b), _mm256_cmpgt_epi32(b, a), _mm256_or_si256(_mm256_cmpgt_epi32(b, a), _mm256_cmpeq_epi32(a, b));
    mul(x, y, z) _mm256_mullo_epi32(x, y), _mm256_add_epi32(_mm256_mullo_epi32(x, y), z);
    min Self(call!(_mm256_min_epi32(a.0, b.0))); max Self(call!(_mm256_max_epi32(a.0, b.0)));
    bits(v) v, v, _mm256_add_epi32 _mm256_sub_epi32 _mm256_sll_epi32 _mm256_srl_epi32);
impl Int for I32 {}
