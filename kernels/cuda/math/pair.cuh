// Numbers in two words, for what one word would round away.
#pragma once

namespace math {

// A number as an unevaluated sum; the second word is small.
template <typename T>
struct Pair {
    T high, low;
};

template <typename T>
__device__ __forceinline__ Pair<T> operator-(Pair<T> x) {
    return {-x.high, -x.low};
}

// a + b exactly, for |a| >= |b|.
template <typename T>
__device__ __forceinline__ Pair<T> ordered_sum(T a, T b) {
    T sum = a + b;
    return {sum, b - (sum - a)};
}

// a + b exactly.
template <typename T>
__device__ __forceinline__ Pair<T> exact_sum(T a, T b) {
    T sum = a + b;
    T part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}

// a × b exactly.
template <typename T>
__device__ __forceinline__ Pair<T> exact_product(T a, T b) {
    T product = a * b;
    return {product, fma(a, b, -product)};
}

// The product of two pairs, but for the smallest part.
template <typename T>
__device__ __forceinline__ Pair<T> pair_product(Pair<T> a, Pair<T> b) {
    auto [high, low] = exact_product(a.high, b.high);
    return {high, fma(a.low, b.high, fma(a.high, b.low, low))};
}

// The quotient of two pairs; what is left of it is lost where it is too small or infinite.
template <typename T>
__device__ __forceinline__ Pair<T> pair_quotient(Pair<T> a, Pair<T> b) {
    T quotient = a.high / b.high;
    T left = fma(-quotient, b.high, a.high) + a.low;
    return {quotient, (left - quotient * b.low) / b.high};
}

// a / (c + b) with one division: a product with the reciprocal, corrected by what it misses. The quotient times c, a
// power of two, is between a / 2 and 2 a, so that one factor is taken from a exactly.
template <typename T>
__device__ __forceinline__ T quotient_by_sum(T a, T c, T b) {
    T reciprocal = T(1) / (c + b);
    T quotient = a * reciprocal;
    T left = fma(-quotient, b, fma(-quotient, c, a));
    return fma(left, reciprocal, quotient);
}

// The square root of a pair >= 0.
template <typename T>
__device__ __forceinline__ Pair<T> pair_root(Pair<T> x) {
    T root = sqrt(x.high);
    T left = fma(-root, root, x.high) + x.low;
    T low = left * T(0.5) / root;
    return {root, root == 0 ? T(0) : low};
}

// x² + c, |c| = 1.
template <typename T>
__device__ __forceinline__ Pair<T> square_plus(T x, T c) {
    auto [square, low] = exact_product(x, x);
    auto [sum, rest] = exact_sum(square, c);
    return {sum, rest + low};
}

} // namespace math
