// The hyperbolic functions and their inverses, from e^x - 1 and log(1 + x) without loss near 0.
#pragma once

namespace math {

// e^x - 1 in two words, where e^x is neither tiny nor near overflow.
template <typename T>
__device__ __forceinline__ Pair<T> growth_pair(T x) {
    using N = Numbers<T>;
    T n = nearest(x * N::LOG2_E);
    T near = fma(-n, N::LN2_HIGH, x);
    T far = n * N::LN2_LOW;
    T r = near - far;
    T lost = near - r - far;
    T tail = fma(N::exp_tail(r), r * r, lost);
    T power = power_of_two(n);
    auto [high, low] = exact_sum(power - 1, power * r);
    return ordered_sum(high, fma(power, tail, low));
}

// e^x / 2, which is finite a little longer than e^x.
template <typename T>
__device__ __forceinline__ T half_exp(T x) {
    auto [n, r] = reduce_exponent(bound_exponent(x));
    return scale(small_exp(r), n - 1);
}

// Where 1 is too small beside e^x to matter.
template <typename T>
__device__ __forceinline__ bool is_steep(T x) {
    return x > Numbers<T>::TANH_FLAT;
}

// e^x - 1.
template <typename T>
__device__ __forceinline__ T expm1(T x) {
    bool steep = is_steep(x);
    Pair<T> growth = growth_pair(steep ? T(0) : greater(-Numbers<T>::TANH_FLAT, x));
    T power = exp(x);
    return x == 0 ? x : steep ? power : growth.high;
}

// The hyperbolic sine: (t + t / (t + 1)) / 2 with t = e^|x| - 1.
template <typename T>
__device__ __forceinline__ T sinh(T x) {
    T size = abs(x);
    bool steep = is_steep(size);
    auto [high, low] = growth_pair(steep ? T(0) : size);
    T sum = high + (high / (high + 1) + low);
    T half = half_exp(size);
    T y = steep ? half : sum * T(0.5);
    return size < Numbers<T>::NEARLY_ZERO ? x : bit_or(y, sign_bit(x));
}

// The hyperbolic cosine: h + 1 / (4 h) with h = e^|x| / 2.
template <typename T>
__device__ __forceinline__ T cosh(T x) {
    T half = half_exp(abs(x));
    return half + T(0.25) / half;
}

// The logarithm of a sum of which `low` is at most half a unit of the last place of `high`.
template <typename T>
__device__ __forceinline__ T log_of_pair(Pair<T> x) {
    T y = log(x.high);
    return abs(y) < infinity<T>() ? y + x.low / x.high : y;
}

// log(1 + x).
template <typename T>
__device__ __forceinline__ T log1p(T x) {
    T y = log_of_pair(exact_sum(T(1), x));
    return x == 0 ? x : y;
}

// log(x + sqrt(x² + c)) for c 1 or -1; beyond LIFT the root is x.
template <typename T>
__device__ __forceinline__ T log_with_root(T x, T c) {
    bool far = x > Numbers<T>::LIFT;
    auto [root, rest] = pair_root(square_plus(x, c));
    auto [sum, low] = exact_sum(x, root);
    T near = log_of_pair(select(far, Pair<T>{x, 0}, Pair<T>{sum, low + rest}));
    return far ? near + Numbers<T>::LN2_HIGH : near;
}

// The inverse of the hyperbolic sine.
template <typename T>
__device__ __forceinline__ T asinh(T x) {
    T y = bit_or(log_with_root(abs(x), T(1)), sign_bit(x));
    return abs(x) < Numbers<T>::NEARLY_ZERO ? x : y;
}

// The inverse of the hyperbolic cosine.
template <typename T>
__device__ __forceinline__ T acosh(T x) {
    T y = log_with_root(x, T(-1));
    return x >= 1 ? y : nan<T>();
}

// The inverse of the hyperbolic tangent: half the logarithm of 1 + 2x / (1 - x).
template <typename T>
__device__ __forceinline__ T atanh(T x) {
    T size = abs(x);
    auto [quotient, rest] = pair_quotient(Pair<T>{size + size, 0}, exact_sum(T(1), -size));
    auto [sum, low] = exact_sum(T(1), quotient);
    T y = log_of_pair(Pair<T>{sum, low + rest}) * T(0.5);
    return size < Numbers<T>::NEARLY_ZERO ? x : bit_or(y, sign_bit(x));
}

} // namespace math
