//! Vectors of integers.

use super::Vector;

/// A vector of `i32`.
pub trait Int: Vector<Elem = i32> {
    /// `-self`, wrapping.
    #[inline(always)]
    fn neg(self) -> Self {
        Self::zero().sub(self)
    }
    /// 1, -1 or 0.
    #[inline(always)]
    fn sign(self) -> Self {
        self.min(Self::one()).max(Self::zero().sub(Self::one()))
    }
    /// The quotient towards zero; 0 for a divisor of 0, wrapping for the smallest number by -1.
    #[inline(always)]
    fn div_truncated(self, o: Self) -> Self {
        zip_lanes(self, o, |x, y| if y == 0 { 0 } else { x.wrapping_div(y) })
    }
    /// The rest of that division, with the dividend's sign.
    #[inline(always)]
    fn rem_truncated(self, o: Self) -> Self {
        zip_lanes(self, o, |x, y| if y == 0 { 0 } else { x.wrapping_rem(y) })
    }
    /// How many zeros each begins with.
    #[inline(always)]
    fn leading_zeros(self) -> Self {
        zip_lanes(self, self, |x, _| x.leading_zeros() as i32)
    }
    /// The power, wrapping; a negative exponent gives 0, but for the bases 1 and -1.
    #[inline(always)]
    fn pow_wrapped(self, o: Self) -> Self {
        zip_lanes(self, o, integer_power)
    }
}

/// The most lanes of a vector of `i32`.
const MOST_LANES: usize = 16;

/// An op without a vector form, lane by lane.
fn zip_lanes<V: Int>(a: V, b: V, f: impl Fn(i32, i32) -> i32) -> V {
    let (mut x, mut y) = ([0; MOST_LANES], [0; MOST_LANES]);
    // SAFETY: both arrays have room for the lanes of any tier.
    unsafe {
        a.store(x.as_mut_ptr());
        b.store(y.as_mut_ptr());
    }
    x.iter_mut()
        .zip(y)
        .take(V::LANES)
        .for_each(|(x, y)| *x = f(*x, y));
    // SAFETY: as above.
    unsafe { V::load(x.as_ptr()) }
}

fn integer_power(x: i32, y: i32) -> i32 {
    match (x, y < 0) {
        (_, false) => x.wrapping_pow(y as u32),
        (1, true) => 1,
        (-1, true) if y & 1 == 0 => 1,
        (-1, true) => -1,
        _ => 0,
    }
}
