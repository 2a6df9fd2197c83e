//! AVX-512: 64-byte vectors, masks in registers.
//!
//! SAFETY of every intrinsic here: vectors of this tier are made only in code under `Avx512::vectorize`,
//! which is entered only where `dispatch` has seen the features; pointers are the caller's promise.

use super::several::Several;
use super::{Float, Int, Simd, Vector};
use std::arch::x86_64::*;

/// The tier.
#[derive(Clone, Copy)]
pub struct Avx512;

impl Simd for Avx512 {
    type F32 = F32;
    type F64 = F64;
    type I32 = I32;

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
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

/// The mask of the first `n` of `lanes` lanes.
#[inline(always)]
fn first(n: usize) -> u32 {
    debug_assert!(n <= 16);
    (1u32 << n) - 1
}

macro_rules! call {
    ($($e:tt)*) => {
        // SAFETY: see the head of the file.
        unsafe { $($e)* }
    };
}

macro_rules! vector {
    ($name:ident, $elem:ty, $raw:ty, $lanes:literal, $mask:ty, splat $splat:ident, load $load:ident $maskz_load:ident,
     store $store:ident $mask_store:ident, arithmetic $add:ident $sub:ident $mul:ident,
     blend $blend:ident, compare($a:ident, $b:ident) $eq:expr, $lt:expr, $le:expr;
     mul_add($x:ident, $y:ident, $z:ident) $mul_add:expr; min $min:expr; max $max:expr;
     bits($bits:ident) $to_bits:expr, $from_bits:expr, $add_bits:ident $sub_bits:ident $shl:ident $shr:ident) => {
        /// A vector of 64 bytes.
        #[derive(Clone, Copy)]
        pub struct $name($raw);

        impl $name {
            #[inline(always)]
            fn bits(self) -> __m512i {
                let $bits = self.0;
                $to_bits
            }
            #[inline(always)]
            fn of_bits($bits: __m512i) -> Self {
                Self($from_bits)
            }
        }

        impl Vector for $name {
            type Elem = $elem;
            type Mask = $mask;
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
            unsafe fn load_where(mask: $mask, p: *const $elem) -> Self {
                Self(call!($maskz_load(mask, p)))
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $elem) {
                call!($store(p, self.0))
            }
            #[inline(always)]
            unsafe fn stream(self, p: *mut $elem) {
                call!(_mm512_stream_si512(p.cast(), self.bits()))
            }
            #[inline(always)]
            unsafe fn store_where(self, mask: $mask, p: *mut $elem) {
                call!($mask_store(p, mask, self.0))
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
                let ($x, $y, $z) = (self, b, c);
                $mul_add
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
            fn eq(self, o: Self) -> $mask {
                let ($a, $b) = (self.0, o.0);
                call!($eq)
            }
            #[inline(always)]
            fn lt(self, o: Self) -> $mask {
                let ($a, $b) = (self.0, o.0);
                call!($lt)
            }
            #[inline(always)]
            fn le(self, o: Self) -> $mask {
                let ($a, $b) = (self.0, o.0);
                call!($le)
            }
            #[inline(always)]
            fn first(n: usize) -> $mask {
                first(n) as $mask
            }
            #[inline(always)]
            fn both(a: $mask, b: $mask) -> $mask {
                a & b
            }
            #[inline(always)]
            fn all(mask: $mask) -> bool {
                mask == <$mask>::MAX
            }
            #[inline(always)]
            fn any(mask: $mask) -> bool {
                mask != 0
            }
            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                Self(call!($blend(mask, no.0, yes.0)))
            }
            #[inline(always)]
            fn and(self, o: Self) -> Self {
                Self::of_bits(call!(_mm512_and_si512(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn or(self, o: Self) -> Self {
                Self::of_bits(call!(_mm512_or_si512(self.bits(), o.bits())))
            }
            #[inline(always)]
            fn xor(self, o: Self) -> Self {
                Self::of_bits(call!(_mm512_xor_si512(self.bits(), o.bits())))
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
                let (a, b) = (self.bits(), o.bits());
                let pick = |half: i64| {
                    if $lanes == 16 {
                        let [i, o] = [half as i32 * 8, half as i32 * 8 + 16];
                        call!(_mm512_permutex2var_epi32(
                            a,
                            _mm512_setr_epi32(
                                i,
                                o,
                                i + 1,
                                o + 1,
                                i + 2,
                                o + 2,
                                i + 3,
                                o + 3,
                                i + 4,
                                o + 4,
                                i + 5,
                                o + 5,
                                i + 6,
                                o + 6,
                                i + 7,
                                o + 7,
                            ),
                            b
                        ))
                    } else {
                        let [i, o] = [half * 4, half * 4 + 8];
                        call!(_mm512_permutex2var_epi64(
                            a,
                            _mm512_setr_epi64(i, o, i + 1, o + 1, i + 2, o + 2, i + 3, o + 3),
                            b
                        ))
                    }
                };
                (Self::of_bits(pick(0)), Self::of_bits(pick(1)))
            }
            #[inline(always)]
            fn transpose(square: &mut [Self; 16]) {
                // Loops, since `map` is a call, through memory, unless everything is compiled as one unit.
                let mut lines = [Self::zero().bits(); 16];
                for (line, vector) in lines.iter_mut().zip(&*square) {
                    *line = vector.bits();
                }
                // Within quarters of 16 bytes first, where shuffles are cheapest, then the quarters as they are.
                if $lanes == 16 {
                    exchange::<2>(&mut lines, zip_4);
                    exchange::<1>(&mut lines, zip_4);
                    exchange::<4>(&mut lines, part_quarters);
                    exchange::<8>(&mut lines, part_quarters);
                } else {
                    exchange::<1>(&mut lines, zip_8);
                    exchange::<2>(&mut lines, part_quarters);
                    exchange::<4>(&mut lines, part_quarters);
                }
                for (vector, line) in square.iter_mut().zip(lines) {
                    *vector = Self::of_bits(line);
                }
            }
            #[inline(always)]
            unsafe fn turn(groups: &[*const $elem; 4], start: usize, stride: isize) -> [Self; 4] {
                let mut lines = [Self::zero().bits(); 16];
                for (i, line) in lines[..$lanes / 4].iter_mut().enumerate() {
                    let quarter = |group: usize| {
                        let from = groups[group]
                            .wrapping_add(start)
                            .wrapping_offset(i as isize * stride);
                        call!(_mm_loadu_si128(from.cast()))
                    };
                    *line = call!(_mm512_castsi128_si512(quarter(0)));
                    *line = call!(_mm512_inserti32x4::<1>(*line, quarter(1)));
                    *line = call!(_mm512_inserti32x4::<2>(*line, quarter(2)));
                    *line = call!(_mm512_inserti32x4::<3>(*line, quarter(3)));
                }
                if $lanes == 16 {
                    exchange::<2>(&mut lines, zip_4);
                    exchange::<1>(&mut lines, zip_4);
                } else {
                    exchange::<1>(&mut lines, zip_8);
                }
                let [a, b, c, d, ..] = lines;
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

/// Makes two lines of every two that are `DISTANCE` apart.
#[inline(always)]
fn exchange<const DISTANCE: usize>(
    lines: &mut [__m512i; 16],
    f: impl Fn(__m512i, __m512i) -> (__m512i, __m512i),
) {
    for i in 0..8 {
        let first = i / DISTANCE * 2 * DISTANCE + i % DISTANCE;
        (lines[first], lines[first + DISTANCE]) = f(lines[first], lines[first + DISTANCE]);
    }
}

/// The elements of 4 bytes of both in turn: of the first half of each quarter, and of the second.
#[inline(always)]
fn zip_4(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    call!((_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b)))
}

/// The same for elements of 8 bytes.
#[inline(always)]
fn zip_8(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    call!((_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)))
}

/// The even quarters of both, and the odd ones.
#[inline(always)]
fn part_quarters(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    call!((
        _mm512_shuffle_i32x4::<0x88>(a, b),
        _mm512_shuffle_i32x4::<0xdd>(a, b)
    ))
}

macro_rules! float {
    ($name:ident, neg_mul_add $neg_mul_add:ident div $div:ident sqrt $sqrt:ident round $round:ident min $min:ident max $max:ident scale $scale:ident) => {
        impl Float for $name {
            type Several = Several<Self>;
            const SCALES: bool = true;

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
                Self(call!($scale(self.0, n.0)))
            }
            #[inline(always)]
            fn power_of_two(n: Self) -> Self {
                Self::one().scale(n)
            }
        }
    };
}

vector!(F32, f32, __m512, 16, __mmask16, splat _mm512_set1_ps, load _mm512_loadu_ps _mm512_maskz_loadu_ps,
    store _mm512_storeu_ps _mm512_mask_storeu_ps, arithmetic _mm512_add_ps _mm512_sub_ps _mm512_mul_ps,
    blend _mm512_mask_blend_ps,
    compare(a, b) _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b);
    mul_add(x, y, z) Self(call!(_mm512_fmadd_ps(x.0, y.0, z.0))); min super::min(a, b); max super::max(a, b);
    bits(v) call!(_mm512_castps_si512(v)), call!(_mm512_castsi512_ps(v)), _mm512_add_epi32 _mm512_sub_epi32 _mm512_sll_epi32 _mm512_srl_epi32);
float!(F32, neg_mul_add _mm512_fnmadd_ps div _mm512_div_ps sqrt _mm512_sqrt_ps round _mm512_roundscale_ps min _mm512_min_ps max _mm512_max_ps scale _mm512_scalef_ps);

vector!(F64, f64, __m512d, 8, __mmask8, splat _mm512_set1_pd, load _mm512_loadu_pd _mm512_maskz_loadu_pd,
    store _mm512_storeu_pd _mm512_mask_storeu_pd, arithmetic _mm512_add_pd _mm512_sub_pd _mm512_mul_pd,
    blend _mm512_mask_blend_pd,
    compare(a, b) _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b), _mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), _mm512_cmp_pd_mask::<_CMP_LE_OQ>(a, b);
    mul_add(x, y, z) Self(call!(_mm512_fmadd_pd(x.0, y.0, z.0))); min super::min(a, b); max super::max(a, b);
    bits(v) call!(_mm512_castpd_si512(v)), call!(_mm512_castsi512_pd(v)), _mm512_add_epi64 _mm512_sub_epi64 _mm512_sll_epi64 _mm512_srl_epi64);
float!(F64, neg_mul_add _mm512_fnmadd_pd div _mm512_div_pd sqrt _mm512_sqrt_pd round _mm512_roundscale_pd min _mm512_min_pd max _mm512_max_pd scale _mm512_scalef_pd);

vector!(I32, i32, __m512i, 16, __mmask16, splat _mm512_set1_epi32, load _mm512_loadu_epi32 _mm512_maskz_loadu_epi32,
    store _mm512_storeu_epi32 _mm512_mask_storeu_epi32, arithmetic _mm512_add_epi32 _mm512_sub_epi32 _mm512_mullo_epi32,
    blend _mm512_mask_blend_epi32,
    compare(a, b) _mm512_cmpeq_epi32_mask(a, b), _mm512_cmplt_epi32_mask(a, b), _mm512_cmple_epi32_mask(a, b);
    mul_add(x, y, z) x.mul(y).add(z); min Self(call!(_mm512_min_epi32(a.0, b.0))); max Self(call!(_mm512_max_epi32(a.0, b.0)));
    bits(v) v, v, _mm512_add_epi32 _mm512_sub_epi32 _mm512_sll_epi32 _mm512_srl_epi32);
impl Int for I32 {}
