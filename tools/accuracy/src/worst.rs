//! The largest error of many, and how errors are counted.

use crate::kernel::Number;
use rug::Float;

/// The largest error so far.
#[derive(Clone, Copy, Default)]
pub struct Worst {
    /// In units of the last place; infinite where NaN, a sign of zero or an infinity is wrong.
    pub error: f64,
    /// The arguments' bits.
    pub at: [u64; 2],
    /// How many results were compared.
    pub compared: u64,
    /// Whether another tier gave other bits.
    pub differs: bool,
}

impl Worst {
    /// Takes an error into account.
    #[inline(always)]
    pub fn add(&mut self, error: f64, at: [u64; 2]) {
        if error > self.error {
            (self.error, self.at) = (error, at);
        }
    }

    /// The worst of both.
    pub fn with(self, other: Worst) -> Worst {
        let worst = if other.error > self.error { other } else { self };
        Worst {
            compared: self.compared + other.compared,
            differs: self.differs || other.differs,
            ..worst
        }
    }
}

/// 2^n for an exponent of `f64`'s normal numbers.
#[inline(always)]
fn power_of_two(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

/// How far `got` is from `truth`, in the spacing of the type's numbers around the truth. An infinite result counts as
/// the power of two behind the largest number.
#[inline(always)]
pub fn error_from_double(got: f32, truth: f64) -> f64 {
    let result = f64::from(got);
    if got.to_bits() == (truth as f32).to_bits() && (result == truth || truth == 0.0) {
        return 0.0;
    }
    if truth.is_nan() || result.is_nan() {
        return if truth.is_nan() && result.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    if is_wrong_special(
        result,
        truth.abs() == f64::INFINITY,
        truth == 0.0,
        truth.is_sign_negative(),
    ) {
        return f64::INFINITY;
    }
    let edge = power_of_two(128);
    let (result, truth) = (result.clamp(-edge, edge), truth.clamp(-edge, edge));
    let exponent = ((truth.to_bits() >> 52 & 0x7ff) as i32 - 1023).clamp(f32::LOWEST, 127);
    (result - truth).abs() * power_of_two(f32::FRACTION - exponent)
}

/// Whether a result that is a number has the wrong sign, or is finite or not zero where the truth is not.
#[inline(always)]
fn is_wrong_special(result: f64, infinite: bool, zero: bool, negative: bool) -> bool {
    let sign = result.is_sign_negative() != negative;
    infinite && (sign || result.is_finite()) || zero && (sign || result != 0.0) || sign && result == 0.0
}

/// The same with a truth by MPFR.
pub fn error_from_exact<T: Number>(got: T, truth: &Float) -> f64 {
    let result = got.to_f64();
    if truth.is_nan() || result.is_nan() {
        return if truth.is_nan() && result.is_nan() {
            0.0
        } else {
            f64::INFINITY
        };
    }
    let negative = truth.is_sign_negative();
    if is_wrong_special(result, truth.is_infinite(), truth.is_zero(), negative) {
        return f64::INFINITY;
    }
    let Some(exponent) = truth.get_exp() else {
        return 0.0;
    };
    let (highest, exponent) = (1 - T::LOWEST, exponent.saturating_sub(1));
    let edge = || Float::with_val(truth.prec(), if negative { -1 } else { 1 }) << (highest + 1);
    let result = if result.is_finite() {
        Float::with_val(53, result)
    } else {
        edge()
    };
    let truth = if exponent > highest { edge() } else { truth.clone() };
    let unit = exponent.clamp(T::LOWEST, highest) - T::FRACTION;
    // The truth first: the difference has its precision.
    ((truth - result) >> unit).to_f64().abs()
}
