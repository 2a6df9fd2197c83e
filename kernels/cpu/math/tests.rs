//! Every function against the standard library in `f64`, on samples of all magnitudes and on specials.

use super::*;
use crate::cpu::simd::{Kernel, Simd, Tier, best, dispatch_on};

const SAMPLES: usize = 400_000;

/// A function for both float types and what it should be.
#[derive(Clone, Copy, Debug)]
enum Function {
    Exp,
    Log,
    Tanh,
    Sigmoid,
    Sin,
    Cos,
    Pow,
}
use Function::*;

const ALL: [Function; 7] = [Exp, Log, Tanh, Sigmoid, Sin, Cos, Pow];

impl Function {
    #[inline(always)]
    fn apply<V: Float<Elem: Math>>(self, x: V, y: V) -> V {
        match self {
            Exp => exp(x),
            Log => log(x),
            Tanh => tanh(x),
            Sigmoid => sigmoid(x),
            Sin => sin(x),
            Cos => cos(x),
            Pow => pow(x, y),
        }
    }

    fn truth(self, x: f64, y: f64) -> f64 {
        match self {
            Exp => x.exp(),
            Log => x.ln(),
            Tanh => x.tanh(),
            Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
            Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Sin => x.sin(),
            Cos => x.cos(),
            Pow => x.powf(y),
        }
    }

    /// The bound in ulp; the truth in `f64` may itself be wrong by one.
    fn bound(self) -> f64 {
        match self {
            Exp | Log => 1.02,
            Sin | Cos | Pow => 1.6,
            Tanh | Sigmoid => 2.6,
        }
    }
}

/// A number of either type, from random bits or of a moderate magnitude.
trait Sample: Math {
    const EPSILON: f64;
    fn any(bits: u64) -> Self;
    fn run<S: Simd>(function: Function, x: &[Self], y: &[Self], out: &mut [Self]);
    fn same(self, other: Self) -> bool;
}

macro_rules! samples {
    ($ty:ident, $uint:ty, $vector:ident) => {
        impl Sample for $ty {
            const EPSILON: f64 = $ty::EPSILON as f64;
            fn any(bits: u64) -> $ty {
                $ty::from_bits(bits as $uint)
            }
            #[inline(always)]
            fn run<S: Simd>(function: Function, x: &[$ty], y: &[$ty], out: &mut [$ty]) {
                for at in (0..x.len()).step_by(S::$vector::LANES) {
                    let n = S::$vector::LANES.min(x.len() - at);
                    // SAFETY: `n` elements are left in each slice.
                    unsafe {
                        let (a, b) = (x.as_ptr().add(at), y.as_ptr().add(at));
                        let result =
                            function.apply(S::$vector::load_first(a, n), S::$vector::load_first(b, n));
                        result.store_first(out.as_mut_ptr().add(at), n);
                    }
                }
            }
            fn same(self, other: $ty) -> bool {
                self.to_bits() == other.to_bits() || self.is_nan() && other.is_nan()
            }
        }
    };
}
samples!(f32, u32, F32);
samples!(f64, u64, F64);

struct Run<'a, T>(Function, &'a [T], &'a [T], &'a mut [T]);

impl<T: Sample> Kernel for Run<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self) {
        T::run::<S>(self.0, self.1, self.2, self.3)
    }
}

fn on_tier<T: Sample>(tier: Tier, function: Function, x: &[T], y: &[T]) -> Vec<T> {
    let mut out = vec![T::ZERO; x.len()];
    // SAFETY: callers name no tier above the best.
    unsafe { dispatch_on(tier, Run(function, x, y, &mut out)) };
    out
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e3779b97f4a7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d049bb133111eb);
    z ^ z >> 31
}

fn specials<T: Sample>() -> Vec<T> {
    let mut all: Vec<f64> = vec![
        0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 10.0, 88.7, 89.0, 103.97, 709.78, 745.1, 1e5, 1e22,
    ];
    all.extend([
        f64::INFINITY,
        f64::NAN,
        1e-45,
        1e-38,
        5e-324,
        1e-308,
        3e38,
        1.7e308,
        16777215.0,
        9007199254740991.0,
    ]);
    all.extend([
        1.0 - 2f64.powi(-24),
        1.0 + 2f64.powi(-23),
        1.0 - 2f64.powi(-53),
        std::f64::consts::PI,
    ]);
    all.iter()
        .flat_map(|&x| [T::from_f64(x), T::from_f64(-x)])
        .collect()
}

fn inputs<T: Sample>() -> (Vec<T>, Vec<T>) {
    let special = specials::<T>();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for &a in &special {
        for &b in &special {
            x.push(a);
            y.push(b);
        }
    }
    let mut state = 7;
    for i in 0..SAMPLES {
        let unit = |bits: u64| (bits >> 11) as f64 / (1u64 << 53) as f64;
        let (a, b) = (random(&mut state), random(&mut state));
        x.push(if i % 2 == 0 {
            T::any(a)
        } else {
            T::from_f64((unit(a) - 0.3) * 2f64.powi((b % 20) as i32 - 10))
        });
        y.push(if i % 4 == 0 {
            T::any(b)
        } else {
            T::from_f64((unit(b) - 0.5) * 64.0)
        });
    }
    (x, y)
}

/// How far `got` is from the truth, in units of the last place of the truth; infinite for wrong specials.
fn error<T: Sample>(got: T, truth: f64) -> f64 {
    let rounded = T::from_f64(truth);
    if got.same(rounded) {
        return 0.0;
    }
    if truth.is_nan() || got.to_f64().is_nan() || (truth == 0.0 && got.to_f64() == 0.0) {
        return f64::INFINITY;
    }
    let largest = T::from_f64(f64::MAX)
        .to_f64()
        .min((2.0 - T::EPSILON) * 2f64.powi(if T::WIDTH == 32 { 127 } else { 1023 }));
    let (got, truth) = (
        got.to_f64().clamp(-largest, largest),
        truth.clamp(-largest, largest),
    );
    let size = truth.abs().max(T::SMALLEST_NORMAL.to_f64());
    (got - truth).abs() / (2f64.powi(size.log2().floor() as i32) * T::EPSILON)
}

fn check<T: Sample>(slack: f64) {
    let (x, y) = inputs::<T>();
    for function in ALL {
        let out = on_tier(best(), function, &x, &y);
        let mut worst = (0.0, 0);
        for i in 0..x.len() {
            let wrong = error(out[i], function.truth(x[i].to_f64(), y[i].to_f64()));
            worst = if wrong > worst.0 { (wrong, i) } else { worst };
        }
        let (wrong, i) = worst;
        println!(
            "{function:?} {} bits: {wrong:.3} ulp at {:?}, {:?}",
            T::WIDTH,
            x[i],
            y[i]
        );
        assert!(
            wrong <= function.bound() + slack,
            "{function:?}({:?}, {:?}) = {:?}",
            x[i],
            y[i],
            out[i]
        );
    }
}

#[test]
fn single_precision_is_within_its_bounds() {
    check::<f32>(0.0);
}

#[test]
fn double_precision_is_within_its_bounds() {
    check::<f64>(0.6);
}

fn compare_tiers<T: Sample>() {
    let (x, y) = inputs::<T>();
    let (x, y) = (&x[..40_003], &y[..40_003]);
    for function in ALL {
        let plain = on_tier(Tier::Plain, function, x, y);
        for tier in [Tier::Avx2, Tier::Avx512] {
            if tier <= best() {
                let other = on_tier(tier, function, x, y);
                let differs = (0..x.len()).find(|&i| !plain[i].same(other[i]));
                assert_eq!(differs.map(|i| (x[i], y[i])), None, "{function:?} on {tier:?}");
            }
        }
    }
}

#[test]
fn all_tiers_compute_the_same_bits() {
    compare_tiers::<f32>();
    compare_tiers::<f64>();
}

#[test]
fn the_angle_nearest_to_a_multiple_of_a_quarter_turn_keeps_its_digits() {
    let angle = 6381956970095103.0 * 2f64.powi(797);
    assert_eq!(on_tier(best(), Cos, &[angle], &[0.0]), [-4.687165924254628e-19]);
}
