//! SIMD: one small trait, implemented once a tier; kernels are written once, generic over it.
//!
//! A kernel is a value that implements [`Kernel`]; [`dispatch`] runs it with the best tier of the machine.
//! Only this folder names CPU features. Every tier computes the same bits.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod int;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod several;
mod tier;

pub use int::Int;
pub use several::{first_of, side_by_side, side_by_side_mut};
pub use tier::{Kernel, Tier, best, dispatch, dispatch_on, set_tier, tier, tiers};

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

    /// Waits until streamed stores are visible to other threads.
    fn fence();

    /// Whether lines can be asked for.
    const PREFETCHES: bool;
    /// Asks for the cache line of an address, which need not be valid.
    fn prefetch<T>(p: *const T);
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
    /// How many registers hold such vectors.
    const REGISTERS: usize;

    /// All lanes equal to `x`.
    fn splat(x: Self::Elem) -> Self;
    /// Loads all lanes.
    ///
    /// # Safety
    /// `p` is valid for reading `LANES` elements; no alignment beyond the element's is needed.
    unsafe fn load(p: *const Self::Elem) -> Self;
    /// Loads the lanes where the mask is set, the others are zero.
    ///
    /// # Safety
    /// `p` is valid for reading these elements.
    unsafe fn load_where(mask: Self::Mask, p: *const Self::Elem) -> Self;
    /// Stores all lanes.
    ///
    /// # Safety
    /// `p` is valid for writing `LANES` elements.
    unsafe fn store(self, p: *mut Self::Elem);
    /// Stores all lanes past the caches; `Simd::fence` orders such stores before those that follow.
    ///
    /// # Safety
    /// `p` is valid for writing `LANES` elements, and a multiple of the vector's size.
    unsafe fn stream(self, p: *mut Self::Elem);
    /// Stores the lanes where the mask is set.
    ///
    /// # Safety
    /// `p` is valid for writing these elements.
    unsafe fn store_where(self, mask: Self::Mask, p: *mut Self::Elem);

    /// `self + o` (integers wrap).
    fn add(self, o: Self) -> Self;
    /// `self - o` (integers wrap).
    fn sub(self, o: Self) -> Self;
    /// `self * o` (integers wrap).
    fn mul(self, o: Self) -> Self;
    /// `self * b + c`, rounded once for floats.
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
    /// The mask of the first `n` lanes (`n <= LANES`).
    fn first(n: usize) -> Self::Mask;
    /// Whether the mask is set anywhere.
    fn any(mask: Self::Mask) -> bool;
    /// Where both masks are set.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether the mask is set everywhere.
    fn all(mask: Self::Mask) -> bool;
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
    /// Loads the first `n` lanes (`n <= LANES`), the others are zero.
    ///
    /// # Safety
    /// `p` is valid for reading `n` elements.
    #[inline(always)]
    unsafe fn load_first(p: *const Self::Elem, n: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::load_where(Self::first(n), p) }
    }
    /// Stores the first `n` lanes (`n <= LANES`).
    ///
    /// # Safety
    /// `p` is valid for writing `n` elements.
    #[inline(always)]
    unsafe fn store_first(self, p: *mut Self::Elem, n: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.store_where(Self::first(n), p) }
    }
    /// Transposes the square of the first `LANES` vectors.
    #[inline(always)]
    fn transpose(square: &mut [Self; 16]) {
        // A perfect shuffle, as often as doubling takes to reach the lanes.
        for _ in 0..Self::LANES.ilog2() {
            let lines = *square;
            for i in 0..Self::LANES / 2 {
                let (low, high) = lines[i].interleave(lines[i + Self::LANES / 2]);
                (square[2 * i], square[2 * i + 1]) = (low, high);
            }
        }
    }

    /// 16 bytes of as many contiguous lines as there are lanes, from element `start` on, as they are across: vector `k` has
    /// element `start + k` of each. Groups are of as many lines as 16 bytes have elements; the lines of a group are `stride` elements apart.
    ///
    /// # Safety
    /// Every element of these bytes is valid for reading.
    #[inline(always)]
    unsafe fn turn(groups: &[*const Self::Elem; 4], start: usize, stride: isize) -> [Self; 4] {
        let (mut lines, count) = ([Self::zero(); 16], 16 / size_of::<Self::Elem>());
        for (j, line) in lines[..Self::LANES].iter_mut().enumerate() {
            let from = groups[j / count]
                .wrapping_add(start)
                .wrapping_offset((j % count) as isize * stride);
            // SAFETY: the caller's promise.
            *line = unsafe { Self::load_first(from, count) };
        }
        Self::transpose(&mut lines);
        [lines[0], lines[1], lines[2], lines[3]]
    }

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
    /// 1 where the lane is not zero (also where it is NaN), 0 elsewhere.
    #[inline(always)]
    fn truth(self) -> Self {
        Self::flag_not(self.eq(Self::zero()))
    }
}

/// A vector of floats.
pub trait Float: Vector<Elem: FloatElement> {
    /// Some of these vectors, as in an array: as many as long ops are applied to at once.
    type Several: Float<Elem = Self::Elem>;

    /// Whether `scale` is one instruction.
    const SCALES: bool;

    /// `c - self * b`, rounded once.
    fn neg_mul_add(self, b: Self, c: Self) -> Self;
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
    /// `2^n` for whole `n` in the range of normal exponents.
    fn power_of_two(n: Self) -> Self;

    /// `-self`.
    #[inline(always)]
    fn neg(self) -> Self {
        self.xor(Self::splat(Self::Elem::SIGN))
    }
    /// The sign bit alone.
    #[inline(always)]
    fn sign_bit(self) -> Self {
        self.and(Self::splat(Self::Elem::SIGN))
    }
    /// The magnitude.
    #[inline(always)]
    fn abs(self) -> Self {
        self.xor(self.sign_bit())
    }
    /// 1 or -1; a zero or NaN as it is.
    #[inline(always)]
    fn sign(self) -> Self {
        let one = Self::one().or(self.sign_bit());
        Self::select(Self::zero().lt(self.abs()), one, self)
    }
}

/// What `Float` needs to know of a float's bits.
pub trait FloatElement: Element {
    /// 1.5 × 2^(bits of the mantissa): adding it leaves a whole number in the low bits.
    const MAGIC: Self;
    /// `MAGIC` plus the bias of exponents.
    const MAGIC_AND_BIAS: Self;
    /// `MAGIC` plus twice the bias.
    const MAGIC_AND_BIASES: Self;
    /// One half.
    const HALF: Self;
    /// Minus zero: the sign bit.
    const SIGN: Self;
    /// Bits of the stored mantissa.
    const MANTISSA: u32;
}

impl FloatElement for f32 {
    const MAGIC: f32 = 12582912.0;
    const MAGIC_AND_BIAS: f32 = Self::MAGIC + 127.0;
    const MAGIC_AND_BIASES: f32 = Self::MAGIC + 254.0;
    const HALF: f32 = 0.5;
    const SIGN: f32 = -0.0;
    const MANTISSA: u32 = 23;
}

impl FloatElement for f64 {
    const MAGIC: f64 = 6755399441055744.0;
    const MAGIC_AND_BIAS: f64 = Self::MAGIC + 1023.0;
    const MAGIC_AND_BIASES: f64 = Self::MAGIC + 2046.0;
    const HALF: f64 = 0.5;
    const SIGN: f64 = -0.0;
    const MANTISSA: u32 = 52;
}

/// `min` from `lesser`: in both orders, so that the bits' union keeps a NaN and the sign of -0.
#[inline(always)]
fn min<V: Float>(a: V, b: V) -> V {
    a.lesser(b).or(b.lesser(a))
}

/// `max` as the mirror image of `min`.
#[inline(always)]
fn max<V: Float>(a: V, b: V) -> V {
    min(a.neg(), b.neg()).neg()
}

/// `2^n` for a whole `n`: added to `MAGIC` and the bias, it lies in the low bits.
#[inline(always)]
fn power_of_two<V: Float>(n: V) -> V {
    n.add(V::splat(V::Elem::MAGIC_AND_BIAS)).shl(V::Elem::MANTISSA)
}

/// `x * 2^n` in two factors, the first of which keeps `x` normal.
#[inline(always)]
fn scale<V: Float>(x: V, n: V) -> V {
    // The exponents of both: half of `n` and twice the bias, and the rest. What else there is in these bits is shifted out.
    let both = n.add(V::splat(V::Elem::MAGIC_AND_BIASES));
    let half = both.shr(1);
    let rest = both.sub_bits(half);
    x.mul(half.shl(V::Elem::MANTISSA))
        .mul(rest.shl(V::Elem::MANTISSA))
}
