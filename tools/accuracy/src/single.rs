//! Every `float32` number: a function of one argument against the C library's `f64`.

use std::sync::atomic::{AtomicU64, Ordering};
use tensaur::cpu::simd::{Tier, best};

use crate::functions::Function;
use crate::kernel::{Number, apply, op};
use crate::threads::on_all_cores;
use crate::worst::{Worst, error_from_double};

/// Numbers that are computed at once.
const BLOCK: usize = 1 << 12;
const ALL: u64 = 1 << 32;

/// The largest error over every `step`-th number.
pub fn check(function: &Function, step: u64) -> Worst {
    let next = AtomicU64::new(0);
    on_all_cores(|| {
        let mut worst = Worst::default();
        loop {
            let start = next.fetch_add(BLOCK as u64 * step, Ordering::Relaxed);
            if start >= ALL {
                return worst;
            }
            check_block(function, start, step, &mut worst);
        }
    })
}

fn check_block(function: &Function, start: u64, step: u64, worst: &mut Worst) {
    let op = op(function.name);
    let inputs: Vec<f32> = (0..BLOCK as u64)
        .map(|i| f32::of_bits((start + i * step) % ALL))
        .collect();
    let mut found = inputs.clone();
    apply(best(), op, &mut found, &inputs);
    if best() == Tier::Avx512 {
        let mut other = inputs.clone();
        apply(Tier::Avx2, op, &mut other, &inputs);
        worst.differs |=
            (found.iter().zip(&other)).any(|(a, b)| a.bits() != b.bits() && !(a.is_nan() && b.is_nan()));
    }
    for (&x, &y) in inputs.iter().zip(&found) {
        worst.add(
            error_from_double(y, (function.double)(f64::from(x))),
            [x.bits(), 0],
        );
    }
    worst.compared += BLOCK as u64;
}
