//! Functions against MPFR on stratified points.

use rug::Float;
use std::f64::consts::{FRAC_PI_4, LN_2};
use std::sync::atomic::{AtomicU64, Ordering};
use tensaur::cpu::simd::best;

use crate::functions::{Function, Function2, PRECISION};
use crate::kernel::{Number, apply, op};
use crate::threads::on_all_cores;
use crate::worst::{Worst, error_from_exact};

const BLOCK: usize = 1 << 10;

/// Numbers around which a function may have a seam: where it changes its formula, overflows, or crosses a zero.
const SEAMS: [f64; 20] = [
    0.25,
    0.5,
    0.625,
    0.84375,
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    6.0,
    10.0,
    20.0,
    40.0,
    88.72,
    103.97,
    709.78,
    745.13,
    32768.0,
    1073741824.0,
    18014398509481984.0,
];

/// The largest error of a function of one argument over so many points.
pub fn check<T: Number>(function: &Function, points: u64) -> Worst {
    sample::<T>(function.name, points, |x, _, got| {
        let Some(exact) = function.exact else {
            return if got.to_f64().to_bits() == (function.double)(x.to_f64()).to_bits() || x.to_f64().is_nan()
            {
                0.0
            } else {
                f64::INFINITY
            };
        };
        error_from_exact(got, &exact(Float::with_val(PRECISION, x.to_f64())))
    })
}

/// The same of two arguments.
pub fn check_two<T: Number>(function: &Function2, points: u64) -> Worst {
    sample::<T>(function.name, points, |x, y, got| {
        let [x, y] = [x, y].map(|x| Float::with_val(PRECISION, x.to_f64()));
        error_from_exact(got, &(function.exact)(x, y))
    })
}

fn sample<T: Number>(name: &str, points: u64, error: impl Fn(T, T, T) -> f64 + Sync) -> Worst {
    let (next, op) = (AtomicU64::new(0), op(name));
    on_all_cores(|| {
        let mut worst = Worst::default();
        loop {
            let start = next.fetch_add(BLOCK as u64, Ordering::Relaxed);
            if start >= points {
                return worst;
            }
            let pairs: Vec<(T, T)> = (start..start + BLOCK as u64).map(|i| point(i, points)).collect();
            let (x, y): (Vec<T>, Vec<T>) = pairs.into_iter().unzip();
            let mut found = x.clone();
            apply(best(), op, &mut found, &y);
            for i in 0..BLOCK {
                worst.add(error(x[i], y[i], found[i]), [x[i].bits(), y[i].bits()]);
            }
            worst.compared += BLOCK as u64;
        }
    })
}

/// The arguments of a point: a quarter of all points each from all bit patterns in order, from the magnitudes of
/// everyday, from pairs whose power neither vanishes nor overflows, and from around the seams.
fn point<T: Number>(i: u64, points: u64) -> (T, T) {
    let mut random = Random(i);
    let stratum = (i as f64 + random.unit()) / points as f64;
    let sign = |random: &mut Random| if random.bits() & 1 == 0 { 1.0 } else { -1.0 };
    let (x, y) = match i % 4 {
        0 => {
            let x = ((stratum * 2f64.powi(53)) as u64) << 11 | random.bits() >> 53;
            return (
                T::of_bits(x >> (64 - T::WIDTH)),
                T::of_bits(random.bits() >> (64 - T::WIDTH)),
            );
        }
        1 => {
            let x = sign(&mut random) * (stratum * 26.0 - 16.0).exp2();
            (x, sign(&mut random) * (random.unit() * 26.0 - 16.0).exp2())
        }
        2 => {
            let x = ((stratum - 0.5) * 40.0).exp2();
            (x, (random.unit() - 0.5) * 2.2 * -f64::from(T::LOWEST) / x.log2())
        }
        _ => (
            sign(&mut random) * seam(&mut random),
            sign(&mut random) * seam(&mut random),
        ),
    };
    (T::from_f64(x), T::from_f64(y))
}

/// A number near a seam, a multiple of an eighth of a turn or of half of log 2: at any distance down to the last place.
fn seam(random: &mut Random) -> f64 {
    let many = (random.unit() * 40.0).exp2().floor();
    let at = match random.bits() % 4 {
        0 => many * FRAC_PI_4,
        1 => (many % 3000.0) * LN_2 / 2.0,
        _ => SEAMS[(random.bits() % SEAMS.len() as u64) as usize],
    };
    let away = (-53.0 * random.unit()).exp2() * (random.unit() - 0.5);
    at + at * away
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e3779b97f4a7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d049bb133111eb);
        z ^ z >> 31
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 2f64.powi(53)
    }
}
