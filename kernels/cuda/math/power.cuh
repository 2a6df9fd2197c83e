// Powers, and logarithms of other bases: the natural logarithm and its product are carried in two words.
#pragma once

namespace math {

// The logarithm of a finite x > 0.
template <typename T>
__device__ __forceinline__ Pair<T> log_pair(T x) {
    using N = Numbers<T>;
    auto [m, e] = split(x);
    T f = m - 1;
    Pair<T> below = exact_sum(T(1), m);
    T quotient = f / below.high;
    T missing = fma(-quotient, below.high, f) - quotient * below.low;
    Pair<T> s = {quotient, missing / below.high};
    Pair<T> z = pair_product(s, s);
    Pair<T> third = ordered_sum(N::TWO_THIRDS_HIGH, N::log_tail(z.high) * z.high);
    third.low = third.low + N::TWO_THIRDS_LOW;
    Pair<T> series = pair_product(pair_product(s, z), third);
    auto [near, near_rest] = ordered_sum(s.high + s.high, series.high);
    T rest = near_rest + (s.low + s.low + series.low);
    auto [far, far_rest] = exact_product(e, N::LN2_HIGH);
    auto [high, low] = exact_sum(far, near);
    return ordered_sum(high, low + (fma(e, N::LN2_LOW, far_rest) + rest));
}

// |x|^y, for |x| that is neither 0, 1, infinite nor NaN.
template <typename T>
__device__ __forceinline__ T ordinary_power(T base, T y) {
    Pair<T> log = log_pair(base);
    auto [z, rest] = exact_product(y, log.high);
    T low = fma(y, log.low, rest);
    // Beyond the bounds of exp the low word is of no use, and not a number if the product overflowed.
    bool bounded = abs(z) <= -Numbers<T>::EXP_LOWEST;
    auto [n, r] = reduce_exponent(bound_exponent(z));
    return scale(small_exp(r + (bounded ? low : T(0))), n);
}

// x^y as IEEE 754 has it: 1 to any power is 1, and so is anything to the power of 0.
template <typename T>
__device__ __forceinline__ T pow(T x, T y) {
    T base = abs(x), zero = 0, one = 1;
    T size = ordinary_power(base, y);
    size = base == 0 ? (y < 0 ? infinity<T>() : zero) : size;
    size = base == infinity<T>() ? (y < 0 ? zero : infinity<T>()) : size;
    size = base == one ? one : size;

    T half = y * T(0.5);
    bool whole = floor(y) == y, odd = floor(half) != half;
    // A negative number has powers that are whole; an infinite one has all.
    T fractional = x < 0 && base != infinity<T>() ? nan<T>() : size;
    T power = whole ? (odd ? bit_or(size, sign_bit(x)) : size) : fractional;

    power = x == x ? power : x;
    power = y == y ? power : y;
    return y == 0 || x == one ? one : power;
}

// The logarithm whose base has this pair as the reciprocal of its own; exact for whole powers of the base.
template <typename T>
__device__ __forceinline__ T log_of_base(T x, Pair<T> reciprocal) {
    auto [high, low] = pair_product(log_pair(x), reciprocal);
    return defined_logarithm(x, high + low);
}

template <typename T>
__device__ __forceinline__ T log2(T x) {
    return log_of_base(x, Pair<T>{Numbers<T>::LOG2_E, Numbers<T>::LOG2_E_LOW});
}

template <typename T>
__device__ __forceinline__ T log10(T x) {
    return log_of_base(x, Pair<T>{Numbers<T>::LOG10_E, Numbers<T>::LOG10_E_LOW});
}

} // namespace math
