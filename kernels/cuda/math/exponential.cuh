// Exponentials and logarithms to base e, and what is a quotient of exponentials.
#pragma once

namespace math {

// n and r where x = n ln 2 + r, with n whole and r small, for x within the bounds of `exp`.
template <typename T>
__device__ __forceinline__ Pair<T> reduce_exponent(T x) {
    using N = Numbers<T>;
    T n = nearest(x * N::LOG2_E);
    T r = fma(-n, N::LN2_HIGH, x);
    return {n, fma(-n, N::LN2_LOW, r)};
}

// x within the bounds beyond which `exp` is 0 or infinite.
template <typename T>
__device__ __forceinline__ T bound_exponent(T x) {
    return clamp(x, Numbers<T>::EXP_LOWEST, Numbers<T>::EXP_HIGHEST);
}

// 2^n for a whole n in the range of normal exponents.
template <typename T>
__device__ __forceinline__ T power_of_two(T n) {
    return of_exponent<T>(low_word(n + Numbers<T>::MAGIC_AND_BIAS));
}

// x × 2^n for a whole n in the range of twice the exponents, in two factors, the first of which keeps x normal.
template <typename T>
__device__ __forceinline__ T scale(T x, T n) {
    // The exponents of both: half of n and twice the bias, and the rest. What else there is in the word is shifted out.
    unsigned both = low_word(n + Numbers<T>::MAGIC_AND_BIASES);
    unsigned half = both >> 1;
    return x * of_exponent<T>(half) * of_exponent<T>(both - half);
}

// e^r - 1 for a small r, to the last place also where it is next to nothing.
template <typename T>
__device__ __forceinline__ T growth(T r) {
    return fma(Numbers<T>::exp_tail(r), r * r, r);
}

// e^r for a small r.
template <typename T>
__device__ __forceinline__ T small_exp(T r) {
    return fma(fma(Numbers<T>::exp_tail(r), r, T(1)), r, T(1));
}

// e^x.
template <typename T>
__device__ __forceinline__ T exp(T x) {
    auto [n, r] = reduce_exponent(bound_exponent(x));
    return scale(small_exp(r), n);
}

// m and e where x = m 2^e and m is between the roots of 1/2 and 2, for finite x > 0.
template <typename T>
__device__ __forceinline__ Pair<T> split(T x) {
    using N = Numbers<T>;
    bool tiny = x < N::SMALLEST_NORMAL;
    auto normal = bits(tiny ? x * N::LIFT : x);
    auto biased = (normal + (bits(T(1)) - bits(N::ROOT_HALF))) >> N::MANTISSA;
    T whole = of_bits(biased | bits(N::WHOLE));
    T m = of_bits(normal - (biased << N::MANTISSA) + bits(T(1)));
    return {m, whole - (tiny ? N::BIAS_LIFTED : N::BIAS)};
}

// The logarithm y of x, where x may also be 0, infinite, negative or NaN.
template <typename T>
__device__ __forceinline__ T defined_logarithm(T x, T y) {
    y = x == infinity<T>() ? x : y;
    y = x == 0 ? -infinity<T>() : y;
    return x >= 0 ? y : nan<T>();
}

// The natural logarithm.
template <typename T>
__device__ __forceinline__ T log(T x) {
    using N = Numbers<T>;
    auto [m, e] = split(x);
    T f = m - 1;
    T s = f / (f + 2);
    T z = s * s;
    T half_square = f * f * T(0.5);
    T series = fma(N::log_series(z), z, half_square);
    T low = fma(s, series, e * N::LN2_LOW);
    return defined_logarithm(x, fma(e, N::LN2_HIGH, f - (half_square - low)));
}

// The hyperbolic tangent: u / (2 - u) with u = 1 - e^-2|x|.
template <typename T>
__device__ __forceinline__ T tanh(T x) {
    T minus_double = bit_or(x + x, T(-0.0));
    auto [n, r] = reduce_exponent(greater(-Numbers<T>::TANH_FLAT, minus_double));
    T power = power_of_two(n);
    T u = fma(-growth(r), power, 1 - power);
    return bit_or(quotient_by_sum(u, T(2), -u), sign_bit(x));
}

// 1 / (1 + e^-x), also precise where it is nearly 0.
template <typename T>
__device__ __forceinline__ T sigmoid(T x) {
    T minus = bit_or(x, T(-0.0));
    auto [n, r] = reduce_exponent(greater(Numbers<T>::EXP_LOWEST, minus));
    T e = scale(small_exp(r), n);
    return quotient_by_sum(x < 0 ? e : T(1), T(1), e);
}

} // namespace math
