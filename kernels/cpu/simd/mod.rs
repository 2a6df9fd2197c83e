//! SIMD: one small trait, implemented once a tier; kernels are written once, generic over it.
//!
//! A kernel is a value that implements [`Kernel`]; [`dispatch`] runs it with the best tier of the machine.
//! Only this folder names CPU features. Every tier computes the same bits, except that the plain one has
//! no fused multiply-add.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod plain;

use std::sync::atomic::{AtomicU32, Ordering};

/// A tier: the vector types of a set of CPU features.
pub trait Simd: Copy + Send + Sync + 'static {
    /// Vectors of `f32`.
    type F32: Float<Elem = f32>;
    /// Vectors of `f64`.
    type F64: Float<Elem = f64>;
    /// Vectors of `i32`, with as many lanes as `F32`.
    type I32: Int;

    /// Runs `f`, compiled with the tier's features; it is never inlined into its caller.
    ///
    /// # Safety
    /// The machine has the tier's features.
    unsafe fn vectorize<R>(f: impl FnOnce() -> R) -> R;
}

/// What a lane holds.
pub trait Element: Copy + Send + Sync + PartialEq + PartialOrd + std::fmt::Debug + 'static {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
}

macro_rules! elements {
    ($($ty:ty)*) => { $(impl Element for $ty {
        const ZERO: Self = 0 as $ty;
        const ONE: Self = 1 as $ty;
    })* };
}
elements!(f32 f64 i32);

/// A vector of lanes. Values of it are made only in code that runs under its tier's `vectorize`.
pub trait Vector: Copy {
    /// The type of a lane.
    type Elem: Element;
    /// The result of comparing lanes.
    type Mask: Copy;
    /// How many lanes it has.
    const LANES: usize;

    /// All lanes equal to `x`.
    fn splat(x: Self::Elem) -> Self;
    /// Loads all lanes.
    ///
    /// # Safety
    /// `p` is valid for reading `LANES` elements; no alignment beyond the element's is needed.
    unsafe fn load(p: *const Self::Elem) -> Self;
    /// Loads the first `n` lanes (`n <= LANES`), the others are zero.
    ///
    /// # Safety
    /// `p` is valid for reading `n` elements.
    unsafe fn load_first(p: *const Self::Elem, n: usize) -> Self;
    /// Stores all lanes.
    ///
    /// # Safety
    /// `p` is valid for writing `LANES` elements.
    unsafe fn store(self, p: *mut Self::Elem);
    /// Stores the first `n` lanes (`n <= LANES`).
    ///
    /// # Safety
    /// `p` is valid for writing `n` elements.
    unsafe fn store_first(self, p: *mut Self::Elem, n: usize);

    /// `self + o` (integers wrap).
    fn add(self, o: Self) -> Self;
    /// `self - o` (integers wrap).
    fn sub(self, o: Self) -> Self;
    /// `self * o` (integers wrap).
    fn mul(self, o: Self) -> Self;
    /// `self * b + c`, rounded once for floats (the plain tier rounds twice).
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// The smaller lane; NaN if either is NaN, and -0 < +0.
    fn min(self, o: Self) -> Self;
    /// The larger lane; NaN if either is NaN, and -0 < +0.
    fn max(self, o: Self) -> Self;
    /// Where the lanes are equal; NaN equals nothing.
    fn eq(self, o: Self) -> Self::Mask;
    /// Where `self < o`; false with NaN.
    fn lt(self, o: Self) -> Self::Mask;
    /// Where `self <= o`; false with NaN.
    fn le(self, o: Self) -> Self::Mask;
    /// `yes` where the mask is set, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Bitwise and.
    fn and(self, o: Self) -> Self;
    /// Bitwise or.
    fn or(self, o: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, o: Self) -> Self;
    /// Adds the bits as integers of the lane's width.
    fn add_bits(self, o: Self) -> Self;
    /// Subtracts the bits as integers of the lane's width.
    fn sub_bits(self, o: Self) -> Self;
    /// Shifts the bits left.
    fn shl(self, n: u32) -> Self;
    /// Shifts the bits right, filling with zeros.
    fn shr(self, n: u32) -> Self;
    /// The lanes of both in turn: `a0 b0 a1 b1 …`, the first half and the rest.
    fn interleave(self, o: Self) -> (Self, Self);

    /// The lanes folded by halves: lane `l` with lane `l + LANES / 2`, and so on.
    #[inline(always)]
    fn fold(mut self, op: impl Fn(Self, Self) -> Self) -> Self::Elem {
        for _ in 0..Self::LANES.ilog2() {
            let (low, high) = self.interleave(self);
            self = op(low, high);
        }
        let mut first = Self::Elem::ZERO;
        // SAFETY: `first` is one element.
        unsafe { self.store_first(&mut first, 1) };
        first
    }

    /// All lanes zero.
    #[inline(always)]
    fn zero() -> Self {
        Self::splat(Self::Elem::ZERO)
    }
    /// All lanes one.
    #[inline(always)]
    fn one() -> Self {
        Self::splat(Self::Elem::ONE)
    }
    /// 1 where the mask is set, 0 elsewhere.
    #[inline(always)]
    fn flag(mask: Self::Mask) -> Self {
        Self::select(mask, Self::one(), Self::zero())
    }
    /// 0 where the mask is set, 1 elsewhere.
    #[inline(always)]
    fn flag_not(mask: Self::Mask) -> Self {
        Self::select(mask, Self::zero(), Self::one())
    }
}

/// A vector of floats.
pub trait Float: Vector<Elem: FloatElement> {
    /// `self / o`, correctly rounded.
    fn div(self, o: Self) -> Self;
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// The largest whole number that is not larger.
    fn floor(self) -> Self;
    /// The nearest whole number, halves to even.
    fn round(self) -> Self;
    /// `self < o ? self : o`, as the machine has it: `o` if either is NaN or both are zero.
    fn lesser(self, o: Self) -> Self;
    /// `self > o ? self : o`, as the machine has it.
    fn greater(self, o: Self) -> Self;
    /// `self * 2^n` for whole `n` in the range of twice the exponents, rounded once.
    fn scale(self, n: Self) -> Self;
}

/// What `Float` needs to know of a float's bits.
pub trait FloatElement: Element {
    /// 1.5 × 2^(bits of the mantissa): adding it leaves a whole number in the low bits.
    const MAGIC: Self;
    /// One half.
    const HALF: Self;
    /// Bits of the stored mantissa.
    const MANTISSA: u32;
}

impl FloatElement for f32 {
    const MAGIC: f32 = 12582912.0;
    const HALF: f32 = 0.5;
    const MANTISSA: u32 = 23;
}

impl FloatElement for f64 {
    const MAGIC: f64 = 6755399441055744.0;
    const HALF: f64 = 0.5;
    const MANTISSA: u32 = 52;
}

/// `min` from `lesser`: in both orders, so that the bits' union keeps a NaN and the sign of -0.
#[inline(always)]
fn min<V: Float>(a: V, b: V) -> V {
    a.lesser(b).or(b.lesser(a))
}

/// `max` as the mirror image of `min`.
#[inline(always)]
fn max<V: Float>(a: V, b: V, sign: V) -> V {
    min(a.xor(sign), b.xor(sign)).xor(sign)
}

/// `x * 2^n` in two factors, the first of which keeps `x` normal.
#[inline(always)]
fn scale<V: Float>(x: V, n: V) -> V {
    let power = |n: V| {
        let whole = n.add(V::splat(V::Elem::MAGIC));
        whole.shl(V::Elem::MANTISSA).add_bits(V::one())
    };
    let half = n.mul(V::splat(V::Elem::HALF)).round();
    x.mul(power(half)).mul(power(n.sub(half)))
}

/// A vector of `i32`.
pub trait Int: Vector<Elem = i32> {}

/// The order of tiers; a number of the C ABI.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u32)]
pub enum Tier {
    /// Arrays; whatever the compiler makes of them.
    Plain = 0,
    /// AArch64's Advanced SIMD.
    Neon = 1,
    /// x86-64 with AVX2 and FMA.
    Avx2 = 2,
    /// x86-64 with AVX-512 F, BW, DQ and VL.
    Avx512 = 3,
}

/// Something to compute, generic over the tier.
pub trait Kernel {
    /// What it gives.
    type Output;
    /// Computes it; mark the implementation `#[inline(always)]` so that it is compiled with the tier's features.
    fn run<S: Simd>(self) -> Self::Output;
}

/// Runs a kernel with the tier in force.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: `tier()` never exceeds what the machine has.
    unsafe { dispatch_on(tier(), kernel) }
}

/// Runs a kernel with a given tier.
///
/// # Safety
/// The machine has the tier: it is at most `best()`.
#[inline]
pub unsafe fn dispatch_on<K: Kernel>(tier: Tier, kernel: K) -> K::Output {
    match tier {
        // SAFETY: the caller vouches for the features.
        #[cfg(target_arch = "x86_64")]
        Tier::Avx512 => unsafe {
            avx512::Avx512::vectorize(
                #[inline(always)]
                || kernel.run::<avx512::Avx512>(),
            )
        },
        // SAFETY: the caller vouches for the features.
        #[cfg(target_arch = "x86_64")]
        Tier::Avx2 => unsafe {
            avx2::Avx2::vectorize(
                #[inline(always)]
                || kernel.run::<avx2::Avx2>(),
            )
        },
        _ => kernel.run::<plain::Plain>(),
    }
}

const UNKNOWN: u32 = u32::MAX;
static IN_FORCE: AtomicU32 = AtomicU32::new(UNKNOWN);

/// The tier in force.
#[inline]
pub fn tier() -> Tier {
    match IN_FORCE.load(Ordering::Relaxed) {
        UNKNOWN => set_tier(Tier::Avx512 as u32),
        number => known(number),
    }
}

/// Lowers the tier to the highest one of the machine that is not above `wanted`; returns it.
pub fn set_tier(wanted: u32) -> Tier {
    let best = best();
    let mut tier = known(wanted).min(best);
    if best > Tier::Neon && tier == Tier::Neon {
        tier = Tier::Plain;
    }
    IN_FORCE.store(tier as u32, Ordering::Relaxed);
    tier
}

fn known(number: u32) -> Tier {
    match number {
        0 => Tier::Plain,
        1 => Tier::Neon,
        2 => Tier::Avx2,
        _ => Tier::Avx512,
    }
}

/// The best tier of the machine.
pub fn best() -> Tier {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        return if wide { Tier::Avx512 } else { Tier::Avx2 };
    }
    Tier::Plain
}
