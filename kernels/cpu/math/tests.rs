//! Every function against the standard library in `f64`, on samples of all magnitudes and on specials.

use super::*;
use crate::cpu::simd::{Kernel, Simd, Tier, best, dispatch_on, tiers};
use crate::testing::Fingerprint;

const SAMPLES: usize = 400_000;

/// The functions for both float types: what is tested, what it should be, and the bound in ulp; the truth in `f64`
/// may itself be wrong by one, which is added there.
macro_rules! functions {
    ($($name:ident |$x:ident, $y:ident| $got:expr, $truth:expr, within $bound:literal;)*) => {
        #[derive(Clone, Copy, Debug)]
        enum Function {
            $($name,)*
        }
        use Function::*;

        const ALL: &[Function] = &[$($name),*];

        impl Function {
            #[inline(always)]
            fn apply<V: Float<Elem: Math>>(self, x: V, y: V) -> V {
                match self {
                    $($name => { let ($x, $y) = (x, y); $got })*
                }
            }

            fn truth(self, x: f64, y: f64) -> f64 {
                match self {
                    $($name => { let ($x, $y) = (x, y); $truth })*
                }
            }

            fn bound(self) -> f64 {
                match self {
                    $($name => $bound,)*
                }
            }
        }
    };
}

functions! {
    Exp |x, _y| exp(x), x.exp(), within 1.0;
    Expm1 |x, _y| expm1(x), x.exp_m1(), within 1.1;
    Log |x, _y| log(x), x.ln(), within 1.0;
    Log1p |x, _y| log1p(x), x.ln_1p(), within 1.6;
    Log2 |x, _y| log2(x), x.log2(), within 0.6;
    Log10 |x, _y| log10(x), x.log10(), within 1.4;
    Cbrt |x, _y| cbrt(x), cube_root(x), within 0.6;
    Tanh |x, _y| tanh(x), x.tanh(), within 2.0;
    Sigmoid |x, _y| sigmoid(x), if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }, within 1.6;
    Erf |x, _y| erf(x), c::erf(x), within 1.8;
    Sin |x, _y| sin(x), x.sin(), within 1.0;
    Cos |x, _y| cos(x), x.cos(), within 1.0;
    Tan |x, _y| tan(x), x.tan(), within 1.6;
    Asin |x, _y| asin(x), x.asin(), within 1.0;
    Acos |x, _y| acos(x), x.acos(), within 1.1;
    Atan |x, _y| atan(x), x.atan(), within 1.0;
    Sinh |x, _y| sinh(x), x.sinh(), within 1.8;
    Cosh |x, _y| cosh(x), x.cosh(), within 1.6;
    Asinh |x, _y| asinh(x), c::asinh(x), within 1.6;
    Acosh |x, _y| acosh(x), c::acosh(x), within 1.6;
    Atanh |x, _y| atanh(x), c::atanh(x), within 1.6;
    Pow |x, y| pow(x, y), x.powf(y), within 1.6;
    Atan2 |x, y| atan2(x, y), x.atan2(y), within 1.0;
    Hypot |x, y| hypot(x, y), x.hypot(y), within 1.0;
    Fmod |x, y| fmod(x, y), x % y, within 0.0;
    Imul |x, y| imul(x, y), f64::from(modulo_word(x).wrapping_mul(modulo_word(y)) as i32), within 0.0;
    Clz32 |x, _y| clz32(x), f64::from(modulo_word(x).leading_zeros()), within 0.0;
    Fround |x, _y| fround(x), f64::from(x as f32), within 0.0;
    Trunc |x, _y| trunc(x), x.trunc(), within 0.0;
    RoundHalfUp |x, _y| round_half_up(x), half_up(x), within 0.0;
    Round |x, _y| x.round(), x.round_ties_even(), within 0.0;
    Sign |x, _y| x.sign(), if x == 0.0 || x.is_nan() { x } else { x.signum() }, within 0.0;
}

/// The C library's functions, where Rust has none or less precise ones.
mod c {
    unsafe extern "C" {
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn erf(x: f64) -> f64;
    }
}

/// A number's whole part modulo 2^32, bit by bit.
fn modulo_word(x: f64) -> u32 {
    let exponent = (x.to_bits() >> 52) as i32 % 2048 - 1075;
    let mantissa = x.to_bits() % (1 << 52) + (1 << 52);
    let size = match exponent {
        -52..0 => (mantissa >> -exponent) as u32,
        0..32 => (mantissa << exponent) as u32,
        _ => 0,
    };
    if x < 0.0 { size.wrapping_neg() } else { size }
}

/// The nearest whole number, halves up.
fn half_up(x: f64) -> f64 {
    let up = if x.fract() == -0.5 { x.ceil() } else { x.round() };
    up.copysign(x)
}

/// The platform's cube root, which may be 4 ulp off, improved by a step of Newton's.
fn cube_root(x: f64) -> f64 {
    if x != 0.0 && x.abs() < 1e-280 {
        return cube_root(x * 2f64.powi(300)) * 2f64.powi(-100);
    }
    let root = x.cbrt();
    let better = root - (root * root).mul_add(root, -x) / (3.0 * root * root);
    if better.is_finite() { better } else { root }
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
    // SAFETY: callers name tiers of the machine.
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
        0.5 - 2f64.powi(-54),
        2.5,
        2147483648.0,
        4294967295.0,
        6540.7958984375,
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
            // From all bit patterns in order: of every sign and exponent its share.
            T::any((i as u64 * (u64::MAX / SAMPLES as u64) + (a >> 19)) >> (64 - T::WIDTH))
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
    let mut outside = Vec::new();
    for &function in ALL {
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
        if wrong > function.bound() + slack {
            outside.push(format!("{function:?}({:?}, {:?}) = {:?}", x[i], y[i], out[i]));
        }
    }
    assert_eq!(outside, Vec::<String>::new());
}

#[test]
fn single_precision_is_within_its_bounds() {
    check::<f32>(0.0);
}

#[test]
fn double_precision_is_within_its_bounds() {
    check::<f64>(1.0);
}

fn compare_tiers<T: Sample>() {
    let (x, y) = inputs::<T>();
    let (x, y) = (&x[..40_003], &y[..40_003]);
    for &function in ALL {
        let plain = on_tier(Tier::Plain, function, x, y);
        let mut fingerprint = Fingerprint::default();
        plain.iter().for_each(|x| fingerprint.add_float(x.to_f64()));
        fingerprint.tell(&format!("{function:?} of {} bits", T::WIDTH));
        for &tier in tiers() {
            let other = on_tier(tier, function, x, y);
            let differs = (0..x.len()).find(|&i| !plain[i].same(other[i]));
            assert_eq!(differs.map(|i| (x[i], y[i])), None, "{function:?} on {tier:?}");
        }
    }
}

#[test]
fn all_tiers_compute_the_same_bits() {
    compare_tiers::<f32>();
    compare_tiers::<f64>();
}

/// Of ±0, ±∞ and the smallest number: what each function gives, where it is not NaN.
fn special_results<T: Sample>() {
    let (inf, half, one, zero) = (f64::INFINITY, 0.5, 1.0, 0.0);
    let (nan, tiny, quarter) = (f64::NAN, T::any(1).to_f64(), std::f64::consts::FRAC_PI_2);
    let same = [zero, -zero, inf, -inf, tiny];
    let rows = [
        (Exp, [one, one, inf, zero, one]),
        (Expm1, [zero, -zero, inf, -one, tiny]),
        (Log1p, [zero, -zero, inf, nan, tiny]),
        (Sigmoid, [half, half, one, zero, half]),
        (Tanh, [zero, -zero, one, -one, tiny]),
        (Erf, [zero, -zero, one, -one, tiny]),
        (Sin, [zero, -zero, nan, nan, tiny]),
        (Cos, [one, one, nan, nan, one]),
        (Tan, [zero, -zero, nan, nan, tiny]),
        (Asin, [zero, -zero, nan, nan, tiny]),
        (Acos, [quarter, quarter, nan, nan, quarter]),
        (Atan, [zero, -zero, quarter, -quarter, tiny]),
        (Sinh, same),
        (Cosh, [one, one, inf, inf, one]),
        (Asinh, same),
        (Acosh, [nan, nan, inf, nan, nan]),
        (Atanh, [zero, -zero, nan, nan, tiny]),
        (Trunc, [zero, -zero, inf, -inf, zero]),
        (Round, [zero, -zero, inf, -inf, zero]),
    ];
    let inputs = [zero, -zero, inf, -inf, tiny, nan].map(T::from_f64);
    for tier in [Tier::Plain, Tier::Avx2, Tier::Avx512]
        .into_iter()
        .filter(|&tier| tier <= best())
    {
        for (function, wanted) in rows {
            let found = on_tier(tier, function, &inputs, &inputs);
            for (i, wanted) in wanted.into_iter().chain([nan]).enumerate() {
                let (x, y) = (inputs[i], found[i]);
                assert!(
                    y.same(T::from_f64(wanted)),
                    "{function:?}({x:?}) = {y:?} on {tier:?}"
                );
            }
        }
        for function in [Log, Log2, Log10] {
            let found = on_tier(
                tier,
                function,
                &[zero, -zero, inf, -inf, one, -tiny, nan].map(T::from_f64),
                &[T::ZERO; 7],
            );
            let wanted = [-inf, -inf, inf, nan, zero, nan, nan].map(T::from_f64);
            assert!(
                found.iter().zip(wanted).all(|(y, wanted)| y.same(wanted)),
                "{function:?}: {found:?} on {tier:?}"
            );
        }
    }
}

#[test]
fn special_values_are_exact_on_all_tiers() {
    special_results::<f32>();
    special_results::<f64>();
}

#[test]
fn the_angle_nearest_to_a_multiple_of_a_quarter_turn_keeps_its_digits() {
    let angle = 6381956970095103.0 * 2f64.powi(797);
    assert_eq!(on_tier(best(), Cos, &[angle], &[0.0]), [-4.687165924254628e-19]);
}
