// What a processor does in an instruction or a few, for both float types: only this file names the compiler's builtins.
#pragma once

namespace math {

__device__ __forceinline__ unsigned bits(float x) {
    return __float_as_uint(x);
}
__device__ __forceinline__ unsigned long long bits(double x) {
    return static_cast<unsigned long long>(__double_as_longlong(x));
}
__device__ __forceinline__ float of_bits(unsigned x) {
    return __uint_as_float(x);
}
__device__ __forceinline__ double of_bits(unsigned long long x) {
    return __longlong_as_double(static_cast<long long>(x));
}

// x × y + z, rounded once.
__device__ __forceinline__ float fma(float x, float y, float z) {
    return __fmaf_rn(x, y, z);
}
__device__ __forceinline__ double fma(double x, double y, double z) {
    return __fma_rn(x, y, z);
}

__device__ __forceinline__ float sqrt(float x) {
    return __fsqrt_rn(x);
}
__device__ __forceinline__ double sqrt(double x) {
    return __dsqrt_rn(x);
}

// To whole numbers: down, up, towards zero, and to the nearest one, halves to the even one.
__device__ __forceinline__ float floor(float x) {
    return ::floorf(x);
}
__device__ __forceinline__ double floor(double x) {
    return ::floor(x);
}
__device__ __forceinline__ float ceil(float x) {
    return ::ceilf(x);
}
__device__ __forceinline__ double ceil(double x) {
    return ::ceil(x);
}
__device__ __forceinline__ float trunc(float x) {
    return ::truncf(x);
}
__device__ __forceinline__ double trunc(double x) {
    return ::trunc(x);
}
__device__ __forceinline__ float round(float x) {
    return ::rintf(x);
}
__device__ __forceinline__ double round(double x) {
    return ::rint(x);
}

// How many zeros a word begins with; all of them if it is zero.
__device__ __forceinline__ int leading_zeros(unsigned x) {
    return __clz(static_cast<int>(x));
}
__device__ __forceinline__ int leading_zeros(unsigned long long x) {
    return __clzll(static_cast<long long>(x));
}

// The upper half of the product.
__device__ __forceinline__ unsigned long long high_product(unsigned long long x, unsigned long long y) {
    return __umul64hi(x, y);
}

// Bits of floats, combined.
template <typename T>
__device__ __forceinline__ T bit_or(T x, T y) {
    return of_bits(bits(x) | bits(y));
}
template <typename T>
__device__ __forceinline__ T bit_xor(T x, T y) {
    return of_bits(bits(x) ^ bits(y));
}
// The sign bit alone.
template <typename T>
__device__ __forceinline__ T sign_bit(T x) {
    return of_bits(bits(x) & bits(T(-0.0)));
}
// x < y ? x : y, so y if either is NaN.
template <typename T>
__device__ __forceinline__ T lesser(T x, T y) {
    return x < y ? x : y;
}
// x > y ? x : y, so y if either is NaN.
template <typename T>
__device__ __forceinline__ T greater(T x, T y) {
    return x > y ? x : y;
}
// x within bounds; NaN stays.
template <typename T>
__device__ __forceinline__ T clamp(T x, T low, T high) {
    return lesser(high, greater(low, x));
}

} // namespace math
