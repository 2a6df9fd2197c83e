// The error function, from the exponential function of one polynomial over its whole range.
#pragma once

namespace math {

// 1 - e^-(x + low) for x >= 0 where the power is not tiny, and low is smaller than x.
template <typename T>
__device__ __forceinline__ T decay(T x, T low) {
    using N = Numbers<T>;
    T n = nearest((x + low) * N::LOG2_E);
    T near = fma(n, N::LN2_HIGH, -x);
    T rest = fma(n, N::LN2_LOW, -low);
    T r = near + rest;
    T growth = near + fma(N::exp_tail(r), r * r, rest);
    T power = power_of_two(-n);
    return fma(-growth, power, 1 - power);
}

// The error function: -log(1 - erf x) is nearly a straight line, and then nearly a parabola.
template <typename T>
__device__ __forceinline__ T erf(T x) {
    using N = Numbers<T>;
    T size = clamp(abs(x), T(0), N::ERF_FLAT);
    T low = N::erf_series(size) * size;
    return bit_or(decay(size * N::ERF_SLOPE, low), sign_bit(x));
}

} // namespace math
