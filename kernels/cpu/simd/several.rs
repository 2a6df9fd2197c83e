//! Several vectors as one: each operation is applied to all of them before the next one.
//!
//! An op's polynomial is one chain of operations, each of which waits for the one before; a processor's queues hold too
//! few of them to find the next vector's chain by themselves. Side by side four vectors of 64 bytes take .75 of the time
//! one by one, and four of 32 bytes .8 of it though there are but 16 registers; eight gain nothing more.

use super::{Float, Vector};

/// Four vectors: a vector of all their lanes.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Several<V>([V; N]);

const N: usize = 4;

/// An array of what is computed for each vector, written out: neither loops nor closures are sure to be inlined.
macro_rules! each {
    ($j:ident => $value:expr) => {
        [
            {
                const $j: usize = 0;
                $value
            },
            {
                const $j: usize = 1;
                $value
            },
            {
                const $j: usize = 2;
                $value
            },
            {
                const $j: usize = 3;
                $value
            },
        ]
    };
}

macro_rules! binary {
    ($($name:ident)*) => { $(
        #[inline(always)]
        fn $name(self, o: Self) -> Self {
            Self(each!(J => self.0[J].$name(o.0[J])))
        }
    )* };
}

macro_rules! unary {
    ($($name:ident)*) => { $(
        #[inline(always)]
        fn $name(self) -> Self {
            Self(each!(J => self.0[J].$name()))
        }
    )* };
}

macro_rules! compare {
    ($($name:ident)*) => { $(
        #[inline(always)]
        fn $name(self, o: Self) -> Self::Mask {
            each!(J => self.0[J].$name(o.0[J]))
        }
    )* };
}

impl<V: Vector> Vector for Several<V> {
    type Elem = V::Elem;
    type Mask = [V::Mask; N];
    const LANES: usize = V::LANES * N;
    const REGISTERS: usize = V::REGISTERS / N;

    #[inline(always)]
    fn splat(x: V::Elem) -> Self {
        Self([V::splat(x); N])
    }
    #[inline(always)]
    unsafe fn load(p: *const V::Elem) -> Self {
        // SAFETY: the caller's promise, as for all below.
        Self(each!(J => unsafe { V::load(p.add(J * V::LANES)) }))
    }
    #[inline(always)]
    unsafe fn load_where(mask: Self::Mask, p: *const V::Elem) -> Self {
        // SAFETY: as above.
        Self(each!(J => unsafe { V::load_where(mask[J], p.wrapping_add(J * V::LANES)) }))
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut V::Elem) {
        // SAFETY: as above.
        each!(J => unsafe { self.0[J].store(p.add(J * V::LANES)) });
    }
    #[inline(always)]
    unsafe fn stream(self, p: *mut V::Elem) {
        // SAFETY: as above.
        each!(J => unsafe { self.0[J].stream(p.add(J * V::LANES)) });
    }
    #[inline(always)]
    unsafe fn store_where(self, mask: Self::Mask, p: *mut V::Elem) {
        // SAFETY: as above.
        each!(J => unsafe { self.0[J].store_where(mask[J], p.wrapping_add(J * V::LANES)) });
    }

    binary! { add sub mul min max and or xor add_bits sub_bits }
    compare! { eq lt le }

    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Self(each!(J => self.0[J].mul_add(b.0[J], c.0[J])))
    }
    #[inline(always)]
    fn first(n: usize) -> Self::Mask {
        each!(J => V::first(n.saturating_sub(J * V::LANES).min(V::LANES)))
    }
    #[inline(always)]
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        each!(J => V::both(a[J], b[J]))
    }
    #[inline(always)]
    fn all(mask: Self::Mask) -> bool {
        let [a, b, c, d] = mask;
        V::all(V::both(V::both(a, b), V::both(c, d)))
    }
    #[inline(always)]
    fn any(mask: Self::Mask) -> bool {
        let [a, b, c, d] = each!(J => V::any(mask[J]));
        a | b | c | d
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Self(each!(J => V::select(mask[J], yes.0[J], no.0[J])))
    }
    #[inline(always)]
    fn shl(self, n: u32) -> Self {
        Self(each!(J => self.0[J].shl(n)))
    }
    #[inline(always)]
    fn shr(self, n: u32) -> Self {
        Self(each!(J => self.0[J].shr(n)))
    }
    #[inline(always)]
    fn interleave(self, o: Self) -> (Self, Self) {
        let [a, b, c, d] = each!(J => self.0[J].interleave(o.0[J]));
        (Self([a.0, a.1, b.0, b.1]), Self([c.0, c.1, d.0, d.1]))
    }
}

impl<V: Float> Float for Several<V> {
    type Several = Self;
    const SCALES: bool = V::SCALES;

    binary! { div lesser greater scale }
    unary! { sqrt floor round }

    #[inline(always)]
    fn neg_mul_add(self, b: Self, c: Self) -> Self {
        Self(each!(J => self.0[J].neg_mul_add(b.0[J], c.0[J])))
    }
    #[inline(always)]
    fn power_of_two(n: Self) -> Self {
        Self(each!(J => V::power_of_two(n.0[J])))
    }
}

/// Vectors as several each; a rest that is too short is left out.
#[inline(always)]
pub fn side_by_side<V: Float>(vectors: &[V]) -> &[V::Several] {
    let count = size_of_val(vectors) / size_of::<V::Several>();
    // SAFETY: several vectors lie as in an array, and so many are there.
    unsafe { std::slice::from_raw_parts(vectors.as_ptr().cast(), count) }
}

/// The same to be changed.
#[inline(always)]
pub fn side_by_side_mut<V: Float>(vectors: &mut [V]) -> &mut [V::Several] {
    let count = size_of_val(vectors) / size_of::<V::Several>();
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts_mut(vectors.as_mut_ptr().cast(), count) }
}

/// The first of several vectors.
#[inline(always)]
pub fn first_of<V: Float>(several: &mut V::Several) -> &mut V {
    // SAFETY: as above.
    unsafe { &mut *std::ptr::from_mut(several).cast() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::simd::{Kernel, Simd, dispatch_on, tiers};

    struct Interleaves;

    impl Kernel for Interleaves {
        type Output = Vec<f32>;
        #[inline(always)]
        fn run<S: Simd>(self) -> Vec<f32> {
            type Four<S> = <<S as Simd>::F32 as Float>::Several;
            let n = Four::<S>::LANES;
            let (even, odd): (Vec<f32>, Vec<f32>) =
                (0..n).map(|i| (2.0 * i as f32, 2.0 * i as f32 + 1.0)).unzip();
            let mut lanes = vec![0.0; 2 * n];
            // SAFETY: each vector has so many lanes, and a part of them lies behind the first half.
            unsafe {
                let (low, high) = Four::<S>::load(even.as_ptr()).interleave(Four::<S>::load(odd.as_ptr()));
                low.store(lanes.as_mut_ptr());
                high.store_first(lanes[n..].as_mut_ptr(), n - 1);
            }
            lanes
        }
    }

    #[test]
    fn lanes_are_those_of_one_long_vector() {
        for &tier in tiers() {
            // SAFETY: the machine has the tier.
            let lanes = unsafe { dispatch_on(tier, Interleaves) };
            let last = lanes.len() - 1;
            assert_eq!(lanes[last], 0.0, "{tier:?}: a lane behind the mask was stored");
            assert!(
                lanes[..last]
                    .iter()
                    .enumerate()
                    .all(|(i, &lane)| lane == i as f32),
                "{tier:?}: {lanes:?}"
            );
        }
    }
}
