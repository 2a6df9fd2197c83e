//! The constants of vector math for each float type.

use crate::cpu::simd::FloatElement;

/// What the algorithms need to know of a float type.
#[expect(missing_docs, reason = "the names say it")]
pub trait Math: FloatElement {
    const TWO: Self;
    const INFINITY: Self;
    const NAN: Self;
    const WIDTH: u32;
    const SMALLEST_NORMAL: Self;
    /// A power of two that makes every number normal.
    const LIFT: Self;
    /// What the cubic root of a lifted number is lowered by.
    const LOWER_ROOT: Self;
    const ROOT_HALF: Self;
    /// 2^(bits of the mantissa): or-ing a small whole number into its bits adds it.
    const WHOLE: Self;
    /// `WHOLE` plus the bias of exponents.
    const BIAS: Self;
    /// The same for numbers that were lifted.
    const BIAS_LIFTED: Self;

    const LOG2_E: Self;
    const LOG2_E_LOW: Self;
    const LOG10_E: Self;
    const LOG10_E_LOW: Self;
    const LN2_HIGH: Self;
    const LN2_LOW: Self;
    /// Below it `exp` is 0.
    const EXP_LOWEST: Self;
    /// Above it `exp` is infinite.
    const EXP_HIGHEST: Self;
    /// From its negative to here `exp` is a normal number with an exponent that is less than the highest.
    const EXP_NORMAL: Self;
    /// (e^r − 1 − r) / r².
    const EXP: &'static [Self];
    /// (log m − 2s) / s³ in z = s².
    const LOG: &'static [Self];
    /// Twice the place from which `tanh` is 1.
    const TANH_FLAT: Self;
    /// From here on `erf` is 1.
    const ERF_FLAT: Self;
    /// The slope of `erf` in 0.
    const ERF_SLOPE: Self;
    /// −log(1 − erf x) / x less `ERF_SLOPE`, for x up to `ERF_FLAT`.
    const ERF: &'static [Self];

    const TWO_THIRDS_HIGH: Self;
    const TWO_THIRDS_LOW: Self;
    /// `LOG` less its first term 2/3, divided by z.
    const LOG_TAIL: &'static [Self];

    const TWO_OVER_PI: Self;
    /// π/2 in three parts.
    const HALF_PI: [Self; 3];
    /// Up to here the three parts are enough.
    const REDUCIBLE: Self;
    /// (sin r − r) / r³ in r².
    const SIN: &'static [Self];
    /// (cos r − 1 + r²/2) / r⁴ in r².
    const COS: &'static [Self];

    /// (atan t − t) / t³ in t², for t up to 1/2.
    const ATAN: &'static [Self];
    /// Odd functions with the slope 1 in 0 are so near to x here that the rest is lost.
    const NEARLY_ZERO: Self;
    /// From here on squares are scaled down.
    const LARGE: Self;
    /// Up to here squares are scaled up.
    const SMALL: Self;
    /// A power of two: what squares above `LARGE` are scaled by before they are taken.
    const SHRINK: Self;
    /// The same below `SMALL`.
    const GROW: Self;

    /// Rounds from `f64`.
    fn from_f64(x: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
}

impl Math for f32 {
    const TWO: f32 = 2.0;
    const INFINITY: f32 = f32::INFINITY;
    const NAN: f32 = f32::NAN;
    const WIDTH: u32 = 32;
    const SMALLEST_NORMAL: f32 = f32::MIN_POSITIVE;
    const LIFT: f32 = 16777216.0;
    const LOWER_ROOT: f32 = 1.0 / 256.0;
    const ROOT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const WHOLE: f32 = 8388608.0;
    const BIAS: f32 = 8388608.0 + 127.0;
    const BIAS_LIFTED: f32 = 8388608.0 + 127.0 + 24.0;

    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    const LOG2_E_LOW: f32 = 1.925963e-8;
    const LOG10_E: f32 = std::f32::consts::LOG10_E;
    const LOG10_E_LOW: f32 = -1.010305e-8;
    const LN2_HIGH: f32 = std::f32::consts::LN_2;
    const LN2_LOW: f32 = -1.9046542e-9;
    const EXP_LOWEST: f32 = -106.0;
    const EXP_HIGHEST: f32 = 90.0;
    const EXP_NORMAL: f32 = 87.0;
    const EXP: &[f32] = &[0.49999994, 0.16666521, 0.04166839, 0.008368717, 0.0013814594];
    const LOG: &[f32] = &[0.66666776, 0.39977497, 0.2987307];
    const TANH_FLAT: f32 = 20.0;
    const ERF_FLAT: f32 = 4.0;
    const ERF_SLOPE: f32 = std::f32::consts::FRAC_2_SQRT_PI;
    const ERF: &[f32] = &[
        -5.910302e-8,
        6.366198e-1,
        0.102771275,
        -0.019117694,
        -0.0002530608,
        0.0017993535,
        -0.0007406856,
        0.00016748083,
        -2.1354559e-5,
        1.1932948e-6,
    ];

    const TWO_THIRDS_HIGH: f32 = 0.6666667;
    const TWO_THIRDS_LOW: f32 = -1.9868216e-8;
    const LOG_TAIL: &[f32] = &[0.40000153, 0.28547084, 0.23419818];

    const TWO_OVER_PI: f32 = std::f32::consts::FRAC_2_PI;
    const HALF_PI: [f32; 3] = [std::f32::consts::FRAC_PI_2, -4.371139e-8, -1.7151245e-15];
    const REDUCIBLE: f32 = 32768.0;
    const SIN: &[f32] = &[-0.16666655, 0.008332173, -0.00019516655];
    const COS: &[f32] = &[0.041666646, -0.0013887362, 2.443773e-5];

    const ATAN: &[f32] = &[-0.33333233, 0.19994219, -0.14174901, 0.10159425, -0.0513152];
    const NEARLY_ZERO: f32 = 1.0 / 8192.0;
    const LARGE: f32 = 4.6e18;
    const SMALL: f32 = 9e-13;
    const SHRINK: f32 = f32::from_bits((127 - 66) << 23);
    const GROW: f32 = f32::from_bits((127 + 100) << 23);

    fn from_f64(x: f64) -> f32 {
        x as f32
    }
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Math for f64 {
    const TWO: f64 = 2.0;
    const INFINITY: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const WIDTH: u32 = 64;
    const SMALLEST_NORMAL: f64 = f64::MIN_POSITIVE;
    const LIFT: f64 = 18014398509481984.0;
    const LOWER_ROOT: f64 = 1.0 / 262144.0;
    const ROOT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    const WHOLE: f64 = 4503599627370496.0;
    const BIAS: f64 = 4503599627370496.0 + 1023.0;
    const BIAS_LIFTED: f64 = 4503599627370496.0 + 1023.0 + 54.0;

    const LOG2_E: f64 = std::f64::consts::LOG2_E;
    const LOG2_E_LOW: f64 = 2.0355273740931033e-17;
    const LOG10_E: f64 = std::f64::consts::LOG10_E;
    const LOG10_E_LOW: f64 = 1.098319650216765e-17;
    const LN2_HIGH: f64 = std::f64::consts::LN_2;
    const LN2_LOW: f64 = 2.3190468138462996e-17;
    const EXP_LOWEST: f64 = -747.0;
    const EXP_HIGHEST: f64 = 711.0;
    const EXP_NORMAL: f64 = 708.0;
    const EXP: &[f64] = &[
        0.5,
        0.16666666666666677,
        0.0416666666666667,
        0.008333333333321615,
        0.0013888888888866817,
        0.00019841269886158814,
        2.4801587360588174e-5,
        2.7557244181763616e-6,
        2.755724273601854e-7,
        2.5109044922671627e-8,
        2.092445017434925e-9,
    ];
    const LOG: &[f64] = &[
        0.6666666666666735,
        0.39999999999411096,
        0.2857142874326243,
        0.22222198475988242,
        0.18183569740495178,
        0.15313903211891272,
        0.14797508218137082,
    ];
    const TANH_FLAT: f64 = 40.0;
    const ERF_FLAT: f64 = 6.0;
    const ERF_SLOPE: f64 = std::f64::consts::FRAC_2_SQRT_PI;
    const ERF: &[f64] = &[
        9.747087452997882e-18,
        0.6366197723675836,
        0.10277260330178876,
        -0.01912844700507046,
        -0.0002091946948401883,
        0.0016962063857221701,
        -0.0005901255527520327,
        2.5878603677017305e-05,
        6.449186270540275e-05,
        -2.97240504374475e-05,
        3.40727301216472e-06,
        2.8351301286650824e-06,
        -1.741537075390982e-06,
        3.3635640207218743e-07,
        1.3718718351273165e-07,
        -1.4176439526062555e-07,
        6.573442618065742e-08,
        -2.096294114913779e-08,
        4.997776359202341e-09,
        -9.082371821744775e-10,
        1.248432815885534e-10,
        -1.2611275653702277e-11,
        8.84580993558486e-13,
        -3.850651473206189e-14,
        7.834495228370041e-16,
    ];

    const TWO_THIRDS_HIGH: f64 = 0.6666666666666666;
    const TWO_THIRDS_LOW: f64 = 3.700743415417188e-17;
    const LOG_TAIL: &[f64] = &[
        0.4000000000000227,
        0.28571428570091884,
        0.22222222521356208,
        0.18181784236808857,
        0.153867635431071,
        0.13256668565468924,
        0.13197752672153149,
    ];

    const TWO_OVER_PI: f64 = std::f64::consts::FRAC_2_PI;
    const HALF_PI: [f64; 3] = [
        std::f64::consts::FRAC_PI_2,
        6.123233995736766e-17,
        -1.4973849048591698e-33,
    ];
    const REDUCIBLE: f64 = 1073741824.0;
    const SIN: &[f64] = &[
        -0.16666666666666632,
        0.008333333333322316,
        -0.00019841269829725286,
        2.7557313662081175e-6,
        -2.5050753267628078e-8,
        1.5896505097828443e-10,
    ];
    const COS: &[f64] = &[
        0.0416666666666666,
        -0.001388888888887399,
        2.4801587289394987e-5,
        -2.755731432604235e-7,
        2.0875719559740136e-9,
        -1.1359448714257272e-11,
    ];

    const ATAN: &[f64] = &[
        -0.3333333333333298,
        0.19999999999902787,
        -0.1428571427635757,
        0.1111111065840411,
        -0.09090896213754195,
        0.07692073425412829,
        -0.06663805623734187,
        0.05858265024242621,
        -0.05121854730264491,
        0.0418607935617047,
        -0.027428109262844183,
        0.010112046772478346,
    ];
    const NEARLY_ZERO: f64 = 1.0 / 134217728.0;
    const LARGE: f64 = 1e150;
    const SMALL: f64 = 1e-120;
    const SHRINK: f64 = f64::from_bits((1023 - 600) << 52);
    const GROW: f64 = f64::from_bits((1023 + 700) << 52);

    fn from_f64(x: f64) -> f64 {
        x
    }
    fn to_f64(self) -> f64 {
        self
    }
}
