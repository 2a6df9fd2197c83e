// The constants of math for each float type: those of kernels/cpu/math/constants.rs, where each is explained.
#pragma once

namespace math {

// A polynomial with its lowest coefficient first: a chain of multiply-adds, whose constants stand in the instructions.
template <typename T>
__device__ __forceinline__ T polynomial(T, T last) {
    return last;
}
template <typename T, typename... Others>
__device__ __forceinline__ T polynomial(T x, T lowest, Others... others) {
    return fma(polynomial(x, others...), x, lowest);
}

// What the algorithms need to know of a float type:
//   MAGIC             adding it leaves a whole number in the low bits, and taking it away again has rounded to it
//   LIFT              2^LIFT_BITS makes every number normal
//   WHOLE             or-ing a small whole number into its bits adds it; BIAS is that plus the bias of exponents
//   REDUCIBLE         up to here the three parts of π/2 reduce angles
//   SHRINK, GROW      what squares above LARGE and below SMALL are scaled by before they are taken
//   exp_tail(r)       (e^r − 1 − r) / r²
//   log_series(z)     (log m − 2s) / s³ in z = s²; log_tail(z) is that less its first term 2/3, divided by z
//   erf_series(x)     −log(1 − erf x) / x less ERF_SLOPE, for x up to ERF_FLAT
//   sin_series(r²)    (sin r − r) / r³; cos_series(r²) is (cos r − 1 + r²/2) / r⁴
//   atan_series(t²)   (atan t − t) / t³, for t up to 1/2
template <typename T>
struct Numbers;

template <>
struct Numbers<float> {
    using Bits = unsigned;
    static constexpr int WIDTH = 32, MANTISSA = 23, LIFT_BITS = 24, BIAS_OF_EXPONENTS = 127;
    static constexpr Bits INFINITY_BITS = 0x7f800000, NAN_BITS = 0x7fc00000;
    static constexpr float SMALLEST_NORMAL = 0x1p-126f, LIFT = 0x1p24f, LOWER_ROOT = 0x1p-8f;
    static constexpr float ROOT_HALF = 0.707106781186547524401f;
    static constexpr float WHOLE = 0x1p23f, BIAS = 0x1p23f + 127, BIAS_LIFTED = 0x1p23f + 127 + 24;
    static constexpr float MAGIC = 0x1.8p23f, MAGIC_AND_BIAS = 0x1.8p23f + 127;
    static constexpr float MAGIC_AND_BIASES = 0x1.8p23f + 254;
    static constexpr float LOG2_E = 1.44269504088896340736f, LOG2_E_LOW = 1.925963e-8f;
    static constexpr float LOG10_E = 0.434294481903251827651f, LOG10_E_LOW = -1.010305e-8f;
    static constexpr float LN2_HIGH = 0.693147180559945309417f, LN2_LOW = -1.9046542e-9f;
    static constexpr float EXP_LOWEST = -106.0f, EXP_HIGHEST = 90.0f, TANH_FLAT = 20.0f;
    static constexpr float ERF_FLAT = 4.0f, ERF_SLOPE = 1.12837916709551257390f;
    static constexpr float TWO_THIRDS_HIGH = 0.6666667f, TWO_THIRDS_LOW = -1.9868216e-8f;
    static constexpr float TWO_OVER_PI = 0.636619772367581343076f;
    static constexpr float HALF_PI = 1.57079632679489661923f, HALF_PI_MIDDLE = -4.371139e-8f;
    static constexpr float HALF_PI_LAST = -1.7151245e-15f;
    static constexpr float REDUCIBLE = 32768.0f, NEARLY_ZERO = 0x1p-13f;
    static constexpr float LARGE = 4.6e18f, SMALL = 9e-13f, SHRINK = 0x1p-66f, GROW = 0x1p100f;

    static __device__ __forceinline__ float exp_tail(float r) {
        return polynomial(r, 0.49999994f, 0.16666521f, 0.04166839f, 0.008368717f, 0.0013814594f);
    }

    static __device__ __forceinline__ float log_series(float z) {
        return polynomial(z, 0.66666776f, 0.39977497f, 0.2987307f);
    }

    static __device__ __forceinline__ float log_tail(float z) {
        return polynomial(z, 0.40000153f, 0.28547084f, 0.23419818f);
    }

    static __device__ __forceinline__ float erf_series(float x) {
        return polynomial(x,
                          -5.910302e-8f, 6.366198e-1f, 0.102771275f, -0.019117694f, -0.0002530608f,
                          0.0017993535f, -0.0007406856f, 0.00016748083f, -2.1354559e-5f, 1.1932948e-6f);
    }

    static __device__ __forceinline__ float sin_series(float square) {
        return polynomial(square, -0.16666655f, 0.008332173f, -0.00019516655f);
    }

    static __device__ __forceinline__ float cos_series(float square) {
        return polynomial(square, 0.041666646f, -0.0013887362f, 2.443773e-5f);
    }

    static __device__ __forceinline__ float atan_series(float z) {
        return polynomial(z, -0.33333233f, 0.19994219f, -0.14174901f, 0.10159425f, -0.0513152f);
    }
};

template <>
struct Numbers<double> {
    using Bits = unsigned long long;
    static constexpr int WIDTH = 64, MANTISSA = 52, LIFT_BITS = 54, BIAS_OF_EXPONENTS = 1023;
    static constexpr Bits INFINITY_BITS = 0x7ff0000000000000, NAN_BITS = 0x7ff8000000000000;
    static constexpr double SMALLEST_NORMAL = 0x1p-1022, LIFT = 0x1p54, LOWER_ROOT = 0x1p-18;
    static constexpr double ROOT_HALF = 0.707106781186547524401;
    static constexpr double WHOLE = 0x1p52, BIAS = 0x1p52 + 1023, BIAS_LIFTED = 0x1p52 + 1023 + 54;
    static constexpr double MAGIC = 0x1.8p52, MAGIC_AND_BIAS = 0x1.8p52 + 1023;
    static constexpr double MAGIC_AND_BIASES = 0x1.8p52 + 2046;
    static constexpr double LOG2_E = 1.44269504088896340736, LOG2_E_LOW = 2.0355273740931033e-17;
    static constexpr double LOG10_E = 0.434294481903251827651, LOG10_E_LOW = 1.098319650216765e-17;
    static constexpr double LN2_HIGH = 0.693147180559945309417, LN2_LOW = 2.3190468138462996e-17;
    static constexpr double EXP_LOWEST = -747.0, EXP_HIGHEST = 711.0, TANH_FLAT = 40.0;
    static constexpr double ERF_FLAT = 6.0, ERF_SLOPE = 1.12837916709551257390;
    static constexpr double TWO_THIRDS_HIGH = 0.6666666666666666, TWO_THIRDS_LOW = 3.700743415417188e-17;
    static constexpr double TWO_OVER_PI = 0.636619772367581343076;
    static constexpr double HALF_PI = 1.57079632679489661923, HALF_PI_MIDDLE = 6.123233995736766e-17;
    static constexpr double HALF_PI_LAST = -1.4973849048591698e-33;
    static constexpr double REDUCIBLE = 1073741824.0, NEARLY_ZERO = 0x1p-27;
    static constexpr double LARGE = 1e150, SMALL = 1e-120, SHRINK = 0x1p-600, GROW = 0x1p700;

    static __device__ __forceinline__ double exp_tail(double r) {
        return polynomial(r,
                          0.5, 0.16666666666666677, 0.0416666666666667, 0.008333333333321615,
                          0.0013888888888866817, 0.00019841269886158814, 2.4801587360588174e-5,
                          2.7557244181763616e-6, 2.755724273601854e-7, 2.5109044922671627e-8,
                          2.092445017434925e-9);
    }

    static __device__ __forceinline__ double log_series(double z) {
        return polynomial(z,
                          0.6666666666666735, 0.39999999999411096, 0.2857142874326243, 0.22222198475988242,
                          0.18183569740495178, 0.15313903211891272, 0.14797508218137082);
    }

    static __device__ __forceinline__ double log_tail(double z) {
        return polynomial(z,
                          0.4000000000000227, 0.28571428570091884, 0.22222222521356208, 0.18181784236808857,
                          0.153867635431071, 0.13256668565468924, 0.13197752672153149);
    }

    static __device__ __forceinline__ double erf_series(double x) {
        return polynomial(x,
                          9.747087452997882e-18, 0.6366197723675836, 0.10277260330178876,
                          -0.01912844700507046, -0.0002091946948401883, 0.0016962063857221701,
                          -0.0005901255527520327, 2.5878603677017305e-05, 6.449186270540275e-05,
                          -2.97240504374475e-05, 3.40727301216472e-06, 2.8351301286650824e-06,
                          -1.741537075390982e-06, 3.3635640207218743e-07, 1.3718718351273165e-07,
                          -1.4176439526062555e-07, 6.573442618065742e-08, -2.096294114913779e-08,
                          4.997776359202341e-09, -9.082371821744775e-10, 1.248432815885534e-10,
                          -1.2611275653702277e-11, 8.84580993558486e-13, -3.850651473206189e-14,
                          7.834495228370041e-16);
    }

    static __device__ __forceinline__ double sin_series(double square) {
        return polynomial(square,
                          -0.16666666666666632, 0.008333333333322316, -0.00019841269829725286,
                          2.7557313662081175e-6, -2.5050753267628078e-8, 1.5896505097828443e-10);
    }

    static __device__ __forceinline__ double cos_series(double square) {
        return polynomial(square,
                          0.0416666666666666, -0.001388888888887399, 2.4801587289394987e-5,
                          -2.755731432604235e-7, 2.0875719559740136e-9, -1.1359448714257272e-11);
    }

    static __device__ __forceinline__ double atan_series(double z) {
        return polynomial(z,
                          -0.3333333333333298, 0.19999999999902787, -0.1428571427635757, 0.1111111065840411,
                          -0.09090896213754195, 0.07692073425412829, -0.06663805623734187,
                          0.05858265024242621, -0.05121854730264491, 0.0418607935617047,
                          -0.027428109262844183, 0.010112046772478346);
    }
};

template <typename T>
__device__ __forceinline__ T infinity() {
    return of_bits(Numbers<T>::INFINITY_BITS);
}
template <typename T>
__device__ __forceinline__ T nan() {
    return of_bits(Numbers<T>::NAN_BITS);
}

// The low word of a number's bits.
template <typename T>
__device__ __forceinline__ unsigned low_word(T x) {
    return static_cast<unsigned>(bits(x));
}
// The number with these bits as its biased exponent and sign, and no mantissa.
template <typename T>
__device__ __forceinline__ T of_exponent(unsigned biased) {
    return of_bits(static_cast<typename Numbers<T>::Bits>(biased) << Numbers<T>::MANTISSA);
}
// The nearest whole number of a moderate one: adding MAGIC rounds as `round` does, which is an instruction of the slower
// unit that converts types. A zero loses its sign.
template <typename T>
__device__ __forceinline__ T nearest(T x) {
    return (x + Numbers<T>::MAGIC) - Numbers<T>::MAGIC;
}

} // namespace math
