// The sine and the cosine.
#pragma once

namespace math {

// 1 - square / 2, and what is lost by rounding it.
template <typename T>
__device__ __forceinline__ Pair<T> parabola(T square) {
    T near = fma(square, T(-0.5), T(1));
    return {near, fma(square, T(-0.5), 1 - near)};
}

// The cosine of an angle within an eighth of a turn, from its square.
template <typename T>
__device__ __forceinline__ Pair<T> cosine_pair(T square) {
    auto [near, lost] = parabola(square);
    return {near, fma(Numbers<T>::cos_series(square), square * square, lost)};
}

// The sine of an angle: that of what is left, r + (r³ S + low), or its cosine, 1 - r²/2 + (r⁴ C - r low).
template <typename T>
__device__ __forceinline__ T turned_sine(Angle<T> angle) {
    using N = Numbers<T>;
    auto [quarters, r, low] = angle;
    bool even = is_even(quarters);
    T square = r * r;
    T of_sine = N::sin_series(square), of_cosine = N::cos_series(square);
    T series = even ? of_sine : of_cosine;
    T power = (even ? r : square) * square;
    auto [near, lost] = parabola(square);
    T rest = fma(-low, r, lost);
    T sum = (even ? r : near) + fma(series, power, even ? low : rest);
    return bit_xor(sum, half_turn_sign<T>(quarters));
}

template <typename T>
__device__ __forceinline__ T sin(T x) {
    return bit_xor(turned_sine(quarter_turns(abs(x))), sign_bit(x));
}

// The sine of a quarter turn more.
template <typename T>
__device__ __forceinline__ T cos(T x) {
    auto [quarters, r, low] = quarter_turns(abs(x));
    return turned_sine(Angle<T>{quarters + 1, r, low});
}

} // namespace math
