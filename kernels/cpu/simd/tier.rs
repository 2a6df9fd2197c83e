//! Which tier runs: detected once, lowered at will.

use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_arch = "aarch64")]
use super::neon;
use super::{Simd, plain};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

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
/// The machine has the tier: it is one of `tiers()`.
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
        // SAFETY: every AArch64 machine has them.
        #[cfg(target_arch = "aarch64")]
        Tier::Neon => unsafe {
            neon::Neon::vectorize(
                #[inline(always)]
                || kernel.run::<neon::Neon>(),
            )
        },
        // SAFETY: the plain tier needs no features.
        _ => unsafe {
            plain::Plain::vectorize(
                #[inline(always)]
                || kernel.run::<plain::Plain>(),
            )
        },
    }
}

const UNKNOWN: u32 = u32::MAX;
static IN_FORCE: AtomicU32 = AtomicU32::new(UNKNOWN);

/// The tier in force.
#[inline]
pub fn tier() -> Tier {
    match IN_FORCE.load(Ordering::Relaxed) {
        UNKNOWN => set_tier(best() as u32),
        number => known(number),
    }
}

/// Lowers the tier to the highest one of the machine that is not above `wanted`; returns it.
pub fn set_tier(wanted: u32) -> Tier {
    let wanted = known(wanted);
    let within = tiers().iter().rfind(|&&tier| tier <= wanted);
    let tier = *within.unwrap_or(&Tier::Plain);
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
    *tiers().last().unwrap_or(&Tier::Plain)
}

/// The tiers of the machine, the best one last.
pub fn tiers() -> &'static [Tier] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let all = &[Tier::Plain, Tier::Avx2, Tier::Avx512];
        return if wide { all } else { &all[..2] };
    }
    if cfg!(target_arch = "aarch64") {
        &[Tier::Plain, Tier::Neon]
    } else {
        &[Tier::Plain]
    }
}
