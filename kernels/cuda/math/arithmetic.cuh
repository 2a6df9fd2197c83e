// Arithmetic of all classes: exact in floats; integers wrap, which C++ leaves undefined unless they have no sign.
#pragma once

namespace math {

__device__ __forceinline__ int wrapped(unsigned x) {
    return static_cast<int>(x);
}

template <typename T>
__device__ __forceinline__ T neg(T x) {
    return -x;
}
__device__ __forceinline__ int neg(int x) {
    return wrapped(0u - static_cast<unsigned>(x));
}

template <typename T>
__device__ __forceinline__ T add(T x, T y) {
    return x + y;
}
__device__ __forceinline__ int add(int x, int y) {
    return wrapped(static_cast<unsigned>(x) + static_cast<unsigned>(y));
}

template <typename T>
__device__ __forceinline__ T sub(T x, T y) {
    return x - y;
}
__device__ __forceinline__ int sub(int x, int y) {
    return wrapped(static_cast<unsigned>(x) - static_cast<unsigned>(y));
}

template <typename T>
__device__ __forceinline__ T mul(T x, T y) {
    return x * y;
}
__device__ __forceinline__ int mul(int x, int y) {
    return wrapped(static_cast<unsigned>(x) * static_cast<unsigned>(y));
}

// The divisor, or 1 in place of 0 and -1: by those nothing is divided.
__device__ __forceinline__ int safe_divisor(int y) {
    return y == 0 || y == -1 ? 1 : y;
}

// The quotient, of integers towards zero; 0 for a divisor of 0, wrapping for the smallest number by -1.
template <typename T>
__device__ __forceinline__ T div(T x, T y) {
    return x / y;
}
__device__ __forceinline__ int div(int x, int y) {
    int quotient = x / safe_divisor(y);
    return y == 0 ? 0 : y == -1 ? neg(x) : quotient;
}

// The smaller number; NaN if either is NaN, and -0 < +0: in both orders, so that the bits' union keeps them.
template <typename T>
__device__ __forceinline__ T min(T x, T y) {
    return bit_or(lesser(x, y), lesser(y, x));
}
__device__ __forceinline__ int min(int x, int y) {
    return x < y ? x : y;
}

// The larger number, as the mirror image.
template <typename T>
__device__ __forceinline__ T max(T x, T y) {
    return -min(-x, -y);
}
__device__ __forceinline__ int max(int x, int y) {
    return x > y ? x : y;
}

template <typename T>
__device__ __forceinline__ T abs(T x) {
    return bit_xor(x, sign_bit(x));
}
__device__ __forceinline__ int abs(int x) {
    return max(x, neg(x));
}

// Integers to the power of integers, wrapping; a negative exponent gives 0, but for the bases 1 and -1.
__device__ __forceinline__ int pow(int x, int y) {
    if (y < 0) {
        int sign = y & 1 ? x : 1;
        return x == 1 || x == -1 ? sign : 0;
    }
    unsigned power = 1, square = static_cast<unsigned>(x);
    for (unsigned left = static_cast<unsigned>(y); left != 0; left >>= 1) {
        power = left & 1 ? power * square : power;
        square *= square;
    }
    return wrapped(power);
}

} // namespace math
