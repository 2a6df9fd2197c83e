//! Random numbers: Philox 4x32 with 10 rounds. A number depends on the seed and its position alone.

use crate::cpu::simd::Element;

/// Uniform numbers in [0, 1).
pub trait Uniform: Element {
    /// The number of these random bits.
    fn uniform(bits: [u32; 2]) -> Self;
}

impl Uniform for f32 {
    #[inline(always)]
    fn uniform(bits: [u32; 2]) -> f32 {
        (bits[0] >> 8) as f32 / 16777216.0
    }
}

impl Uniform for f64 {
    #[inline(always)]
    fn uniform(bits: [u32; 2]) -> f64 {
        let high = u64::from(bits[0] >> 5) << 26;
        (high | u64::from(bits[1] >> 6)) as f64 / 9007199254740992.0
    }
}

/// The first two random words of a position.
#[inline(always)]
fn philox(position: u64, seed: u64) -> [u32; 2] {
    let [mut c0, mut c1, mut c2, mut c3] = [position as u32, (position >> 32) as u32, 0, 0];
    let [mut k0, mut k1] = [seed as u32, (seed >> 32) as u32];
    for _ in 0..10 {
        let a = u64::from(c0) * 0xd251_1f53;
        let b = u64::from(c2) * 0xcd9e_8d57;
        (c0, c1, c2, c3) = (
            (b >> 32) as u32 ^ c1 ^ k0,
            b as u32,
            (a >> 32) as u32 ^ c3 ^ k1,
            a as u32,
        );
        k0 = k0.wrapping_add(0x9e37_79b9);
        k1 = k1.wrapping_add(0xbb67_ae85);
    }
    [c0, c1]
}

/// The numbers at `base + indices[i]`.
#[inline(always)]
pub fn fill<T: Uniform>(to: &mut [T], indices: &[i64], seed: u64, base: u64) {
    for (to, &index) in to.iter_mut().zip(indices) {
        *to = T::uniform(philox(base.wrapping_add(index as u64), seed));
    }
}

#[cfg(test)]
mod tests {
    use super::philox;

    #[test]
    fn words_are_those_of_the_published_test_vectors() {
        assert_eq!(philox(0, 0), [0x6627_e8d5, 0xe169_c58d]);
    }
}
