// Rounding in the ways that processors have no instruction for; integers are whole as they are.
#pragma once

namespace math {

__device__ __forceinline__ int floor(int x) {
    return x;
}
__device__ __forceinline__ int ceil(int x) {
    return x;
}
__device__ __forceinline__ int trunc(int x) {
    return x;
}
__device__ __forceinline__ int round(int x) {
    return x;
}

// The nearest whole number, halves up: floor(x + 1/2) without rounding the sum.
template <typename T>
__device__ __forceinline__ T round_half_up(T x) {
    T below = floor(x);
    bool up = T(0.5) <= x - below;
    return bit_or(up ? below + 1 : below, sign_bit(x));
}
__device__ __forceinline__ int round_half_up(int x) {
    return x;
}

// The nearest number of `float`.
template <typename T>
__device__ __forceinline__ T fround(T x) {
    return static_cast<T>(static_cast<float>(x));
}
__device__ __forceinline__ int fround(int x) {
    return x;
}

// The nearest number of IEEE's 16 bits, halves to the even one: a power of two is added whose last place is that of the
// result, and taken away again.
template <typename T>
__device__ __forceinline__ T f16round(T x) {
    using N = Numbers<T>;
    using Bits = typename N::Bits;
    constexpr Bits LEAST = N::BIAS_OF_EXPONENTS - 14;
    T size = abs(x);
    Bits exponent = bits(size) >> N::MANTISSA;
    exponent = (exponent < LEAST ? LEAST : exponent) + (N::MANTISSA - 10);
    T unit = of_bits(exponent << N::MANTISSA);
    T rounded = (size + unit) - unit;
    // From here on the even neighbour is infinity.
    return bit_or(size >= T(65520) ? infinity<T>() : rounded, sign_bit(x));
}

} // namespace math
