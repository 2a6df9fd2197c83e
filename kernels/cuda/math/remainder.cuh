// Rests of division, and floats as integers of 32 bits, as JavaScript's bitwise operators take them.
#pragma once

namespace math {

// The exponent of a finite x > 0, which may be below the range of normal ones; biased.
template <typename T>
__device__ __forceinline__ int exponent(T x) {
    using N = Numbers<T>;
    bool tiny = x < N::SMALLEST_NORMAL;
    int biased = static_cast<int>(bits(tiny ? x * N::LIFT : x) >> N::MANTISSA);
    return tiny ? biased - N::LIFT_BITS : biased;
}

// x × 2^n for n >= 0, where the product is finite.
template <typename T>
__device__ __forceinline__ T raised(T x, int n) {
    unsigned bias = Numbers<T>::BIAS_OF_EXPONENTS, whole = static_cast<unsigned>(n), half = whole / 2;
    return x * of_exponent<T>(bias + half) * of_exponent<T>(bias + whole - half);
}

// The rest of the division that truncates: exact, with the dividend's sign. A step takes multiples of the divisor times a
// power of two so large that the quotient is exactly whole; ordinary quotients need one.
template <typename T>
__device__ __forceinline__ T fmod(T x, T y) {
    T left = abs(x), divisor = abs(y);
    bool defined = left < infinity<T>() && divisor > 0;
    while (defined && left >= divisor) {
        int excess = exponent(left) - exponent(divisor) - (Numbers<T>::MANTISSA - 1);
        T large = raised(divisor, max(excess, 0));
        // A quotient that was rounded up leaves less than nothing.
        T rest = fma(-trunc(left / large), large, left);
        left = rest < 0 ? rest + large : rest;
    }
    return defined ? bit_or(left, sign_bit(x)) : nan<T>();
}
// Of integers; 0 for a divisor of 0.
__device__ __forceinline__ int fmod(int x, int y) {
    return y == 0 ? 0 : x % safe_divisor(y);
}

// A number modulo 2^32; 0 for what is infinite or NaN.
template <typename T>
__device__ __forceinline__ unsigned to_word(T x) {
    using N = Numbers<T>;
    typename N::Bits size = bits(abs(x)), hidden = bits(N::SMALLEST_NORMAL);
    auto mantissa = (size & (hidden - 1)) | hidden;
    int shift = static_cast<int>(size >> N::MANTISSA) - (N::BIAS_OF_EXPONENTS + N::MANTISSA);
    bool inside = -N::MANTISSA <= shift && shift < 32;
    unsigned whole = shift >= 0 ? static_cast<unsigned>(mantissa) << (shift & 31)
                                : static_cast<unsigned>(mantissa >> (-shift & (N::WIDTH - 1)));
    whole = inside ? whole : 0;
    return x < 0 ? 0 - whole : whole;
}

// How many zeros the number begins with as an integer of 32 bits.
template <typename T>
__device__ __forceinline__ T clz32(T x) {
    return static_cast<T>(leading_zeros(to_word(x)));
}
__device__ __forceinline__ int clz32(int x) {
    return leading_zeros(static_cast<unsigned>(x));
}

// The product of integers of 32 bits, wrapped.
template <typename T>
__device__ __forceinline__ T imul(T x, T y) {
    return static_cast<T>(wrapped(to_word(x) * to_word(y)));
}
__device__ __forceinline__ int imul(int x, int y) {
    return mul(x, y);
}

} // namespace math
