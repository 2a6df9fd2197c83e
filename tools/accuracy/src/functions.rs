//! The functions: what each is to `f64`'s library functions, and to MPFR.

use rug::Float;

/// Bits that MPFR computes with: the error of its results is far below what is measured.
pub const PRECISION: u32 = 96;

/// What a function truly is.
pub struct Function {
    /// The name of its row in the table of ops.
    pub name: &'static str,
    /// In `f64`, by the C library, whose results are within two units of the last place of `f64`.
    pub double: fn(f64) -> f64,
    /// By MPFR; none for functions that give whole numbers, of which `double` is exact.
    pub exact: Option<fn(Float) -> Float>,
    /// The largest errors that are allowed, in `f32` and `f64`.
    pub bounds: [f64; 2],
}

/// What a function of two arguments truly is, by MPFR.
pub struct Function2 {
    /// The name of its row in the table of ops.
    pub name: &'static str,
    /// The function.
    pub exact: fn(Float, Float) -> Float,
}

/// The largest errors that are allowed for functions of two arguments.
pub const BOUNDS_OF_TWO: [f64; 2] = [2.0, 3.0];

const STRICT: [f64; 2] = [1.0, 2.0];
const ORDINARY: [f64; 2] = [2.0, 3.0];
/// Rounded correctly.
const ROUNDED: [f64; 2] = [0.5, 0.5];
const EXACT: [f64; 2] = [0.0, 0.0];

mod c {
    unsafe extern "C" {
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn erf(x: f64) -> f64;
    }
}

fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

fn half_up(x: f64) -> f64 {
    let up = if x.fract() == -0.5 { x.ceil() } else { x.round() };
    up.copysign(x)
}

fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

macro_rules! exact {
    () => {
        None
    };
    ($f:expr) => {
        Some($f)
    };
}

macro_rules! functions {
    ($($name:literal $bounds:ident |$x:ident| $double:expr $(, $exact:expr)?;)*) => {
        /// The functions of one argument.
        pub static FUNCTIONS: &[Function] = &[$(
            Function { name: $name, double: |$x| $double, exact: exact!($(|$x| $exact)?), bounds: $bounds },
        )*];
    };
}

functions! {
    "exp" STRICT |x| x.exp(), x.exp();
    "log" STRICT |x| x.ln(), x.ln();
    "sin" STRICT |x| x.sin(), x.sin();
    "cos" STRICT |x| x.cos(), x.cos();
    "tanh" ORDINARY |x| x.tanh(), x.tanh();
    "sigmoid" ORDINARY |x| sigmoid(x), ((-x).exp() + 1u32).recip();
    "erf" ORDINARY |x| c::erf(x), x.erf();
    "expm1" ORDINARY |x| x.exp_m1(), x.exp_m1();
    "log1p" ORDINARY |x| x.ln_1p(), x.ln_1p();
    "log2" ORDINARY |x| x.log2(), x.log2();
    "log10" ORDINARY |x| x.log10(), x.log10();
    "cbrt" ORDINARY |x| x.cbrt(), x.cbrt();
    "tan" ORDINARY |x| x.tan(), x.tan();
    "asin" ORDINARY |x| x.asin(), x.asin();
    "acos" ORDINARY |x| x.acos(), x.acos();
    "atan" ORDINARY |x| x.atan(), x.atan();
    "sinh" ORDINARY |x| x.sinh(), x.sinh();
    "cosh" ORDINARY |x| x.cosh(), x.cosh();
    "asinh" ORDINARY |x| c::asinh(x), x.asinh();
    "acosh" ORDINARY |x| c::acosh(x), x.acosh();
    "atanh" ORDINARY |x| c::atanh(x), x.atanh();
    "sqrt" ROUNDED |x| x.sqrt(), x.sqrt();
    "square" ROUNDED |x| x * x, x.square();
    "reciprocal" ROUNDED |x| 1.0 / x, x.recip();
    "roundHalfUp" EXACT |x| half_up(x);
    "round" EXACT |x| x.round_ties_even();
    "trunc" EXACT |x| x.trunc();
    "floor" EXACT |x| x.floor();
    "ceil" EXACT |x| x.ceil();
    "sign" EXACT |x| sign(x);
}

macro_rules! functions_of_two {
    ($($name:literal |$x:ident, $y:ident| $exact:expr;)*) => {
        /// The functions of two arguments.
        pub static FUNCTIONS_OF_TWO: &[Function2] = &[$(
            Function2 { name: $name, exact: |$x, $y| $exact },
        )*];
    };
}

functions_of_two! {
    "pow" |x, y| rug::ops::Pow::pow(x, y);
    "atan2" |y, x| y.atan2(&x);
    "hypot" |x, y| x.hypot(&y);
}
